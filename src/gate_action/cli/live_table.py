"""The live table of a terminal: what was made of both builds, what it cost, how long it takes, how it looks so far."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gate_action.cli.tally import Tally, say_seconds
from gate_action.model.decision import Decision
from gate_action.model.score import Scored
from gate_action.model.trial import Arm, Trial

_FRAMES_A_SECOND = 4
_BAR_WIDTH = 30


class LiveTable:
    """A Watcher that draws itself when it is looked at: a trial only counts."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def asked(self, requests: int) -> None:
        self._tally.ask(requests)

    def started(self, arm: Arm) -> None:
        self._tally.arms[arm].running += 1

    def ended(self, arm: Arm) -> None:
        self._tally.arms[arm].running -= 1

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None:  # noqa: ARG002  # the Watcher's shape
        self._tally.count(trial)

    def so_far(self, decision: Decision) -> None:
        self._tally.judge(decision)

    def __rich__(self) -> RenderableType:
        tally = self._tally
        if not tally.rounds:
            return Text(f"getting both builds ready, {say_seconds(tally.gone_s)}", style="dim")
        return Group(_arms(tally), _round(tally))


@contextmanager
def open_table() -> Iterator[LiveTable]:
    """On stderr; gone when the report comes."""
    table = LiveTable(Tally(time.monotonic))
    console = Console(stderr=True)
    with Live(table, console=console, refresh_per_second=_FRAMES_A_SECOND, transient=True, redirect_stdout=False):
        yield table


def _arms(tally: Tally) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("trials")
    for name in ("done", "running", "replayed", "errors", "cost"):
        table.add_column(name, justify="right")
    for arm, one in tally.arms.items():
        if arm is Arm.BASE and not (one.done or one.running):
            continue  # none is run where head is judged alone or against stored rows
        cost = "—" if one.cost_usd is None else f"{one.cost_usd:.2f} USD"
        errors = Text(str(one.errors), style="red" if one.errors else "")
        table.add_row(str(arm), str(one.done), str(max(one.running, 0)), str(one.replayed), errors, cost)
    return table


def _round(tally: Tally) -> Table:
    line = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    left = "" if tally.left_s is None else f", {say_seconds(tally.left_s)} left"
    bar = ProgressBar(total=max(tally.asked_in_round, 1), completed=tally.done_in_round, width=_BAR_WIDTH)
    counted = f"round {tally.rounds}: {tally.done_in_round} of {tally.asked_in_round}"
    line.add_row(bar, counted, f"{say_seconds(tally.gone_s)} gone{left}")
    grid = Table.grid()
    grid.add_row(line)
    grid.add_row(Text(f"so far: {tally.verdict or 'nothing to tell before the first round is whole'}", style="dim"))
    return grid
