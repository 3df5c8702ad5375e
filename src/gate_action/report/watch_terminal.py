"""Watches in a terminal: a row a fix, with the curve of the last 24 hours' rate in small."""

from collections.abc import Sequence

from gate_action.model.watch import WatchReading
from gate_action.report.escape import SafeText, plain
from gate_action.report.parts import Tone
from gate_action.report.watch_words import TONES, WORDS, percent, sparkline
from gate_action.report.words import DASH

_SPARKS = 16
_STYLES = {Tone.GOOD: "green", Tone.BAD: "red", Tone.CAUTION: "yellow", Tone.NEUTRAL: ""}


def render_watches(readings: Sequence[WatchReading], width: int = 110, *, is_colour: bool = False) -> SafeText:
    """A table of at most ``width`` columns, and a line a fix; ends with a line end."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from gate_action.report.rich_page import draw_parts

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("cluster", "mode"):
        table.add_column(name, overflow="fold")
    table.add_column("verdict", no_wrap=True)
    for name in ("before", "now", "target", "24 h", "7 d", "turns", "missing"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("24 h, over time", no_wrap=True)
    for reading in readings:
        day, week = reading.windows
        table.add_row(
            Text(plain(reading.entry.cluster_id)),
            Text(plain(reading.pin.mode)),
            Text(WORDS[reading.verdict], style=_STYLES[TONES[reading.verdict]]),
            *(percent(rate) for rate in (reading.before_rate, reading.after_rate, reading.target, day.rate, week.rate)),
            f"{reading.after_turns:,}",
            DASH if reading.turns_missing is None else f"{reading.turns_missing:,}",
            Text(sparkline(reading, _SPARKS)),
        )
    told = [plain(f"{reading.entry.cluster_id}: {reading.sentence}\n") for reading in readings]
    return SafeText("".join([draw_parts([table], width, is_colour=is_colour), *told]))
