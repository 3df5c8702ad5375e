"""Model calls through litellm, which only this file imports. Retries, keys and prices are our own business."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any

from gate_action.clients.children.protocol import plain_arguments
from gate_action.clients.extras import check_extra
from gate_action.clients.model_keys import Access, find_access
from gate_action.clients.retry_after import read_retry_after
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import JsonObject, ToolCall
from gate_action.model.protocols import Complete, Completion, Embed, Embeddings, ProviderError
from gate_action.model.trial import Unmeasured, Usage

if TYPE_CHECKING:
    from types import ModuleType

_GUARDS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_LOG": "ERROR",
    "LITELLM_TELEMETRY": "False",
}
"""Without them litellm asks the network for prices and news while it is imported."""
_REQUEST_STATUSES = frozenset({400, 413, 422})
_TRANSIENT_STATUSES = frozenset({408, 409, 425, 429})
_SERVER_ERROR = 500


class ModelCallError(ProviderError):
    """One call that failed. ``is_transient``: another may succeed. ``is_requests_fault``: what was sent is to blame."""

    def __init__(self, message: str, *, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.is_transient = status is None or status in _TRANSIENT_STATUSES or status >= _SERVER_ERROR
        self.is_requests_fault = status in _REQUEST_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    model: str
    messages: Sequence[JsonObject]
    parameters: JsonObject = field(default_factory=dict)
    """As the provider's API names them: temperature, tools, response_format ..."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    text: str
    tool_calls: tuple[ToolCall, ...]
    usage: Usage


class Models:
    """From ``open_models``."""

    def __init__(self, litellm: "ModuleType", timeout_s: float) -> None:
        self._litellm = litellm
        self._timeout_s = timeout_s

    async def ask(self, request: ModelRequest, access: Access) -> ModelReply:
        """One call, tried once. Raises ModelCallError."""
        import openai

        own: dict[str, object] = {
            "api_key": access.key or None,
            "base_url": access.base_url or None,
            "timeout": self._timeout_s,
        }
        if request.headers:
            told = request.parameters.get("extra_headers")
            own["extra_headers"] = {**(told if isinstance(told, Mapping) else {}), **request.headers}
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._litellm.acompletion(
                    model=request.model,
                    messages=[dict(message) for message in request.messages],
                    **{
                        **request.parameters,
                        **own,
                        "timeout": self._timeout_s,
                        "max_retries": 0,
                        "num_retries": 0,
                        "stream": False,
                    },
                )
        except TimeoutError as error:
            raise ModelCallError(f"{request.model} did not answer within {self._timeout_s:g} s") from error
        except openai.OpenAIError as error:  # litellm's errors are all kinds of these
            raise _call_error(request.model, error, access.key) from error
        return self._read(request.model, reply, time.perf_counter() - started)

    async def embed(self, model: str, texts: Sequence[str], access: Access) -> Embeddings:
        """The vectors of ``texts``, asked for once. Raises ModelCallError."""
        import openai

        own = {"api_key": access.key or None, "api_base": access.base_url or None, "timeout": self._timeout_s}
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._litellm.aembedding(
                    model=model, input=list(texts), max_retries=0, num_retries=0, encoding_format="float", **own
                )
        except TimeoutError as error:
            raise ModelCallError(f"{model} did not answer within {self._timeout_s:g} s") from error
        except openai.OpenAIError as error:
            raise _call_error(model, error, access.key) from error
        vectors = {entry["index"]: tuple(map(float, entry["embedding"])) for entry in reply.data}
        if vectors.keys() != set(range(len(texts))) or len({len(vector) for vector in vectors.values()}) > 1:
            raise ModelCallError(f"{model} gave {len(vectors)} vectors of {len(texts)} texts, or not of one length")
        usage = self._usage(model, reply, time.perf_counter() - started)
        return Embeddings(vectors=tuple(vectors[place] for place in range(len(texts))), usage=usage)

    def _read(self, model: str, reply: Any, latency_s: float) -> ModelReply:
        if not reply.choices:
            raise ModelCallError(f"{model} answered without a choice")
        message = reply.choices[0].message
        calls = tuple(_tool_call(call.function) for call in message.tool_calls or () if getattr(call, "function", None))
        return ModelReply(text=message.content or "", tool_calls=calls, usage=self._usage(model, reply, latency_s))

    def _usage(self, model: str, reply: Any, latency_s: float) -> Usage:
        told = getattr(reply, "usage", None)
        if told is None or not told.total_tokens:  # litellm writes 0 for what nobody reported
            return Usage(latency_s=latency_s)
        return Usage(
            latency_s=latency_s,
            input_tokens=told.prompt_tokens,
            output_tokens=told.completion_tokens,
            cost_usd=self._cost_usd(model, reply),
        )

    def _cost_usd(self, model: str, reply: Any) -> float | Unmeasured:
        try:
            return float(self._litellm.completion_cost(completion_response=reply, model=model))
        except self._litellm.exceptions.ModelNotMappedError:
            return Unmeasured.UNPRICED


