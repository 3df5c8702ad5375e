"""A bar in a terminal, a few plain lines elsewhere, for steps of the loop that take a while."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_EVERY_S = 15.0


def _say(line: str) -> None:
    click.echo(line, err=True)


@dataclass(slots=True, kw_only=True)
class PlainProgress:
    """A line on stderr every quarter of a minute at most."""

    clock: Callable[[], float] = time.monotonic
    say: Callable[[str], None] = _say
    total: int = 0
    done: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    _told_at: float = 0.0

    def begin(self, total: int) -> None:
        self.total, self._told_at = total, self.clock()

    def advance(self, turns: int, label: str) -> None:
        self.done += turns
        self.labels[label] += turns
        if self.clock() - self._told_at >= _EVERY_S:
            self._told_at = self.clock()
            self.say(f"{self.done} of {self.total} turns: {say_labels(self.labels)}")


@dataclass(slots=True, kw_only=True)
class BarProgress:
    """What is done, how long it will take, and the most frequent labels so far."""

    bar: "Progress"
    labels: Counter[str] = field(default_factory=Counter)
    _task: "TaskID | None" = None

    def begin(self, total: int) -> None:
        self._task = self.bar.add_task("", total=total, labels="")

    def advance(self, turns: int, label: str) -> None:
        self.labels[label] += turns
        if self._task is not None:
            self.bar.update(self._task, advance=turns, labels=say_labels(self.labels))


@contextmanager
def open_progress() -> Iterator[PlainProgress | BarProgress]:
    """On stderr; gone when the table comes."""
    if not sys.stderr.isatty():
        yield PlainProgress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("[dim]{task.fields[labels]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield BarProgress(bar=bar)


def say_labels(labels: Counter[str]) -> str:
    """The three most frequent."""
    return ", ".join(f"{label} {count}" for label, count in labels.most_common(3))
