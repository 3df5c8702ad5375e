"""Is the answer the expected output?"""

from dataclasses import dataclass
from typing import ClassVar

from gate_action.answers.texts import normalise, shown, text_of
from gate_action.answers.values import Unreadable, equal, value_of
from gate_action.model.fixture import ABSENT, Fixture, Json
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, NotScoredCause, Score
from gate_action.model.trial import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactMatch:
    """1 if the answer equals ``expected.output``, else 0.

    Texts are compared in Unicode NFC; any other JSON by value, and a text answer is then read as JSON.
    """

    version: ClassVar[str] = "1"
    ignore_case: bool = False
    ignore_whitespace: bool = False
    """Runs of white space count as one space, and those at the ends not at all."""
    ignore_punctuation: bool = False
    """Punctuation and symbols are dropped, white space as with ``ignore_whitespace``."""

    def applies_to(self, fixture: Fixture) -> bool:
        return fixture.expected.output is not ABSENT

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        expected = ctx.fixture.expected.output
        if expected is ABSENT:
            return NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail="the fixture has no expected output")
        if self._is_equal(expected, ctx.output):
            return Score(value=1.0, reason=f"equals {shown(expected)}")
        return Score(value=0.0, reason=f"expected {shown(expected)}, got {shown(ctx.output.content)}")

    def _is_equal(self, expected: Json, output: Output) -> bool:
        if isinstance(expected, str):
            return isinstance(output.content, str) and self._normalise(expected) == self._normalise(text_of(output))
        got = value_of(output)
        return not isinstance(got, Unreadable) and equal(expected, got)

    def _normalise(self, text: str) -> str:
        return normalise(
            text,
            ignore_case=self.ignore_case,
            ignore_whitespace=self.ignore_whitespace,
            ignore_punctuation=self.ignore_punctuation,
        )
