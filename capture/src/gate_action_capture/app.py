"""The service: takes feedback over HTTP and spools it. ASGI, without a framework: mount it, or run it as it is."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from gate_action_capture.feedback import Feedback, FeedbackError, read_value
from gate_action_capture.limiting import Buckets
from gate_action_capture.settings import SettingsError
from gate_action_capture.spool import Spool
from gate_action_capture.tokens import TokenError, check_token

_log = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_TARGETS = ("trace_id", "join_key", "response_id")
_BROWSER_FIELDS = {
    "name",
    "value",
    "trace_id",
    "join_key",
    "response_id",
    "comment",
    "correction",
    "identifier",
    "token",
}
"""A browser is no witness of who its user is: that stands on the call's own span."""
_SERVER_FIELDS = _BROWSER_FIELDS - {"token"} | {"span_id", "user_id"}
_OF_ONE_CALL = 12
"""Statements of one browser token at once; then one in five minutes."""


@dataclass(frozen=True)
class ServiceSettings:
    """How the service is protected. Raises SettingsError where nothing protects it."""

    folder: Path
    """The spool. Feedback is personal: keep it private."""
    secret: str = field(default="", repr=False)
    """Of the tokens that browsers bring (``feedback_token``); at least 16 characters. Empty: none is taken."""
    keys: tuple[str, ...] = field(default=(), repr=False)
    """Bearer keys of servers that speak for their users. Empty: none is taken."""
    origins: tuple[str, ...] = ()
    """Web origins whose pages may send feedback, e.g. ``https://shop.example``; ``*`` for all."""
    max_bytes: int = 16_384
    per_minute: float = 30.0
    """Statements of one client address, after a burst of as many; a server's key has a hundred times as many."""
    trusted_proxies: int = 0
    """How many proxies of your own stand in front: the client's address is read as many from the right."""

    def __post_init__(self) -> None:
        if not self.secret and not self.keys:
            raise SettingsError("neither a secret nor a key is given: anybody could write feedback")
        for name, values in (("secret", [self.secret] if self.secret else []), ("key", self.keys)):
            if any(len(value) < 16 for value in values):  # noqa: PLR2004  # as tokens.py asks
                raise SettingsError(f"a {name} is shorter than 16 characters: take it from a random source")
        if self.max_bytes < 1 or self.per_minute <= 0 or self.trusted_proxies < 0:
            raise SettingsError("max_bytes and per_minute must be positive, trusted_proxies not negative")


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"


