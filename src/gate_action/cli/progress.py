"""Tells those who wait how the trials go: a live table in a terminal, a few plain lines elsewhere, grouped in CI."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field

import click

from gate_action.cli.tally import Tally
from gate_action.engine.trials import Watcher
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.score import Scored
from gate_action.model.trial import Arm, Trial

_EVERY_S = 15.0
"""A plain line at most this often within a round, and one at its end: a log of an hour is read as one of a minute."""
_FEWEST_PARTS = 10
"""And no more than ten a round."""


def _say(line: str) -> None:
    click.echo(line, err=True)


@dataclass(slots=True, kw_only=True)
class PlainWatcher:
    """Lines on stderr."""

    clock: Callable[[], float] = time.monotonic
    say: Callable[[str], None] = _say
    _tally: Tally = field(init=False)
    _told_at: float = field(init=False)
    _told: int = 0

    def __post_init__(self) -> None:
        self._tally = Tally(self.clock)
        self._told_at = self.clock()

    def asked(self, requests: int) -> None:
        self._tally.ask(requests)
        self._told, self._told_at = 0, self.clock()

    def started(self, arm: Arm) -> None:
        """Lines tell what is done."""

    def ended(self, arm: Arm) -> None:
        """As above."""

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None:  # noqa: ARG002  # the Watcher's shape
        tally = self._tally
        tally.count(trial)
        parts = tally.done_in_round * _FEWEST_PARTS // max(tally.asked_in_round, 1)
        is_last = tally.done_in_round == tally.asked_in_round
        if is_last or (parts > self._told and self.clock() - self._told_at >= _EVERY_S):
            self._told, self._told_at = parts, self.clock()
            self.say(str(tally))

    def so_far(self, decision: Decision) -> None:
        self._tally.judge(decision)


@contextmanager
def open_watcher(environ: Mapping[str, str] = os.environ) -> Iterator[Watcher]:
    """A live table if stderr is a terminal, else plain lines; on a runner of GitHub's they fold away."""
    if sys.stderr.isatty():
        from gate_action.cli.live_table import open_table  # rich, only where there is a terminal

        with open_table() as table:
            yield table
    elif environ.get("GITHUB_ACTIONS") == "true":
        with _grouped("the trials, as they were made", environ.get("GATE_STOP_TOKEN", "")):
            yield PlainWatcher()
    else:
        yield PlainWatcher()


@contextmanager
def _grouped(title: str, token: str) -> Iterator[None]:
    """A group of the job's log. ``token``: of the stop-commands that the action has put around all that is printed."""

    def command(words: str) -> None:
        lines = (f"::{token}::", words, f"::stop-commands::{token}") if token else (words,)
        click.echo("\n".join(lines), err=True)

    command(f"::group::{title}")
    try:
        yield
    finally:
        command("::endgroup::")
