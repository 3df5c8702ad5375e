"""What a build's HTTP response means: its status, its media type, and the parts of its JSON that paths lead to."""

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Literal

from gate_action.clients.children.protocol import attempt_from, decode_json, garbage, plain_tool_call, quote
from gate_action.clients.exchange import Response
from gate_action.clients.json_paths import Find, compile_path
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json
from gate_action.model.trial import Attempt, Fault, Output, TrialError, Usage

Reader = Callable[[Response, float], Attempt]
"""A response and the seconds that it took -> what it means."""

_USAGE = ("input_tokens", "output_tokens", "cost_usd")
_TOO_MANY_REQUESTS = 429
_SERVICE_UNAVAILABLE = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """JSONPaths. Where ``output`` leads nowhere the answer is garbage; any other part is then absent."""

    output: str = "$.output"
    tool_calls: str = "$.tool_calls"
    context: str = "$.context"
    messages: str = "$.messages"
    error: str = "$.error"
    """A text here is an error that the build tells itself."""
    input_tokens: str = "$.usage.input_tokens"
    output_tokens: str = "$.usage.output_tokens"
    cost_usd: str = "$.usage.cost_usd"

    def __post_init__(self) -> None:
        for part in fields(self):
            try:
                compile_path(getattr(self, part.name))
            except ValueError as error:
                raise ValueError(f"{part.name}: {error}") from error


def reader_of(parts: Parts | Literal["text"]) -> Reader:
    """``text``: the body is the output."""
    if not isinstance(parts, Parts):
        return partial(_read, None)
    return partial(_read, {part.name: compile_path(getattr(parts, part.name)) for part in fields(parts)})


def _read(paths: dict[str, Find] | None, response: Response, latency_s: float) -> Attempt:
    refusal = _refusal(response)
    if refusal is not None:
        usage = Usage(latency_s=latency_s)
        is_busy = response.status == _SERVICE_UNAVAILABLE
        return Attempt(outcome=refusal, usage=usage, retry_after_s=response.retry_after_s, is_busy=is_busy)
    if paths is None:
        return Attempt(outcome=_text(response.body), usage=Usage(latency_s=latency_s))
    if response.media_type != "application/json" and not response.media_type.endswith("+json"):
        detail = f"the answer is {response.media_type or 'of no media type'}, not JSON: {quote(response.body)}"
        return attempt_from(garbage(detail), latency_s)
    body = decode_json(response.body)
    return attempt_from(body if isinstance(body, TrialError) else _answer(paths, body), latency_s)


def _refusal(response: Response) -> TrialError | None:
    status = response.status
    if 200 <= status < 300:  # noqa: PLR2004  # HTTP's classes of status
        return None
    said = f": {quote(response.body)}" if response.body else ""
    if status == _TOO_MANY_REQUESTS:
        return TrialError(fault=Fault.PROVIDER, detail=f"status 429{said}")
    if 300 <= status < 400:  # noqa: PLR2004  # as above
        said = f" to {response.headers.get('Location', 'nowhere')!r}: redirects are not followed"
    return TrialError(fault=Fault.REFUSED, detail=f"status {status}{said}")


def _text(body: bytes) -> Output | TrialError:
    try:
        return Output(content=body.decode("utf-8"))
    except UnicodeDecodeError as error:
        return garbage(f"the answer is no UTF-8: {error.reason} at byte {error.start}")


def _answer(paths: dict[str, Find], body: Json) -> dict[str, Json]:
    """In the shape of the child's protocol."""
    answer = {name: found for name in ("output", "error") for found in _one(paths[name](body))}
    answer["usage"] = {name: found for name in _USAGE for found in _one(paths[name](body)) if found is not None}
    answer["tool_calls"] = [plain_tool_call(call) for call in _many(paths["tool_calls"](body))]
    answer["context"] = _many(paths["context"](body))
    answer["messages"] = _many(paths["messages"](body))
    return answer


def _one(matches: list[Json]) -> list[Json]:
    """Nothing, the only value, or a list of them all."""
    return matches if len(matches) <= 1 else [matches]


def _many(matches: list[Json]) -> list[Json]:
    """A path may lead to a list, or to its entries one by one."""
    match matches:
        case [None]:
            return []
        case [list() as entries]:
            return entries
        case _:
            return matches
