"""Notes on the fixtures' own lines, for a check run or a job's log. Worst first; where they go is the sinks' affair."""

from enum import StrEnum
from typing import Final

from gate_action.model.comparison import ChangeKind, FixtureChange
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Verdict
from gate_action.model.fixture import Place
from gate_action.model.report import Example, Report
from gate_action.report.changes import change_row
from gate_action.report.escape import SafeText, plain
from gate_action.report.words import clip, shorten

_MOST_TITLE: Final = 255  # GitHub's limit
_MOST_OUTPUT: Final = 1_000


class Level(StrEnum):
    """GitHub's words for a check run's annotation."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """``title`` and ``message`` hold no unseen character and no escape sequence; GitHub reads no Markdown in them."""

    path: str
    line: int
    """1-based."""
    level: Level
    title: SafeText
    message: SafeText


def render_annotations(report: Report) -> tuple[Annotation, ...]:
    """One for each fixture that got worse, lost its score, or is new and still fails, where its place is known."""
    examples = {example.fixture_id: example for example in report.examples}
    found: list[Annotation] = []
    for change in report.decision.changes:
        level = _level(change, report.decision.verdict)
        example = examples.get(change.fixture_id)
        if level and example and example.place:
            found.append(_annotation(change, example, example.place, level))
    found.sort(key=lambda note: list(Level).index(note.level))
    return tuple(found)


def _level(change: FixtureChange, verdict: Verdict) -> Level | None:
    if change.is_new and change.kind is not ChangeKind.REGRESSED:
        is_failing = change.head.passed < change.head.scored
        return Level.NOTICE if is_failing else None
    match change.kind:
        case ChangeKind.REGRESSED:
            return Level.FAILURE if verdict is Verdict.FAIL else Level.WARNING
        case ChangeKind.NOT_COMPARABLE:
            return Level.WARNING
        case ChangeKind.IMPROVED | ChangeKind.UNCHANGED | ChangeKind.ADDED | ChangeKind.REMOVED:
            return None


def _annotation(change: FixtureChange, example: Example, place: Place, level: Level) -> Annotation:
    row = change_row(change, example)
    head = example.head.text if example.head else "(not tried)"
    lines = [
        f"base {row.base}, head {row.head}" + (f"; {row.note}" if row.note else ""),
        *(f"{metric}: {shorten(why, _MOST_OUTPUT)}" for metric, why in example.reasons.items() if why),
        f"head answered: {clip(head, characters=_MOST_OUTPUT, lines=20)}",
    ]
    return Annotation(
        path=place.path,
        line=place.line or 1,
        level=level,
        title=plain(shorten(f"{change.fixture_id}: {row.base} → {row.head}", _MOST_TITLE)),
        message=plain("\n".join(lines)),
    )
