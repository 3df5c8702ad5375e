"""A small client for REST servers that answer in JSON: bounded, patient, and careful where its key goes."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from gate_action import __version__
from gate_action.clients.retry_after import backoff_s, read_retry_after
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass

if TYPE_CHECKING:
    import requests

LARGEST = 128 * 2**20
"""Bytes of one answer, unpacked."""
_CHUNK = 1 << 18
_TIMEOUT_S = (10.0, 120.0)
"""To connect; between two bytes of an answer."""
_REDIRECTS = 5
_OK, _REDIRECT, _FAULT = range(200, 300), (301, 302, 303, 307, 308), range(400, 600)
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_REFUSED = (401, 403)
_QUOTED = 200
Query = Mapping[str, str | int | Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long a request is repeated that a busy or absent server did not answer. Times in seconds."""

    tries: int = 6
    longest_s: float = 300.0
    """All pauses of one request together."""
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    """In [0, 1)."""


@dataclass(kw_only=True)
class Rest:
    """One server. Every request that is made through it only reads, and so may be repeated."""

    url: str
    """What paths are relative to."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """With the key. They go to this server alone."""
    user: str = ""
    password: str = field(default="", repr=False)
    """Basic authentication, where there is a user."""
    ca_bundle: str = ""
    largest: int = LARGEST
    waiting: Waiting = field(default_factory=Waiting)
    _read_bytes: int = 0

    def get(self, path: str, query: Query | None = None) -> Any:
        """The answer's JSON. Raises StoreError."""
        return self._ask("GET", path, {"params": query or {}})

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """As ``get``, of a question that travels as JSON."""
        return self._ask("POST", path, {"json": body})

    def drain_count(self) -> int:
        """Bytes of all answers since it was asked the last time."""
        count, self._read_bytes = self._read_bytes, 0
        return count

    def _ask(self, method: str, path: str, told: Mapping[str, Any]) -> Any:
        import orjson

        content = self._send(method, urljoin(self.url.rstrip("/") + "/", path), told)
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise StoreError(f"{self.url} answered {path} with no JSON", hint="is this the server's API?") from error

    def _send(self, method: str, url: str, told: Mapping[str, Any]) -> bytes:
        waited = 0.0
        for tried in range(1, self.waiting.tries + 1):
            answer = self._try(method, url, told)
            if isinstance(answer, bytes):
                return answer
            pause = backoff_s(tried, answer.retry_after_s) + self.waiting.jitter() / 4
            waited += pause
            if tried == self.waiting.tries or waited > self.waiting.longest_s:
                asks = f" and asks to wait {pause:.0f} s" if answer.retry_after_s else ""
                raise StoreError(f"{self.url} does not answer: {answer.said}{asks} (tried {tried} times)")
            self.waiting.sleep(pause)
        raise AssertionError("a loop of at least one try returns or raises")

    def _try(self, method: str, url: str, told: Mapping[str, Any]) -> "bytes | _Busy":
        import requests

        try:
            for _ in range(_REDIRECTS + 1):
                # A bundle that is set for the session would give way to that of the environment.
                with self._session.request(
                    method,
                    url,
                    **told,
                    timeout=_TIMEOUT_S,
                    stream=True,
                    allow_redirects=False,
                    verify=self.ca_bundle or None,
                ) as reply:
                    if reply.status_code not in _REDIRECT:
                        return self._read(reply)
                    url, told = self._follow(method, url, reply), {"params": {}} if method == "GET" else told
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            if isinstance(error, requests.exceptions.SSLError):
                raise StoreError(
                    f"{self.url} shows a certificate that is not trusted",
                    hint="ca_bundle names a file of certificates, and so does REQUESTS_CA_BUNDLE",
                ) from error
            return _Busy(f"no connection, or a broken one ({type(error).__name__})", None)
        except requests.RequestException as error:
            raise StoreError(f"{self.url} cannot be asked: {type(error).__name__}") from error
        raise StoreError(f"{self.url} redirects in a circle")

    def _follow(self, method: str, url: str, reply: "requests.Response") -> str:
        """Within one server, and for GET alone: another one would be handed the key, and a POST its question."""
        to = urljoin(url, reply.headers.get("Location", ""))
        if method != "GET" or _server(to) != _server(url):
            raise StoreError(
                f"{self.url} redirects to {urlsplit(to).scheme}://{urlsplit(to).netloc}: that is not followed",
                hint="write the server's own address as url",
            )
        return to

    def _read(self, reply: "requests.Response") -> "bytes | _Busy":
        status = reply.status_code
        if status in _BUSY:
            return _Busy(f"status {status}", read_retry_after(reply.headers))
        content = bytearray()
        for chunk in reply.iter_content(_CHUNK):
            content += chunk
            if len(content) > self.largest:
                raise StoreError(
                    f"{self.url} answers with more than {self.largest:,} bytes", hint="set page_size to fewer"
                )
        self._read_bytes += len(content)
        if status in _OK:
            return bytes(content)
        said = bytes(content[:_QUOTED]).decode("utf-8", "replace")
        raise StoreError(f"{self.url} answers with status {status}: {said!r}", hint=_advise(status))

    @cached_property
    def _session(self) -> "requests.Session":
        import requests

        session = requests.Session()
        session.headers.update({"User-Agent": f"gate-action/{__version__}", "Accept": "application/json"})
        session.headers.update(self.headers)
        # Something must stand there: else requests looks into ~/.netrc, whose passwords nobody has named here.
        session.auth = (self.user, self.password) if self.user else _as_it_is
        return session


@dataclass(frozen=True, slots=True)
class _Busy:
    said: str
    retry_after_s: float | None


def _as_it_is(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
    return request


def _server(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _advise(status: int) -> str:
    if status in _REFUSED:
        return "check the key of this source, and that its variable is set in this step"
    return "check the url and the project's name" if status == 404 else ""  # noqa: PLR2004  # HTTP's "not found"
