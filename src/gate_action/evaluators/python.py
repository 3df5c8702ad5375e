"""Asks a function of the repository: taken from base's checkout, run in a child, never in our process."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from gate_action.answers.texts import on_one_line, shown
from gate_action.answers.values import is_number
from gate_action.model.fixture import ABSENT, Json, JsonObject, Slice, ToolCall
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, NotScoredCause, Score

_FUNCTION = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """What ``function`` (``package.module:function``) returns: a number in [0, 1], true or false, or
    ``{"score": number or bool, "reason": text}``. Anything else, or an exception, is no score.

    It is called with one object: ``fixture_id``, ``input``, ``expected``, ``context``, ``slices`` of the fixture;
    ``output``, ``tool_calls``, ``retrieved``, ``messages`` of the answer; and ``arguments``.
    """

    version: ClassVar[str] = "1"
    runs_repository_code: ClassVar[bool] = True
    function: str
    arguments: JsonObject = field(default_factory=dict)
    """Handed on as they are."""

    def __post_init__(self) -> None:
        if not _FUNCTION.fullmatch(self.function):
            raise ValueError(f"function: {self.function!r} is not of the form package.module:function")

    async def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        answer = await ctx.call(self.function, self._payload(ctx))
        result = self._read(answer)
        if result is None:
            wanted = 'a number in [0, 1], true, false or {"score", "reason"}'
            detail = f"{self.function} returned {shown(answer)}, not {wanted}"
            return NotScored(cause=NotScoredCause.EVALUATOR_ERROR, detail=detail)
        return result

    def _payload(self, ctx: EvaluationContext) -> JsonObject:
        fixture, output = ctx.fixture, ctx.output
        expected: dict[str, Json] = {}
        if fixture.expected.output is not ABSENT:
            expected["output"] = fixture.expected.output
        if fixture.expected.tool_calls is not ABSENT:
            expected["tool_calls"] = _calls(fixture.expected.tool_calls)
        if fixture.expected.facts:
            expected["facts"] = list(fixture.expected.facts)
        return {
            "fixture_id": fixture.id,
            "input": fixture.input,
            "expected": expected,
            "context": list(fixture.context),
            "slices": _by_dimension(fixture.slices),
            "output": output.content,
            "tool_calls": _calls(output.tool_calls),
            "retrieved": list(output.context),
            "messages": list(output.messages),
            "arguments": self.arguments,
        }

    def _read(self, answer: Json) -> Score | None:
        """None where ``answer`` is no score."""
        parts = answer if isinstance(answer, Mapping) else {"score": answer}
        value, reason = parts.get("score"), parts.get("reason", "")
        if parts.keys() - {"score", "reason"} or not isinstance(reason, str):
            return None
        if isinstance(value, bool) or (is_number(value) and 0.0 <= value <= 1.0):
            told = on_one_line(reason.strip(), 300) or f"{self.function} returned {shown(value)}"
            return Score(value=float(value), reason=told)
        return None


def _by_dimension(slices: tuple[Slice, ...]) -> Json:
    dimensions = dict.fromkeys(part.dimension for part in slices)
    return {name: [part.value for part in slices if part.dimension == name] for name in dimensions}


def _calls(calls: tuple[ToolCall, ...]) -> Json:
    return [{"name": call.name, "arguments": call.arguments} for call in calls]
