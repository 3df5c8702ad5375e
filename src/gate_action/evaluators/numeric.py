"""Is the number in the answer the expected one, within a tolerance?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from gate_action.answers.texts import shown, text_of
from gate_action.answers.values import Tolerance, Unreadable, is_close, is_number, refuse_negative, value_of
from gate_action.evaluators._numbers import DecimalMark, read_numbers
from gate_action.evaluators._paths import find, parse_path
from gate_action.model.fixture import ABSENT, Fixture, Json
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, NotScoredCause, Score
from gate_action.model.trial import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeric:
    """1 if the answer's number lies within the wider of both tolerances of the expected one, else 0.

    Expected is ``expected``, or ``expected.output`` of the fixture where that is a number or a text with just one.
    """

    version: ClassVar[str] = "1"
    expected: float | None = None
    tolerance: float = 0.0
    """Absolute, in the number's own unit."""
    relative_tolerance: float = 0.0
    """As a share of the expected number: 0.01 is one percent of it."""
    pick: Literal["last", "first", "only", "any"] = "last"
    """Which number of a text counts: answers end with their result. ``only``: a second, different one scores 0."""
    field: str = ""
    """Dotted path to the number in a JSON answer."""
    decimal: DecimalMark = "auto"
    """Mark before the decimals in texts: ``point``, ``comma``, or told by shape: 1,234 is 1234 and 1,5 is 1.5."""
    percent_as_rate: bool = False
    """Read 12 % as 0.12; else the sign is passed over."""

    def __post_init__(self) -> None:
        refuse_negative(tolerance=self.tolerance, relative_tolerance=self.relative_tolerance)
        if self.field:
            parse_path(self.field)

    def applies_to(self, fixture: Fixture) -> bool:
        return self._expected(fixture) is not None

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        expected = self._expected(ctx.fixture)
        if expected is None:
            detail = "no number is given, and the fixture's expected output is not just one number"
            return NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail=detail)
        numbers = self._numbers(ctx.output)
        wanted = f"expected {expected:.12g}{self._margin()}"
        if isinstance(numbers, Unreadable):
            return Score(value=0.0, reason=f"{wanted}, but {numbers.reason}: got {shown(ctx.output.content)}")
        picked = self._picked(numbers)
        if not picked:
            why = "no number" if not numbers else f"{len(set(numbers))} different numbers"
            return Score(value=0.0, reason=f"{wanted}, got {why} in {shown(ctx.output.content)}")
        close = [number for number in picked if is_close(expected, number, self._tolerance)]
        return Score(value=float(bool(close)), reason=f"{wanted}, got {_written((close or picked)[0])}")

    @property
    def _tolerance(self) -> Tolerance:
        return Tolerance(self.tolerance, self.relative_tolerance)

    def _expected(self, fixture: Fixture) -> float | None:
        if self.expected is not None:
            return self.expected
        output = fixture.expected.output
        if isinstance(output, str):
            numbers = tuple(self._read(output))
            return numbers[0] if len(numbers) == 1 else None
        return output if is_number(output) else None

    def _numbers(self, output: Output) -> Sequence[float] | Unreadable:
        content: Json = output.content
        if self.field:
            value = value_of(output)
            found = value if isinstance(value, Unreadable) else find(value, parse_path(self.field))
            if isinstance(found, Unreadable):
                return found
            if found is ABSENT:
                return Unreadable(f"the answer has no {self.field}")
            content = found
        if is_number(content):
            return (content,)
        return tuple(self._read(text_of(Output(content=content))))

    def _read(self, text: str) -> Sequence[float]:
        return tuple(read_numbers(text, decimal=self.decimal, is_rate=self.percent_as_rate))

    def _picked(self, numbers: Sequence[float]) -> Sequence[float]:
        match self.pick:
            case "last":
                return numbers[-1:]
            case "first":
                return numbers[:1]
            case "only":
                return numbers[:1] if len(set(numbers)) == 1 else ()
            case "any":
                return numbers

    def _margin(self) -> str:
        parts = [f"{self.tolerance:g}"] if self.tolerance else []
        parts += [f"{self.relative_tolerance:.3g} of it"] if self.relative_tolerance else []
        return f" within {' or '.join(parts)}" if parts else ""


def _written(number: float) -> str:
    return shown(number) if isinstance(number, int) else f"{number:.12g}"
