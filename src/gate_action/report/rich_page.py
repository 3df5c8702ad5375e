"""The terminal page, laid out with rich. Every text passes `plain`; rich's own markup is never read."""

import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from gate_action.report.escape import SafeText, plain, wrapped
from gate_action.report.parts import (
    Card,
    ChangeGroup,
    ChangeRow,
    Compared,
    Fact,
    GatePart,
    GateRow,
    Headline,
    MetricRow,
    Panel,
    SliceRow,
    Tone,
    View,
)
from gate_action.report.words import DASH, shorten

_STYLES: Final = {Tone.GOOD: "green", Tone.BAD: "red", Tone.CAUTION: "yellow", Tone.NEUTRAL: ""}
_MOST_SLICES: Final = 12
_MOST_ROWS: Final = 15
_MOST_CARDS: Final = 3
_MOST_TEXT: Final = 700
_MOST_GATE_ROWS: Final = 15
_NARROW: Final = 80
_INDENT: Final = 2
_CONTINUED: Final = " \\"


def draw(view: View, width: int, *, is_colour: bool) -> SafeText:
    return draw_parts(_parts(view, width), width, is_colour=is_colour)


def draw_parts(parts: Iterable[RenderableType], width: int, *, is_colour: bool) -> SafeText:
    """``parts`` one under another. Whoever makes them puts every text through `plain`."""
    page = StringIO()
    console = Console(
        file=page,
        width=width,
        force_terminal=is_colour,
        color_system="standard" if is_colour else None,
        no_color=not is_colour,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},  # the page depends on its arguments alone
    )
    for part in parts:
        console.print(part)
    lines = page.getvalue().split("\n")
    return wrapped("\n".join(line.rstrip() for line in lines))


def _parts(view: View, width: int) -> Iterable[RenderableType]:
    is_wide = width > _NARROW
    yield _headline(view.gate_id, view.headline)
    builds = [f"{build.label} {build.value}" for build in view.builds]
    yield _line(" · ".join([view.summary, *builds]), "dim")
    if view.gate:
        yield from _titled("What this change does to its own gate", _gate(view.gate))
        yield _line("")
    if view.metrics:
        yield _metrics(view.metrics, is_wide=is_wide)
    if view.slices:
        yield from _titled("Slices", _slices(view.slices, is_wide=is_wide))
    for group in view.groups:
        yield from _titled(f"{group.title} ({group.count:,})", _group(group, is_wide=is_wide), _STYLES[group.tone])
    for card in view.cards[:_MOST_CARDS]:
        yield from _card(card)
    if view.missed:
        yield from _titled("What could have been missed", _list(f"{fact.label}: {fact.value}" for fact in view.missed))
    if view.warnings:
        yield from _titled("Warnings", _list(view.warnings), "yellow")
    if view.usage or view.calls:
        yield from _titled("Calls and costs", _usage(view))
    yield from _titled("Reproduce", _line(_folded(view.reproduce, width - _INDENT)))
    yield _line("")
    yield _facts(view)


def _folded(command: str, width: int) -> str:
    """A command line over several lines, each within ``width`` where its words allow it, that a shell reads as one."""
    lines = [""]
    for word in re.split(r" (?=--)", command):
        joined = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and len(joined) > width - len(_CONTINUED):
            lines.append(f"    {word}")
        else:
            lines[-1] = joined
    return f"{_CONTINUED}\n".join(lines)


def _text(text: str, style: str = "") -> Text:
    return Text(plain(text), style=style)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _line(text: str, style: str = "") -> RenderableType:
    return Padding(_text(text, style), (0, 0, 0, 2))


def _titled(title: str, body: RenderableType, style: str = "") -> Iterable[RenderableType]:
    yield _line("")
    yield _text(title, f"bold {style}".strip())
    yield body


def _headline(gate_id: str, headline: Headline) -> RenderableType:
    style = _STYLES[headline.tone]
    title = Text.assemble(
        (f" {plain(headline.word)} ", f"bold reverse {style}".strip()), "  ", (plain(gate_id), "bold")
    )
    if headline.tags:
        title.append(f"  ({plain(', '.join(headline.tags))})")
    parts: list[RenderableType] = [Rule(style=style or "dim"), title, _line(headline.sentence, "bold")]
    parts += [_line(f"· {sentence}") for sentence in headline.further]
    if headline.detail:
        parts.append(Padding(_text(headline.detail, "dim"), (1, 0, 1, 4)))
    return Group(*parts)


