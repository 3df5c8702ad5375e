"""How an ingest looks: a line that moves while it reads, and the table at its end."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gate_action.loop.ingest.passing import SourceTally

_EVERY_S = 15.0
"""Between two lines of a log."""


@contextmanager
def watching(clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[SourceTally], None]]:
    """Tells on stderr how far it is: in place in a terminal, a line now and then elsewhere."""
    screen = Console(stderr=True)
    if screen.is_terminal:
        with screen.status("reading") as status:
            yield lambda tally: status.update(progress_line(tally))
        return
    told_at = clock()

    def tell(tally: SourceTally) -> None:
        nonlocal told_at
        if clock() - told_at >= _EVERY_S:
            told_at = clock()
            print(progress_line(tally), file=sys.stderr, flush=True)  # noqa: T201  # as the gate's own progress does

    yield tell


def progress_line(tally: SourceTally) -> str:
    made = f"{tally.turns + tally.turns_replaced:,} turns, {tally.feedback + tally.feedback_replaced:,} statements"
    return f"{escape(tally.source)}: {format_size(tally.size)} read, {made}"


def closing_table(tallies: Sequence[SourceTally]) -> Table:
    """A row a source, and their sum where there are several."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("source", overflow="fold")
    for title in ("read", "turns new", "replaced", "feedback new", "replaced", "faults"):
        table.add_column(title, justify="right", no_wrap=True)
    for tally in tallies:
        table.add_row(escape(tally.source), *_cells(tally))
    if len(tallies) > 1:
        total = SourceTally(source="all")
        for tally in tallies:
            total.add_tally(tally)
        table.add_section()
        table.add_row("all", *_cells(total))
    return table


def _cells(tally: SourceTally) -> list[str]:
    counts = (tally.turns, tally.turns_replaced, tally.feedback, tally.feedback_replaced, tally.faults.total())
    return [format_size(tally.size), *(f"{count:,}" for count in counts)]


def format_size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:  # noqa: PLR2004  # a unit's end
            return f"{size:,.0f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"
