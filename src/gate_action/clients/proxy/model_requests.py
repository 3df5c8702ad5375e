"""What a model request is known by: its content, without credentials and without what changes from call to call."""

import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from gate_action.model.dataclass import dataclass

_HEADERS = ("accept", "anthropic-beta", "anthropic-version", "content-type", "openai-beta")
"""What may change an answer. All else is a credential, or of the connection, or of the client's version."""
_CREDENTIALS = frozenset({"access_token", "api-key", "api_key", "apikey", "key", "sig", "signature", "token"})
_GZIP_OR_ZLIB = 32
"""Of zlib's window bits: either head is read."""
LONGEST_UNPACKED = 64 * 1024 * 1024
"""A bomb is known by its bytes as they came."""
_BOUNDARY = re.compile(r"boundary=\"?([^\";,\s]+)\"?")

_MODEL_IN_PATH = re.compile(r"(?:^|/)(?:models|deployments)/([^/:?]+)")
"""Gemini's and Azure's."""
_LITELLM_NAMES = {"google": "gemini"}

BUILT_IN: Mapping[str, str] = {
    "uuid": r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b|\b[0-9a-f]{32}\b",
    "iso_time": r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d|\b))?",
    "epoch": r"\b1[5-9]\d{8}(?:\d{3}|\d{6}|\d{9}|\.\d{1,9})?\b",
    "temporary_path": r"/tmp/[\w./-]+|/var/folders/[\w./-]+",  # noqa: S108  # a pattern, no path of ours
}
"""What a build may put into a request that is different each time, by its name in gate.yaml."""
_REGEX = "regex:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One request of a child, as it came."""

    method: str
    route: str
    """Which provider it goes to."""
    upstream: str
    """That provider's own URL: another server may answer otherwise."""
    path: str
    query: str
    headers: Mapping[str, str]
    """Looked up without regard to case."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is asked."""

    digest: str
    """Equal for requests that ask the same."""
    loose: str
    """Equal for requests that differ only in what BUILT_IN knows."""
    text: str
    """The body in one spelling."""
    route: str = ""
    path: str = ""


class Normaliser:
    """Blots out what changes from call to call."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """``names``: of BUILT_IN, or ``regex:PATTERN``. Raises ValueError for others."""
        self._patterns = [(name, _compile(name)) for name in names]

    def __call__(self, text: str) -> str:
        for name, pattern in self._patterns:
            text = pattern.sub(f"<{name.partition(':')[0]}>", text)
        return text


LOOSE = tuple(BUILT_IN)


def read_content(incoming: Incoming, normalise: Normaliser, loosely: Normaliser) -> Content:
    """The same JSON in another order or spacing is the same content; a multipart boundary is none of it."""
    body = unpack(incoming.body, incoming.headers.get("Content-Encoding", ""))
    spelled = spell(body, incoming.headers.get("Content-Type", ""))
    frame = "\n".join(
        [
            incoming.method,
            incoming.route,
            incoming.upstream,
            incoming.path,
            _plain_query(incoming.query),
            *_plain_headers(incoming.headers),
        ]
    )
    return Content(
        digest=_digest(normalise(frame), normalise(spelled)),
        loose=_digest(loosely(frame), loosely(spelled)),
        text=spelled,
        route=incoming.route,
        path=incoming.path,
    )


def name_model(content: Content) -> str:
    """As litellm names it: ``openai/gpt-4o-mini``. Empty: the request names none."""
    try:
        model = _naming.decode(content.text.encode("utf-8", "surrogatepass")).model
    except msgspec.MsgspecError:
        model = ""
    if not model and (found := _MODEL_IN_PATH.search(content.path)):
        model = found[1]
    provider = content.route.partition("_")[0]
    return f"{_LITELLM_NAMES.get(provider, provider)}/{model}" if model else ""


def check_upstream(url: str) -> str:
    """Why ``url`` is no address of a provider; empty: it is one."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"{url!r} is no http or https url"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "a provider's url holds no credentials, no query and no fragment"
    return ""


def unpack(body: bytes, encoding: str) -> bytes:
    """What was compressed, as it was before: gzip writes the time of day into it. Else as it came."""
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | _GZIP_OR_ZLIB)
    try:
        unpacked = unpacking.decompress(body, LONGEST_UNPACKED)
    except zlib.error:
        return body
    return unpacked if unpacking.eof else body


def spell(body: bytes, content_type: str) -> str:
    """The body as text: JSON with its keys in order; bytes that are no text stand for themselves."""
    if not body:
        return ""
    try:
        return _sorted_encoder.encode(_decoder.decode(body)).decode()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        text = body.decode("utf-8", "surrogateescape")
    if found := _BOUNDARY.search(content_type):
        text = text.replace(found[1], "<boundary>")
    return text


class _Naming(msgspec.Struct):
    model: str = ""


_naming = msgspec.json.Decoder(_Naming)
_decoder = msgspec.json.Decoder()
_sorted_encoder = msgspec.json.Encoder(order="deterministic")


def _plain_headers(headers: Mapping[str, str]) -> list[str]:
    kept = [(name, headers[name]) for name in _HEADERS if name in headers]
    return [f"{name}:{_BOUNDARY.sub('boundary=', value).strip()}" for name, value in kept]


def _plain_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode(sorted((name, value) for name, value in pairs if name.lower() not in _CREDENTIALS))


def _compile(name: str) -> re.Pattern[str]:
    if name.startswith(_REGEX):
        try:
            return re.compile(name.removeprefix(_REGEX))
        except re.error as error:
            raise ValueError(f"{name!r} is no regular expression: {error}") from error
    if name not in BUILT_IN:
        raise ValueError(f"{name!r} is not known: there are {', '.join(BUILT_IN)}, and regex:PATTERN")
    return re.compile(BUILT_IN[name])


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "surrogateescape"), digest_size=20).hexdigest()
