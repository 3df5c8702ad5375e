"""Hands an answer on to the child that asked: a provider's as it comes, a recorded one as it came. Knows no routes."""

import json
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from gate_action.clients.proxy.tape import LONGEST_ANSWER
from gate_action.codec.answers import Answer

if TYPE_CHECKING:
    import aiohttp
    from aiohttp import web

_KEPT_REFUSALS = frozenset({400, 404, 413, 422})
"""Refusals that the content alone deserves: asked again, it would be refused again."""
_SHORT_ANSWER = 256 * 1024
REPLAYED = "X-Gate-Replayed"
"""On every answer that was not bought."""


class Taker:
    """Hands chunks on to the child as they come, and keeps them as long as they are not too many."""

    def __init__(self, response: "web.StreamResponse", request: "web.BaseRequest", *, is_short: bool) -> None:
        """``is_short``: it comes with its length, and goes on in one piece with its head."""
        self._response = response
        self._is_short = is_short
        self._request = request
        self._chunks: list[bytes] = []
        self._size = 0
        self.is_started = False
        self.is_gone = False
        """The child went away."""

    async def take(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size <= LONGEST_ANSWER:
            self._chunks.append(chunk)
        if not self._is_short:
            await self._telling(self._write, chunk)

    def answer(self, reply: "aiohttp.ClientResponse") -> Answer | None:
        """None: it was too long, or compressed against our wish."""
        if self._size > LONGEST_ANSWER or reply.headers.get("Content-Encoding", "identity") != "identity":
            return None
        content_type = reply.headers.get("Content-Type", "")
        return Answer(status=reply.status, content_type=content_type, chunks=tuple(self._chunks))

    async def end(self) -> None:
        await self._telling(self._finish)

    async def _write(self, chunk: bytes) -> None:
        if not self.is_started:
            self.is_started = True
            await self._response.prepare(self._request)
        await self._response.write(chunk)

    async def _finish(self) -> None:
        body = b"".join(self._chunks) if self._is_short else b""
        if not self.is_started:
            self.is_started = True
            self._response.content_length = len(body) if self._is_short else None
            await self._response.prepare(self._request)
        await self._response.write_eof(body)

    async def _telling(self, do: Callable[..., object], *arguments: bytes) -> None:
        if self.is_gone:
            return
        try:
            await do(*arguments)  # type: ignore[misc]  # both are coroutine functions
        except (ConnectionError, RuntimeError):  # aiohttp's own words for a closing transport, too
            self.is_gone = True


async def drain(reply: "aiohttp.ClientResponse", taker: Taker) -> str | None:
    """Why the answer broke off; None: it is whole."""
    import aiohttp

    try:
        async for chunk in reply.content.iter_any():
            await taker.take(chunk)
            if taker.is_gone:
                return None
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return f"the provider's answer broke off: {type(error).__name__}"
    return None


async def replay(request: "web.BaseRequest", answer: Answer) -> "web.StreamResponse":
    """Chunk by chunk as it was recorded, without the pauses."""
    from aiohttp import web

    headers = {REPLAYED: "1"} | ({"Content-Type": answer.content_type} if answer.content_type else {})
    if len(answer.chunks) <= 1:
        return web.Response(status=answer.status, headers=headers, body=b"".join(answer.chunks))
    response = web.StreamResponse(status=answer.status, headers=headers)
    with suppress(ConnectionError):  # a child that goes away hurts itself alone
        await response.prepare(request)
        for chunk in answer.chunks:
            await response.write(chunk)
        await response.write_eof()
    return response


def is_short(reply: "aiohttp.ClientResponse") -> bool:
    return reply.content_length is not None and reply.content_length <= _SHORT_ANSWER


def is_kept(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES or status in _KEPT_REFUSALS


def tell(status: HTTPStatus, words: str) -> "web.Response":
    """In the shape that OpenAI's and Anthropic's clients read."""
    from aiohttp import web

    error = {"type": "error", "error": {"type": "gate_action_proxy", "code": int(status), "message": words}}
    return web.Response(status=status, body=json.dumps(error).encode(), content_type="application/json")


def break_off(request: "web.BaseRequest") -> None:
    """So that the child does not take half an answer for a whole one."""
    if request.transport is not None:
        request.transport.abort()