class Refused(Exception):  # noqa: N818  # an answer, no fault of ours
    """Ends a request with an error that the client can read."""

    def __init__(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        self.answer = Answer(status, json.dumps({"error": message}).encode(), headers)


class FeedbackApp:
    """``POST /v1/feedback``, ``GET /widget.js``, ``GET /healthz``. An ASGI 3 application."""

    def __init__(self, settings: ServiceSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._spool: Spool | None = None
        self._clients = Buckets(settings.per_minute, max(1, int(settings.per_minute)), clock)
        self._servers = Buckets(settings.per_minute * 100, max(1, int(settings.per_minute * 100)), clock)
        self._calls = Buckets(0.2, _OF_ONE_CALL, clock)
        self._widget = resources.files("gate_action_capture").joinpath("widget.js").read_bytes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"no {scope['type']} connections are served here")
        headers = _read_headers(scope)
        try:
            answer = await self._answer(scope, headers, receive)
        except Refused as refused:
            answer = refused.answer
        except OSError:
            _log.exception("feedback could not be kept")
            answer = Refused(503, "feedback cannot be kept at the moment", ("retry-after", "30")).answer
        await _send(send, answer, self._cors(headers))

    async def close(self) -> None:
        """Where no lifespan is spoken: after the last request."""
        spool, self._spool = self._spool, None
        if spool is not None:
            await spool.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    self._open_spool()
                except OSError as error:
                    await send({"type": "lifespan.startup.failed", "message": f"the spool cannot be opened: {error}"})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Answer:
        path = _path(scope)
        match scope["method"], path:
            case "POST", "/v1/feedback":
                return await self._take(scope, headers, receive)
            case "OPTIONS", "/v1/feedback":
                return Answer(204, b"")
            case (("GET" | "HEAD"), "/widget.js"):
                cached = (("cache-control", "public, max-age=3600"), ("x-content-type-options", "nosniff"))
                return Answer(200, self._widget, cached, "text/javascript; charset=utf-8")
            case (("GET" | "HEAD"), "/healthz"):
                return Answer(200, b'{"status":"ok"}')
            case _, ("/v1/feedback" | "/widget.js" | "/healthz"):
                raise Refused(405, f"{scope['method']} is not served here")
            case _:
                raise Refused(404, "no such place")

    async def _take(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Answer:
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "send application/json")
        is_server = self._is_server(headers)
        self._limit(is_server, headers, scope)
        stated = _decode(await self._read(receive, headers))
        feedback = _build(stated) if is_server else self._build_from_browser(stated)
        await self._open_spool().add(feedback)
        return Answer(202, json.dumps({"identifier": feedback.identifier}).encode())

    def _build_from_browser(self, stated: dict[str, Any]) -> Feedback:
        """Of the one call that its token is for. An identifier counts among that call's only."""
        _refuse_fields(stated, _BROWSER_FIELDS)
        token = stated.pop("token", "")
        targets = [name for name in _TARGETS if stated.get(name)]
        if len(targets) != 1:
            raise Refused(422, f"give exactly one of {', '.join(_TARGETS)}: the one that the token was made for")
        feedback = _build(stated)
        target = str(getattr(feedback, targets[0]))
        self._check(target, token)
        self._wait_for(self._calls.take(target))
        own = f"{target}\0{feedback.name}\0{stated.get('identifier', '')}".encode("utf-8", "surrogatepass")
        return replace(feedback, identifier=hashlib.sha256(own).hexdigest()[:32])

    def _is_server(self, headers: Mapping[str, str]) -> bool:
        """Raises Refused for a key that is none."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if not scheme:
            return False
        given = key.strip().encode()
        is_known = [hmac.compare_digest(given, known.encode()) for known in self.settings.keys]
        if scheme.lower() != "bearer" or not any(is_known):
            raise Refused(401, "the key is not known here", ("www-authenticate", "Bearer"))
        return True

    def _limit(self, is_server: bool, headers: Mapping[str, str], scope: Scope) -> None:  # noqa: FBT001  # two kinds
        buckets = self._servers if is_server else self._clients
        self._wait_for(buckets.take("" if is_server else self._address(headers, scope)))

    @staticmethod
    def _wait_for(wait_s: float) -> None:
        if wait_s > 0:
            raise Refused(429, "too many statements", ("retry-after", str(int(wait_s) + 1)))

    def _address(self, headers: Mapping[str, str], scope: Scope) -> str:
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        trusted = self.settings.trusted_proxies
        if trusted and len(hops) >= trusted:
            return hops[-trusted]
        client = scope.get("client")
        return str(client[0]) if client else ""

    async def _read(self, receive: Receive, headers: Mapping[str, str]) -> bytes:
        """The body, refused as soon as it is known to be too long."""
        most = self.settings.max_bytes
        too_long = Refused(413, f"at most {most} bytes are taken")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length[:20]) > most:
            raise too_long
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refused(400, "the request was broken off")
            body += message.get("body", b"")
            if len(body) > most:
                raise too_long
            if not message.get("more_body"):
                return bytes(body)

    def _check(self, target: str, token: object) -> None:
        if not self.settings.secret or not isinstance(token, str) or not token:
            raise Refused(401, "a token for this call is missing", ("www-authenticate", "Bearer"))
        try:
            check_token(self.settings.secret, target, token)
        except TokenError as error:
            raise Refused(403, str(error)) from None

    def _open_spool(self) -> Spool:
        if self._spool is None:
            self._spool = Spool(self.settings.folder)
        return self._spool

    def _cors(self, headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        origin = headers.get("origin", "")
        if not origin or not ("*" in self.settings.origins or origin in self.settings.origins):
            return ()
        return (
            ("access-control-allow-origin", origin),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-headers", "content-type"),
            ("access-control-max-age", "600"),
            ("vary", "origin"),
        )


def _decode(body: bytes) -> dict[str, Any]:
    try:
        stated = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "the body is no JSON") from None
    if not isinstance(stated, dict):
        raise Refused(400, "the body is no JSON object")
    return stated


def _build(stated: dict[str, Any]) -> Feedback:
    """Raises Refused. Who speaks here is an end user: reviewers and judges have other ways."""
    _refuse_fields(stated, _SERVER_FIELDS)
    wrong = sorted(name for name in set(stated) - {"value"} if not isinstance(stated[name], str))
    if wrong:
        raise Refused(422, f"{wrong[0]} must be a text")
    try:
        value, label = read_value(stated.pop("value", None))
        return Feedback(**{"name": "", **stated}, value=value, label=label)
    except FeedbackError as error:
        raise Refused(422, str(error)) from None


def _refuse_fields(stated: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(stated) - known)
    if unknown:
        raise Refused(422, f"{unknown[0][:80]!r} is no field here; known: {', '.join(sorted(known))}")


def _read_headers(scope: Scope) -> dict[str, str]:
    """Lower-case names; of a repeated header the values are joined."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _path(scope: Scope) -> str:
    """Below the place where it is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


async def _send(send: Send, answer: Answer, more: tuple[tuple[str, str], ...]) -> None:
    headers = [("content-length", str(len(answer.body))), *answer.headers, *more]
    if answer.body:
        headers.insert(0, ("content-type", answer.media_type))
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": answer.body})
