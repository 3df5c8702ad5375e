"""Tells those who wait how the trials go: a live line in a terminal, a plain line each tenth elsewhere."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gate_action.engine.trials import Watcher
from gate_action.model.score import Scored
from gate_action.model.trial import Arm, Trial, TrialError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PLAIN_LINES = 10


@dataclass(slots=True)
class Tally:
    """Trials asked for so far, finished, and those without an output, by arm."""

    asked: int = 0
    finished: int = 0
    base_errors: int = 0
    head_errors: int = 0

    def count(self, trial: Trial) -> None:
        self.finished += 1
        if isinstance(trial.outcome, TrialError):
            if trial.key.arm is Arm.BASE:
                self.base_errors += 1
            else:
                self.head_errors += 1

    def __str__(self) -> str:
        errors = f", errors base {self.base_errors}, head {self.head_errors}" if self.has_errors else ""
        return f"{self.finished} of {self.asked} trials{errors}"

    @property
    def has_errors(self) -> bool:
        return bool(self.base_errors or self.head_errors)


class PlainWatcher:
    """A line on stderr each tenth of the way."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._started = time.monotonic()
        self._told = 0

    def asked(self, requests: int) -> None:
        self._tally.asked += requests
        self._told = self._tally.finished * _PLAIN_LINES // max(self._tally.asked, 1)

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None:  # noqa: ARG002  # the Watcher's shape
        self._tally.count(trial)
        tenths = self._tally.finished * _PLAIN_LINES // self._tally.asked
        if tenths > self._told:
            self._told = tenths
            click.echo(f"{self._tally} ({time.monotonic() - self._started:.1f} s)", err=True)


@contextmanager
def open_watcher() -> Iterator[Watcher]:
    """A live bar if stderr is a terminal, else plain lines."""
    if not sys.stderr.isatty():
        yield PlainWatcher()
        return
    from rich import progress as bars
    from rich.console import Console  # only where there is a terminal

    columns = (
        bars.TextColumn("[bold]trials"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TextColumn("[red]{task.fields[errors]}"),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _LiveWatcher(progress, progress.add_task("trials", total=0, errors=""))


class _LiveWatcher:
    def __init__(self, progress: "Progress", task: "TaskID") -> None:
        self._progress, self._task, self._tally = progress, task, Tally()

    def asked(self, requests: int) -> None:
        self._tally.asked += requests
        self._progress.update(self._task, total=self._tally.asked)

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None:  # noqa: ARG002  # the Watcher's shape
        self._tally.count(trial)
        errors = f"errors: base {self._tally.base_errors}, head {self._tally.head_errors}"
        self._progress.update(self._task, advance=1, errors=errors if self._tally.has_errors else "")
