"""Did the build call the tools that it should, as it should?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

from gate_action.answers.texts import SHOWN_CHARACTERS, on_one_line, shown
from gate_action.answers.values import equal
from gate_action.evaluators._matching import match_all
from gate_action.model.fixture import ABSENT, Absent, Fixture, JsonObject, ToolCall
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, NotScoredCause, Score

Calls: TypeAlias = tuple[ToolCall, ...]
Arguments: TypeAlias = Literal["exact", "subset", "ignore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCall:
    name: str
    arguments: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalls:
    """1 if the calls made fit the expected ones, else 0. An empty list of expected calls: none may be called.

    Expected is ``expected``, or the fixture's ``expected.tool_calls``. ``mode``: ``strict`` = the same calls in the
    same order; ``unordered`` = the same calls; ``superset`` = at least the expected ones; ``subset`` = none but
    expected ones (says nothing of one left out).
    """

    version: ClassVar[str] = "1"
    mode: Literal["strict", "unordered", "subset", "superset"] = "strict"
    arguments: Arguments = "exact"
    """``exact`` = equal; ``subset`` = the expected ones are there with equal values; ``ignore`` = names only."""
    per_tool: Mapping[str, Arguments] = field(default_factory=dict)
    """Tool name -> how its arguments are compared, where not as ``arguments`` says."""
    ignore_tools: tuple[str, ...] = ()
    """Calls of these tools do not count, on either side."""
    expected: tuple[ExpectedCall, ...] | None = None

    def applies_to(self, fixture: Fixture) -> bool:
        return self._expected(fixture) is not ABSENT

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        expected = self._expected(ctx.fixture)
        if expected is ABSENT:
            detail = "no call is given, and the fixture says nothing of tool calls"
            return NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail=detail)
        fault = self._fault(self._counted(expected), self._counted(ctx.output.tool_calls))
        if fault:
            return Score(value=0.0, reason=fault)
        return Score(value=1.0, reason=f"the calls fit: {_names(ctx.output.tool_calls)}")

    def _expected(self, fixture: Fixture) -> Calls | Absent:
        if self.expected is None:
            return fixture.expected.tool_calls
        return tuple(ToolCall(name=call.name, arguments=call.arguments) for call in self.expected)

    def _counted(self, calls: Calls) -> Calls:
        return tuple(call for call in calls if call.name not in self.ignore_tools)

    def _fault(self, expected: Calls, made: Calls) -> str:
        """What does not fit, in a sentence; empty when all does."""
        if not expected and made:
            return f"expected no call, got {_shown(made[0])}{_more(made)}"
        match self.mode:
            case "strict":
                return self._first_difference(expected, made)
            case "unordered":
                return self._missing(expected, made) or self._unexpected(expected, made)
            case "superset":
                return self._missing(expected, made)
            case "subset":
                return self._unexpected(expected, made)

    def _first_difference(self, expected: Calls, made: Calls) -> str:
        for index, (wanted, got) in enumerate(zip(expected, made, strict=False), start=1):
            if not self._fits(wanted, got):
                return f"call {index}: expected {_shown(wanted)}, got {_shown(got)}"
        if len(made) > len(expected):
            return (
                f"expected {len(expected)} calls, got {len(made)}: the first too many is {_shown(made[len(expected)])}"
            )
        if len(made) < len(expected):
            return f"expected {_shown(expected[len(made)])} as call {len(made) + 1}, got {_names(made)}"
        return ""

    def _missing(self, expected: Calls, made: Calls) -> str:
        left = match_all(expected, made, self._fits)
        return f"expected {_shown(left)}, got {_names(made)}" if left is not None else ""

    def _unexpected(self, expected: Calls, made: Calls) -> str:
        left = match_all(made, expected, lambda got, wanted: self._fits(wanted, got))
        return f"{_shown(left)} was not expected; expected {_names(expected)}" if left is not None else ""

    def _fits(self, wanted: ToolCall, got: ToolCall) -> bool:
        if wanted.name != got.name:
            return False
        match self.per_tool.get(wanted.name, self.arguments):
            case "ignore":
                return True
            case "subset":
                return all(
                    name in got.arguments and equal(value, got.arguments[name])
                    for name, value in wanted.arguments.items()
                )
            case "exact":
                return equal(wanted.arguments, got.arguments)


def _shown(call: ToolCall) -> str:
    arguments = shown(call.arguments, 100) if call.arguments else ""
    return f"{on_one_line(call.name, SHOWN_CHARACTERS)}({arguments})"


def _names(calls: Calls) -> str:
    return on_one_line(", ".join(call.name for call in calls[:20]), 100) if calls else "none"


def _more(calls: Calls) -> str:
    return f" and {len(calls) - 1} more" if len(calls) > 1 else ""
