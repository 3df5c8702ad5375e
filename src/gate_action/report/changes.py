"""The fixtures that changed: grouped by fate, each with its tallies and what both builds answered."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from gate_action.model.comparison import ChangeKind, FixtureChange, Tally
from gate_action.model.decision import Decision
from gate_action.model.fixture import Json, Place, ToolCall
from gate_action.model.report import Example, Shown
from gate_action.report import words
from gate_action.report.difference import diff_lines, diff_words, unmarked
from gate_action.report.parts import Card, ChangeGroup, ChangeRow, Panel, Tone, Why

MOST_CARDS: Final = 100
MOST_ROWS: Final = 500
"""Of a group: a browser shows them at once, and nobody reads more."""
_MOST_CHARACTERS: Final = 4_000
_MOST_LINES: Final = 80
_MOST_REASON: Final = 600
_ONE_LINE: Final = 72


class _Fate(NamedTuple):
    title: str
    short: str
    meaning: str
    tone: Tone


_NEW: Final = _Fate("New fixtures", "new", "not in the comparison: base's suite lacks them", Tone.NEUTRAL)
_FATES: Final = {
    ChangeKind.REGRESSED: _Fate("Got worse", "got worse", "", Tone.BAD),
    ChangeKind.IMPROVED: _Fate("Got better", "got better", "", Tone.GOOD),
    ChangeKind.NOT_COMPARABLE: _Fate("Not comparable", "not comparable", "one build gave no score", Tone.CAUTION),
    ChangeKind.ADDED: _NEW,
    ChangeKind.REMOVED: _Fate("Removed fixtures", "removed", "head's suite lacks them", Tone.CAUTION),
    ChangeKind.UNCHANGED: _Fate("Worth a look, though unchanged", "worth a look", "", Tone.NEUTRAL),
}
_ORDER: Final = (
    ChangeKind.REGRESSED,
    ChangeKind.ADDED,
    ChangeKind.NOT_COMPARABLE,
    ChangeKind.REMOVED,
    ChangeKind.IMPROVED,
    ChangeKind.UNCHANGED,
)


def change_groups(decision: Decision, examples: Mapping[str, Example]) -> tuple[ChangeGroup, ...]:
    """Groups that have fixtures, the most telling first; inside a group the decision's order stays."""
    members: dict[ChangeKind, list[FixtureChange]] = {kind: [] for kind in _ORDER}
    for change in decision.changes:
        members[_fate(change)].append(change)
    return tuple(
        ChangeGroup(
            **_FATES[kind]._asdict(),
            count=len(mine) + decision.unlisted.get(kind, 0),
            unlisted=decision.unlisted.get(kind, 0),
            rows=tuple(change_row(change, examples.get(change.fixture_id)) for change in mine[:MOST_ROWS]),
        )
        for kind, mine in members.items()
        if mine
    )


def change_row(change: FixtureChange, example: Example | None) -> ChangeRow:
    badges = (("critical", change.is_critical), ("new", change.is_new), ("flaky", change.is_flaky))
    return ChangeRow(
        fixture_id=change.fixture_id,
        base=_told(change.base, change.base_mean),
        head=_told(change.head, change.head_mean),
        metric=change.metric,
        badges=tuple(word for word, holds in badges if holds and not change.note.startswith(f"{word}:")),
        note=change.note,
        place=_place(example.place) if example else "",
    )


def cards(changes: Sequence[FixtureChange], examples: Mapping[str, Example]) -> tuple[Card, ...]:
    """The first `MOST_CARDS` changes that have an example."""
    shown = [(change, examples[change.fixture_id]) for change in changes if change.fixture_id in examples]
    return tuple(_card(change, example) for change, example in shown[:MOST_CARDS])


def _card(change: FixtureChange, example: Example) -> Card:
    base, head = _outcome(example.base), _outcome(example.head)
    both = example.base is not None and example.head is not None
    difference = diff_words(base, head) if both else unmarked(base, head)
    sides = (("base", example.base, difference.base), ("head", example.head, difference.head))
    return Card(
        row=change_row(change, example),
        tone=_FATES[_fate(change)].tone,
        input=_clip(_json_text(example.input)),
        expected="" if example.expected in (None, {}) else _clip(_json_text(example.expected)),
        panels=tuple(
            Panel(title=title, segments=segments, is_error=shown is not None and shown.is_error)
            for title, shown, segments in sides
        ),
        lines=diff_lines(base, head),
        reasons=tuple(Why(metric, words.shorten(why, _MOST_REASON)) for metric, why in example.reasons.items() if why),
    )


def _fate(change: FixtureChange) -> ChangeKind:
    """A new fixture has a base score too, but is no part of the comparison."""
    return ChangeKind.ADDED if change.is_new else change.kind


def _told(tally: Tally, mean: float | None) -> str:
    """``3/3``; the mean beside it where it says more; ``—`` with the reason where nothing was scored."""
    errors = words.counted(tally.errors, "error")
    if not tally.scored:
        return f"{words.DASH} ({errors if tally.errors else 'not tried'})"
    told = f"{tally.passed}/{tally.scored}"
    if mean is not None and round(mean * tally.scored, 6) != tally.passed:
        told += f" (mean {mean:.2f})"
    return f"{told}, {errors}" if tally.errors else told


def _place(place: Place | None) -> str:
    if place is None:
        return ""
    return place.path if place.line is None else f"{place.path}:{place.line}"


def _outcome(shown: Shown | None) -> str:
    if shown is None:
        return "(not tried)"
    calls = [_call(call) for call in shown.tool_calls]
    return _clip("\n".join([*calls, _indented(shown.text)] if shown.text or not calls else calls))


def _call(call: ToolCall) -> str:
    return f"→ {call.name}({json.dumps(dict(call.arguments), ensure_ascii=False, default=str)})"


def _json_text(value: Json) -> str:
    """A text as it is; JSON on one line where that is short, else spread over lines."""
    if isinstance(value, str):
        return value
    line = json.dumps(value, ensure_ascii=False, default=str)
    return line if len(line) <= _ONE_LINE else json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _indented(text: str) -> str:
    """JSON spread over lines, so that a difference stands on its own line; any other text as it is."""
    if not text.startswith(("{", "[")) or len(text) > _MOST_CHARACTERS:
        return text
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):  # not JSON, or nested to hurt: shown as it came
        return text
    return json.dumps(value, ensure_ascii=False, indent=2)


def _unique(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    """An object that names a key twice would lose one of them here."""
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice")
        found[key] = value
    return found


def _clip(text: str) -> str:
    return words.clip(text, characters=_MOST_CHARACTERS, lines=_MOST_LINES)