def _table(*columns: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", no_wrap=name in right, overflow="fold")
    return table


_NUMBERS: Final = ("base", "head", "points", "95% interval", "p", "fixtures")


def _metrics(rows: Sequence[MetricRow], *, is_wide: bool) -> RenderableType:
    names = ["metric", "base", "head", "points", "95% interval", *(["p"] if is_wide else []), "finding"]
    table = _table(*names, right=_NUMBERS)
    for row in rows:
        name = _text(f"{row.name} ({row.role})" if row.role else row.name)
        finding = _text(row.finding, f"bold {_STYLES[row.tone]}".strip())
        table.add_row(name, *_numbers(row.compared, _STYLES[row.tone], is_wide=is_wide), finding)
    notes = [_line(f"{row.name}: {'; '.join(row.notes)}", "dim") for row in rows if row.notes]
    return Group(Padding(table, (1, 0, 0, 2)), _line(""), *notes)


def _numbers(told: Compared, style: str, *, is_wide: bool) -> list[Text]:
    numbers = [_text(told.base), _text(told.head), _text(told.delta, style), _text(told.interval)]
    return [*numbers, _text(told.p_value)] if is_wide else numbers


def _slices(rows: Sequence[SliceRow], *, is_wide: bool) -> RenderableType:
    table = _table(
        "slice", "metric", "base", "head", "points", "95% interval", *(["p"] if is_wide else []), right=_NUMBERS
    )
    shown = [row for row in rows if row.is_prominent or row.has_moved][:_MOST_SLICES]
    for row in shown:
        style = _STYLES[row.tone]
        name = _text(f"{row.name} {row.state}" if row.state else row.name, style)
        table.add_row(name, _text(row.metric), *_numbers(row.compared, style, is_wide=is_wide))
    told = [Padding(table, (0, 0, 0, 2))] if shown else []
    still = sum(not row.is_prominent and not row.has_moved for row in rows)
    hidden = len(rows) - len(shown) - still
    rest = [f"{count:,} {what}" for count, what in ((hidden, "more moved"), (still, "did not move")) if count]
    return Group(*told, *([_line(", ".join(rest), "dim")] if rest else []))


def _group(group: ChangeGroup, *, is_wide: bool) -> RenderableType:
    rows = group.rows[:_MOST_ROWS]
    has_notes, has_places = any(_note(row) for row in rows), is_wide and any(row.place for row in rows)
    extra = [name for name, holds in (("note", has_notes), ("place", has_places)) if holds]
    table = _table("fixture", "base", "head", "metric", *extra)
    for row in rows:
        cells = [row.fixture_id, row.base, row.head, row.metric]
        cells += [_note(row)] if has_notes else []
        cells += [row.place] if has_places else []
        table.add_row(*(_text(shorten(_one_line(cell), 120)) for cell in cells))
    return Group(Padding(table, (0, 0, 0, 2)), *_more(group.count - _MOST_ROWS))


def _note(row: ChangeRow) -> str:
    return ", ".join([*row.badges, *([row.note] if row.note else [])])


def _more(hidden: int) -> list[RenderableType]:
    return [_line(f"and {hidden:,} more", "dim")] if hidden > 0 else []


def _card(card: Card) -> Iterable[RenderableType]:
    row = card.row
    yield from _titled(
        f"{_one_line(row.fixture_id)}  {row.base} → {row.head}", _line(row.place, "dim"), _STYLES[card.tone]
    )
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("input", _text(shorten(card.input, _MOST_TEXT)))
    if card.expected:
        grid.add_row("expected", _text(shorten(card.expected, _MOST_TEXT)))
    for panel, style in zip(card.panels, ("red", "green"), strict=True):
        grid.add_row(panel.title, _panel(panel, style))
    for why in card.reasons:
        grid.add_row("why", _text(f"{why.metric}: {why.reason}"))
    yield Padding(grid, (0, 0, 0, 2))


def _panel(panel: Panel, style: str) -> Text:
    text = Text()
    room = _MOST_TEXT
    for segment in panel.segments:
        piece = plain(shorten(segment.text, room))
        text.append(piece, style=f"bold underline {style}" if segment.is_changed else "")
        room -= len(segment.text)
        if room <= 0:
            break
    return text


def _list(sentences: Iterable[str]) -> RenderableType:
    return Group(*(_line(f"· {sentence}") for sentence in sentences))


def _gate(part: GatePart) -> RenderableType:
    """What the change does to its own gate: one line a change, and what either gate reads."""
    lines = [_line(part.standing, _STYLES[part.tone]), *(_line(f"· {note}") for note in part.notes)]
    rows = [*part.rows[:_MOST_GATE_ROWS], *part.others[:_MOST_GATE_ROWS]]
    lines += [_line(_gate_row(row), _STYLES[row.tone]) for row in rows]
    hidden = len(part.rows) + len(part.others) - len(rows)
    lines += [_line(f"and {hidden} more")] if hidden else []
    lines += [_line(part.preview)] if part.preview else []
    if part.readings:
        table = _table("base → head", "by base's gate", "by this change's gate")
        for row in part.readings[:_MOST_GATE_ROWS]:
            table.add_row(*(_text(cell) for cell in row))
        lines.append(Padding(table, (0, 0, 0, 2)))
    return Group(*lines)


def _gate_row(row: GateRow) -> str:
    values = f": {shorten(row.base or DASH, 60)} → {shorten(row.head or DASH, 60)}" if row.base or row.head else ""
    why = f" ({row.why})" if row.why else ""
    return f"{row.effect}: {row.subject} {row.what}{values}{why}"


def _usage(view: View) -> RenderableType:
    table = _table("", "trials", "errors", "median time", "tokens", "cost", right=("trials", "errors"))
    for row in view.usage:
        table.add_row(*(_text(cell) for cell in row))
    parts: list[RenderableType] = [Padding(table, (0, 0, 0, 2))] if view.usage else []
    return Group(*parts, *([_line(view.calls)] if view.calls else []))


def _facts(view: View) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(style="dim", overflow="fold")
    for fact in (*view.facts, *([Fact("run folder", view.run_folder)] if view.run_folder else [])):
        grid.add_row(_text(fact.label), _text(fact.value))
    return Padding(grid, (0, 0, 0, 2))
