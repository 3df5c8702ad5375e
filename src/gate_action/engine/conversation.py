"""A fixture of several turns: each is put to the build with all that was said before, scripted tools answering."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from gate_action.model.fixture import Fixture, Json, JsonObject, ToolCall, Turn
from gate_action.model.protocols import Try
from gate_action.model.replay import ModelCalls
from gate_action.model.trial import Attempt, Output, TrialError, Unmeasured, Usage

Number = TypeVar("Number", int, float)

_MOST_CALLS_A_TURN = 16
"""A build that calls scripted tools for ever is stopped here, with what it has said so far."""


async def converse(ask: Try, fixture: Fixture, attempt: int) -> Attempt:
    """One trial of ``fixture``: a single question unless its input is ``{"turns": [...]}``.

    Each turn's input is ``{"messages": [...]}``, the conversation up to it. Where the answer calls a tool that the
    turn scripts a result for, that result is added and the build asked again. The last answer is the output, with
    the tool calls and documents of all turns and the transcript; usage is the sum.
    """
    turns = fixture.turns
    if turns is None:
        return await ask(fixture, attempt)
    said = _Said()
    for turn in turns:
        error = await _take(turn, said, ask, fixture, attempt)
        if error is not None:
            return replace(error, usage=said.usage, calls=said.calls_made)
    output = Output(
        content=said.last, tool_calls=tuple(said.calls), context=tuple(said.context), messages=tuple(said.messages)
    )
    return Attempt(outcome=output, usage=said.usage, calls=said.calls_made)


@dataclass(slots=True)
class _Said:
    messages: list[JsonObject] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    context: list[str] = field(default_factory=list)
    last: Json = ""
    calls_made: ModelCalls | None = None
    """Of models, all turns together; None: they were not watched."""
    usage: Usage = field(default_factory=lambda: Usage(latency_s=0.0, input_tokens=0, output_tokens=0, cost_usd=0.0))

    def count(self, answered: Attempt) -> None:
        self.usage = add_usage(self.usage, answered.usage)
        if answered.calls is not None:
            self.calls_made = self.calls_made.add(answered.calls) if self.calls_made else answered.calls

    def hear(self, output: Output) -> None:
        message: dict[str, Json] = {"role": "assistant", "content": output.text}
        if output.tool_calls:
            message["tool_calls"] = [{"name": call.name, "arguments": call.arguments} for call in output.tool_calls]
        self.messages.append(message)
        self.calls += output.tool_calls
        self.context += output.context
        self.last = output.content


async def _take(turn: Turn, said: _Said, ask: Try, fixture: Fixture, attempt: int) -> Attempt | None:
    """One turn; the attempt that failed, or None."""
    said.messages.append({"role": "user", "content": turn.content})
    for _ in range(_MOST_CALLS_A_TURN):
        question = replace(fixture, input={"messages": list(said.messages)})
        answered = await ask(question, attempt)
        said.count(answered)
        if isinstance(answered.outcome, TrialError):
            return answered
        said.hear(answered.outcome)
        results = _scripted(turn, answered.outcome.tool_calls)
        if not results:
            return None
        said.messages += results
    return None


def _scripted(turn: Turn, calls: Sequence[ToolCall]) -> list[JsonObject]:
    return [
        {"role": "tool", "name": call.name, "content": turn.tool_results[call.name]}
        for call in calls
        if call.name in turn.tool_results
    ]


def add_usage(one: Usage, other: Usage) -> Usage:
    """The sum; what either did not measure is not measured."""
    return Usage(
        latency_s=_add(one.latency_s, other.latency_s),
        input_tokens=_add(one.input_tokens, other.input_tokens),
        output_tokens=_add(one.output_tokens, other.output_tokens),
        cost_usd=_add(one.cost_usd, other.cost_usd),
    )


def _add(one: Number | Unmeasured, other: Number | Unmeasured) -> Number | Unmeasured:
    if isinstance(one, Unmeasured):
        return one
    return other if isinstance(other, Unmeasured) else one + other
