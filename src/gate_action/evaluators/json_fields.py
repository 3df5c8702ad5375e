"""Do named fields of a JSON answer hold what is expected?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from gate_action.answers.texts import normalise, shown
from gate_action.answers.values import Tolerance, Unreadable, equal, refuse_negative, value_of
from gate_action.evaluators._paths import Path, fields, find, parse_path, write_path
from gate_action.model.fixture import ABSENT, Absent, Fixture, Json
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, NotScoredCause, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFields:
    """The share of the expected fields that the answer holds with an equal value. Further fields do not matter.

    Expected are ``fields``; or of ``expected.output``, where that is an object, those at ``paths``, or else all of
    them. A list is compared as a whole, an object field by field. A text answer is read as JSON.
    """

    version: ClassVar[str] = "1"
    fields: Mapping[str, Json] = field(default_factory=dict)
    """Dotted path -> expected value, e.g. ``order.items.0.price: 12.5``; ``\\.`` is a dot inside a name."""
    paths: tuple[str, ...] = ()
    tolerance: float = 0.0
    """Absolute, for numbers."""
    relative_tolerance: float = 0.0
    """As a share of the expected number."""
    ignore_case: bool = False
    ignore_whitespace: bool = False
    allow_fence: bool = False
    """Read a text answer that is one fenced Markdown block, too."""

    def __post_init__(self) -> None:
        if self.fields and self.paths:
            raise ValueError("paths: give either fields or paths")
        refuse_negative(tolerance=self.tolerance, relative_tolerance=self.relative_tolerance)
        for path in (*self.fields, *self.paths):
            parse_path(path)

    def applies_to(self, fixture: Fixture) -> bool:
        return bool(self._wanted(fixture))

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        wanted = self._wanted(ctx.fixture)
        if not wanted:
            detail = "no field is given, and the fixture's expected output has none of the fields"
            return NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail=detail)
        answer = value_of(ctx.output, allow_fence=self.allow_fence)
        if isinstance(answer, Unreadable):
            return Score(value=0.0, reason=f"{answer.reason}: got {shown(ctx.output.content)}")
        wrong = [(path, expected) for path, expected in wanted.items() if not self._holds(expected, find(answer, path))]
        if not wrong:
            return Score(value=1.0, reason=f"all {len(wanted)} fields hold" if len(wanted) > 1 else "the field holds")
        path, expected = wrong[0]
        found = find(answer, path)
        got = "nothing" if found is ABSENT else shown(found)
        reason = (
            f"{len(wrong)} of {len(wanted)} fields differ: {write_path(path)}: expected {shown(expected)}, got {got}"
        )
        return Score(value=(len(wanted) - len(wrong)) / len(wanted), reason=reason)

    def _wanted(self, fixture: Fixture) -> dict[Path, Json]:
        if self.fields:
            return {parse_path(path): expected for path, expected in self.fields.items()}
        output = fixture.expected.output
        if not isinstance(output, Mapping):
            return {}
        if not self.paths:
            return {path: expected for path, expected in fields(output) if path}
        found = {path: find(output, path) for path in map(parse_path, self.paths)}
        return {path: expected for path, expected in found.items() if expected is not ABSENT}

    def _holds(self, expected: Json, got: Json | Absent) -> bool:
        if got is ABSENT:
            return False
        return equal(expected, got, Tolerance(self.tolerance, self.relative_tolerance), self._fold)

    def _fold(self, text: str) -> str:
        return normalise(text, ignore_case=self.ignore_case, ignore_whitespace=self.ignore_whitespace)
