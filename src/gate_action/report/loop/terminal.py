"""The loop's tables in a terminal. Every text passes `plain`."""

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gate_action.report.escape import plain
from gate_action.report.parts import Tone

STYLES = {Tone.GOOD: "green", Tone.BAD: "red", Tone.CAUTION: "yellow", Tone.NEUTRAL: ""}
_SPARKS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def headline(word: str, tone: Tone, title: str) -> RenderableType:
    style = f"bold reverse {STYLES[tone]}".strip()
    return Text.assemble((f" {plain(word)} ", style), "  ", (plain(title), "bold"))


def line(text: str, style: str = "") -> RenderableType:
    return Padding(Text(plain(text), style=style), (0, 0, 0, 2))


def titled(title: str, body: RenderableType) -> Iterable[RenderableType]:
    yield Text("")
    yield Text(plain(title), style="bold")
    yield body


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, left: Iterable[int] = (0,), folds: Iterable[int] = (0,)
) -> Table:
    """Columns stand right, those of ``left`` left; those of ``folds`` give way where the terminal is narrow."""
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="dim")
    lefts, folding = frozenset(left), frozenset(folds)
    for place, head in enumerate(heads):
        drawn.add_column(
            Text(plain(head)),
            justify="left" if place in lefts else "right",
            no_wrap=place not in folding,
            overflow="fold",
        )
    for row in rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    return drawn


def bar(value: float, width: int) -> str:
    """``value`` 0-1 of ``width`` cells, in eighths."""
    eighths = round(min(max(value, 0.0), 1.0) * width * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).strip()


def sparkline(values: Sequence[float | None]) -> str:
    """One character a value, the largest the highest; a dot where there is none."""
    top = max((value for value in values if value is not None), default=0.0)
    steps = len(_SPARKS) - 1
    return "".join("·" if value is None else _SPARKS[round(value / top * steps) if top > 0 else 0] for value in values)
