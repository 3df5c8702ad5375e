"""The child's protocol (docs/contracts.md, 3): what a build is asked, and what its answer means. No pipes, no clock."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from gate_action.codec.positions import MAX_DEPTH
from gate_action.model.fixture import Fixture, Json, JsonObject, ToolCall
from gate_action.model.replay import Tracing
from gate_action.model.trial import NOTHING_REPORTED, Attempt, Fault, Output, TrialError, Unmeasured, Usage

_Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)] | Unmeasured
_Amount = Annotated[float, msgspec.Meta(ge=0, le=1e9)] | Unmeasured
"""Seconds or US dollars. Bounded, as counts are: what a build claims is summed, and no sum may come to infinity."""
_DETAIL_CHARACTERS = 500


class UsageRow(msgspec.Struct, frozen=True):
    """What an answer or a recording says that it took."""

    latency_s: _Amount = Unmeasured.NOT_REPORTED
    input_tokens: _Count = Unmeasured.NOT_REPORTED
    output_tokens: _Count = Unmeasured.NOT_REPORTED
    cost_usd: _Amount = Unmeasured.NOT_REPORTED


class Answer(msgspec.Struct, frozen=True):
    """An answer's parts. Only ``output`` or ``error`` must be there; null is as good as absent for the others."""

    output: Any = msgspec.UNSET
    tool_calls: tuple[ToolCall, ...] | None = None
    context: tuple[str, ...] | None = None
    messages: tuple[Any, ...] | None = None
    usage: UsageRow | None = None
    error: str | None = None
    kind: Literal["target", "provider"] = "target"
    retry_after_s: Annotated[float, msgspec.Meta(ge=0)] | None = None


def request_of(fixture: Fixture, attempt: int, tracing: Tracing | None = None) -> JsonObject:
    """What a child is asked. Never what is expected."""
    asked: dict[str, Json] = {
        "fixture_id": fixture.id,
        "attempt": attempt,
        "input": fixture.input,
        "context": list(fixture.context),
    }
    if tracing is not None:
        asked["traceparent"] = tracing.traceparent(fixture.id, attempt)
    return asked


def decode_json(content: bytes) -> Json | TrialError:
    """Any JSON value, or GARBAGE: no JSON, no UTF-8, or nested too deeply to be told on."""
    try:
        value: Json = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return garbage(f"no JSON: {error}: {quote(content)}")
    if nests_too_deeply(content):
        return garbage(f"JSON nested more than {MAX_DEPTH} deep: {quote(content)}")
    return value


def decode_object(content: bytes) -> JsonObject | TrialError:
    """As ``decode_json``, and what is no object is GARBAGE too."""
    value = decode_json(content)
    if isinstance(value, TrialError | Mapping):
        return value
    return garbage(f"no JSON object: {quote(content)}")


def attempt_from(content: JsonObject | TrialError, latency_s: float | Unmeasured) -> Attempt:
    """What an answer in the protocol's shape means. ``latency_s`` holds unless the answer tells its own."""
    if isinstance(content, TrialError):
        return Attempt(outcome=content, usage=Usage(latency_s=latency_s))
    try:
        answer = msgspec.convert(content, Answer)
    except msgspec.ValidationError as error:
        return Attempt(outcome=garbage(f"an answer of the wrong shape: {error}"), usage=Usage(latency_s=latency_s))
    return attempt_of(answer, latency_s)


def attempt_of(answer: Answer, latency_s: float | Unmeasured) -> Attempt:
    usage = _usage(answer.usage, latency_s)
    if answer.error is not None:
        fault = Fault.PROVIDER if answer.kind == "provider" else Fault.REFUSED
        detail = cut(answer.error) or "it told an error without words"
        return Attempt(outcome=TrialError(fault=fault, detail=detail), usage=usage, retry_after_s=answer.retry_after_s)
    if answer.output is msgspec.UNSET:
        return Attempt(outcome=garbage("an answer with neither output nor error"), usage=usage)
    output = Output(
        content=answer.output,
        tool_calls=answer.tool_calls or (),
        context=answer.context or (),
        messages=answer.messages or (),
    )
    return Attempt(outcome=output, usage=usage)


def plain_tool_call(call: Json) -> Json:
    """``{"name", "arguments"}`` from OpenAI's and Anthropic's spellings of a tool call too."""
    inner = call.get("function", call) if isinstance(call, Mapping) else call
    if not isinstance(inner, Mapping):
        return call
    return {"name": inner.get("name"), "arguments": plain_arguments(inner.get("arguments", inner.get("input")))}


def plain_arguments(arguments: Json) -> JsonObject:
    """Of a tool call, told as an object or as JSON text.

    What a model wrote that is no JSON object is kept under the key ``unreadable``: a wrong answer, no lost one.
    """
    if isinstance(arguments, Mapping):
        return arguments
    if arguments is None or arguments == "":
        return {}
    told = decode_object(arguments.encode("utf-8", "replace")) if isinstance(arguments, str) else None
    return told if isinstance(told, Mapping) else {"unreadable": arguments}


def garbage(detail: str) -> TrialError:
    return TrialError(fault=Fault.GARBAGE, detail=detail)


def too_large(limit: int) -> TrialError:
    return TrialError(fault=Fault.TOO_LARGE, detail=f"the answer is longer than {limit} bytes")


def quote(content: bytes) -> str:
    """The beginning of what was said, fit for a sentence."""
    return repr(content[:120].decode("utf-8", "replace"))


def cut(text: str) -> str:
    return text if len(text) <= _DETAIL_CHARACTERS else text[:_DETAIL_CHARACTERS] + " …"


def nests_too_deeply(content: bytes) -> bool:
    """More than MAX_DEPTH levels in a JSON text. Counted without recursion: such a text is out to exhaust the stack."""
    if content.count(b"[") + content.count(b"{") <= MAX_DEPTH:
        return False
    level: list[Json] = [msgspec.json.decode(content)]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Json) -> list[Json]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _usage(row: UsageRow | None, latency_s: float | Unmeasured) -> Usage:
    if row is None:
        return NOTHING_REPORTED if latency_s is Unmeasured.NOT_REPORTED else Usage(latency_s=latency_s)
    return Usage(
        latency_s=latency_s if row.latency_s is Unmeasured.NOT_REPORTED else row.latency_s,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost_usd=row.cost_usd,
    )