@asynccontextmanager
async def open_embedder(environ: Mapping[str, str], *, key: str = "", timeout_s: float = 120.0) -> AsyncIterator[Embed]:
    """As ``open_completer``, for vectors."""
    models = await open_models(timeout_s)

    async def embed(texts: Sequence[str], *, model: str) -> Embeddings:
        return await models.embed(model, texts, find_access(model, environ, key=key))

    yield embed


async def open_models(timeout_s: float) -> Models:
    """Loads litellm, which takes seconds, beside what else goes on."""
    return Models(await asyncio.to_thread(_load), timeout_s)


async def close_connections() -> None:
    """At the end of a run: of all models at once, as litellm shares its connections between them."""
    litellm = sys.modules.get("litellm")
    if litellm is not None:
        await litellm.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()


@asynccontextmanager
async def open_completer(
    environ: Mapping[str, str], *, key: str = "", base_url: str = "", timeout_s: float = 120.0
) -> AsyncIterator[Complete]:
    """Asks a judge's model, once a call. ``key`` names the variable that holds the key; empty: the usual one."""
    models = await open_models(timeout_s)

    async def complete(
        messages: Sequence[Mapping[str, str]], *, model: str, schema: JsonObject | None = None
    ) -> Completion:
        access = find_access(model, environ, key=key, base_url=base_url)
        request = ModelRequest(model=model, messages=messages, parameters=_judging(schema))
        reply = await models.ask(request, access)
        if not reply.text:
            raise ProviderError(f"{model} answered without text")
        return Completion(text=reply.text, usage=reply.usage)

    yield complete


@asynccontextmanager
async def open_speaker(
    model: str,
    environ: Mapping[str, str],
    *,
    key: str,
    temperature: float,
    schema: JsonObject,
) -> AsyncIterator[Callable[[Sequence[Mapping[str, str]], int], Awaitable[Completion]]]:
    """Asks a simulated user's model, once a call, with messages and a seed. An empty reply is one: it is no outage."""
    models = await open_models(120.0)

    async def speak(messages: Sequence[Mapping[str, str]], seed: int) -> Completion:
        parameters = {**_judging(schema), "temperature": temperature, "seed": seed}
        request = ModelRequest(model=model, messages=messages, parameters=parameters)
        reply = await models.ask(request, find_access(model, environ, key=key))
        return Completion(text=reply.text, usage=reply.usage)

    yield speak


def _judging(schema: JsonObject | None) -> JsonObject:
    """As steady as the model allows; what a provider does not know is left out rather than refused."""
    steady: JsonObject = {"temperature": 0, "drop_params": True}
    if schema is None:
        return steady
    form: JsonObject = {"name": "answer", "schema": schema, "strict": True}
    return {**steady, "response_format": {"type": "json_schema", "json_schema": form}}


def _call_error(model: str, error: Exception, key: str) -> ModelCallError:
    status = getattr(error, "status_code", None)
    headers = getattr(error, "litellm_response_headers", None) or {}
    words = " ".join(str(error).split())
    if key:
        words = words.replace(key, "***")  # a server may repeat what it was sent
    words = words[:500]
    return ModelCallError(f"{model}: {words}", status=status, retry_after_s=read_retry_after(headers))


def _tool_call(function: Any) -> ToolCall:
    return ToolCall(name=function.name, arguments=plain_arguments(function.arguments))


def _load() -> "ModuleType":
    for name, value in _GUARDS.items():
        os.environ.setdefault(name, value)
    check_extra("llm", "calling a model")
    import litellm

    litellm.suppress_debug_info = True
    return litellm
