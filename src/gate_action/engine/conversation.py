"""A fixture of several turns: each is put to the build with all that was said before, scripted tools answering."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import field, replace
from typing import TypeAlias, TypeVar

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Json, JsonObject, ToolCall
from gate_action.model.protocols import Try
from gate_action.model.replay import ModelCalls
from gate_action.model.trial import Attempt, Output, TrialError, Unmeasured, Usage

Number = TypeVar("Number", int, float)
Converse: TypeAlias = Callable[[Try, Fixture, int], Awaitable[Attempt]]

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
    said = Said()
    for turn in turns:
        said.messages.append({"role": "user", "content": turn.content})
        error = await let_answer(said, turn.tool_results, ask, fixture, attempt)
        if error is not None:
            return said.end(error)
    return said.end(Attempt(outcome=said.output(said.last)))


@dataclass(slots=True)
class Said:
    """A conversation so far, and what it took."""

    messages: list[JsonObject] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    context: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """All that the build said, as text."""
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
        self.answers.append(output.text)
        self.last = output.content

    def output(self, content: Json) -> Output:
        return Output(
            content=content, tool_calls=tuple(self.calls), context=tuple(self.context), messages=tuple(self.messages)
        )

    def end(self, last: Attempt) -> Attempt:
        """What the last one came to, with all that the conversation took."""
        return replace(last, usage=self.usage, calls=self.calls_made)


async def let_answer(said: Said, tool_results: JsonObject, ask: Try, fixture: Fixture, attempt: int) -> Attempt | None:
    """The build's turn, its calls of scripted tools among it; the attempt that failed, or None."""
    for _ in range(_MOST_CALLS_A_TURN):
        question = replace(fixture, input={"messages": list(said.messages)})
        answered = await ask(question, attempt)
        said.count(answered)
        if isinstance(answered.outcome, TrialError):
            return answered
        said.hear(answered.outcome)
        results = _scripted(tool_results, answered.outcome.tool_calls)
        if not results:
            return None
        said.messages += results
    return None


def _scripted(tool_results: JsonObject, calls: Sequence[ToolCall]) -> list[JsonObject]:
    return [
        {"role": "tool", "name": call.name, "content": tool_results[call.name]}
        for call in calls
        if call.name in tool_results
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
