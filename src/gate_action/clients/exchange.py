"""One HTTP request to a build and its bounded answer, through aiohttp. Redirects, cookies and compression stay off."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import field
from typing import TYPE_CHECKING

from gate_action.clients.children.protocol import garbage, too_large
from gate_action.clients.extras import check_extra
from gate_action.clients.retry_after import read_retry_after
from gate_action.model.dataclass import dataclass
from gate_action.model.metric import Limits
from gate_action.model.trial import Fault, TrialError

if TYPE_CHECKING:
    import aiohttp


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int
    media_type: str
    """Lower case, without parameters; empty when the server told none."""
    headers: Mapping[str, str]
    """Names as they came; looked up without regard to case."""
    body: bytes

    @property
    def retry_after_s(self) -> float | None:
        return read_retry_after(self.headers)


class Exchange:
    """Sends requests over one pool of connections."""

    def __init__(self, session: "aiohttp.ClientSession", limits: Limits) -> None:
        self._session = session
        self._limit = limits.max_output_bytes

    async def send(self, request: Request) -> Response | TrialError:
        """Waits as long as it takes: the caller has the time-out. Raises nothing for what the other side does."""
        import aiohttp

        try:
            async with self._session.request(
                request.method, request.url, headers=request.headers, data=request.body, allow_redirects=False
            ) as reply:
                return await self._read(reply)
        except (aiohttp.ClientConnectionError, ConnectionError) as error:
            return TrialError(fault=Fault.CRASHED, detail=f"no connection, or a broken one: {_words(error)}")
        except aiohttp.ClientPayloadError as error:
            return garbage(f"the answer broke off or is no HTTP: {_words(error)}")
        except aiohttp.ClientError as error:
            return garbage(f"the answer is no HTTP: {_words(error)}")

    async def _read(self, reply: "aiohttp.ClientResponse") -> Response | TrialError:
        if reply.headers.get("Content-Encoding", "identity").lower() != "identity":
            return garbage("the answer is compressed, which was not asked for")
        body = bytearray()
        async for chunk in reply.content.iter_any():
            body += chunk
            if len(body) > self._limit:
                return too_large(self._limit)
        media_type = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Response(status=reply.status, media_type=media_type, headers=reply.headers, body=bytes(body))


@asynccontextmanager
async def open_exchange(limits: Limits, *, uses_proxy: bool) -> AsyncIterator[Exchange]:
    """``uses_proxy``: HTTPS_PROXY, NO_PROXY and the like of our environment count. Not for servers on loopback."""
    check_extra("http", "the http target")
    import aiohttp

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limits.concurrency),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"Accept-Encoding": "identity", "User-Agent": "gate-action"},
        auto_decompress=False,
        trust_env=uses_proxy,
    ) as session:
        yield Exchange(session, limits)


def _words(error: BaseException) -> str:
    return f"{type(error).__name__} {error}".strip()[:300]
