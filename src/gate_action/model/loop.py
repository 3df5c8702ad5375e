"""The loop's words: what production did (turns), what people said of it (feedback), and what was made of both."""

from datetime import datetime
from enum import StrEnum

from gate_action.model.dataclass import dataclass


class FailureMode(StrEnum):
    """What went wrong in a turn."""

    HALLUCINATION = "hallucination"
    MISSED_INTENT = "missed_intent"
    FORMAT_ERROR = "format_error"
    TOOL_MISUSE = "tool_misuse"
    OVER_REFUSAL = "over_refusal"
    UNDER_REFUSAL = "under_refusal"


class Aside(StrEnum):
    """Labels beside the failure modes."""

    OTHER = "other"
    """A failure that no mode names; a name is proposed."""
    UNKNOWN = "unknown"
    """Too little evidence."""
    UNMET_NEED = "unmet_need"
    """A wish for what was never specified."""
    NOT_A_FAILURE = "not_a_failure"
    """Praise, a user's own mistake, abuse."""


class FeedbackKind(StrEnum):
    EXPLICIT = "explicit"
    IMPLICIT = "implicit"
    """Derived by a rule of ours, whose version stands in ``source``."""


class AuthorKind(StrEnum):
    """End users stay apart from judges."""

    END_USER = "end_user"
    REVIEWER = "reviewer"
    LLM = "llm"
    CODE = "code"


class FeedbackScope(StrEnum):
    """What a statement is about."""

    SPAN = "span"
    TRACE = "trace"
    CONVERSATION = "conversation"
    JOIN_KEY = "join_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer of the application in production. Its fields are the columns of the table ``turn``.

    Times are UTC. An empty text: it was not told. None: it was not measured.
    """

    turn_id: str
    """Digest of trace and span, or of the source's own id."""
    trace_id: str = ""
    """32 lowercase hex digits where the source has such; else its own id."""
    span_id: str = ""
    conversation_id: str = ""
    """Empty: the turn stands alone."""
    join_key: str = ""
    """The application's own id of the answer, by which feedback may name it."""
    response_id: str = ""
    """The provider's id of the answer, by which feedback may name it as well."""
    user_key: str = ""
    """Keyed hash of the user's id: never the id."""
    at: datetime
    app: str = ""
    environment: str = ""
    release: str = ""
    prompt_name: str = ""
    prompt_version: str = ""
    model: str = ""
    input: str = ""
    """What the user asked last: plain text, or JSON where it is no text."""
    messages: str = ""
    """The whole input as JSON: a list of ``{"role", "content", ...}``."""
    output: str = ""
    context: str = ""
    """JSON: a list of the texts that the answer rests on."""
    tool_calls: str = ""
    """JSON: a list of ``{"name", "arguments", "result"}``."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    latency_s: float | None = None
    status: str = "ok"
    """``ok`` or ``error``."""
    weight: float | None = None
    """One over the probability with which the turn was recorded. None: it was not told."""
    consent: str = ""
    """``yes``, ``no`` or empty: nothing was said."""
    source: str = ""
    dialect: str = ""
    slices: tuple[tuple[str, str], ...] = ()
    """Dimension and value, rows of the table ``turn_slice``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One statement about a turn. Its fields are the columns of the table ``feedback``."""

    feedback_id: str
    """Digest of source, target, name and author, so that a second thought replaces the first."""
    scope: FeedbackScope
    trace_id: str = ""
    span_id: str = ""
    conversation_id: str = ""
    join_key: str = ""
    kind: FeedbackKind = FeedbackKind.EXPLICIT
    name: str
    value: float | None = None
    label: str = ""
    scale: str = ""
    """``binary``, ``1..5`` or whatever the source says of its scale."""
    polarity: int = 0
    """-1, 0 or 1, from the map of names; 0: unknown or neutral."""
    comment: str = ""
    correction: str = ""
    author_kind: AuthorKind = AuthorKind.END_USER
    author_key: str = ""
    at: datetime
    identifier: str = ""
    source: str = ""
    raw: str = ""
    """JSON, as the source had it, without the author's id."""


class FaultKind(StrEnum):
    """Why something could not be read."""

    NOT_JSON = "not_json"
    NOT_PROTOBUF = "not_protobuf"
    NOT_TEXT = "not_text"
    TORN = "torn"
    """Cut off: a last line that is still being written, or a file that ends too early."""
    TOO_LARGE = "too_large"
    FOREIGN = "foreign"
    """Well formed, and nothing that is known."""
    INVALID = "invalid"
    """Known, and a field of it cannot be used."""
    UNREADABLE = "unreadable"
    """The file or the server itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A line or record that could not be read. Its fields are the columns of the table ``fault``."""

    source: str
    place: str
    """``file@offset`` (bytes of the unpacked content), ``file:row``, or an id of the source."""
    kind: FaultKind
    message: str
    """Says what is wrong, and never quotes what stands there."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeFound:
    """Is one failure mode present, and by which words of the turn? A row of ``classification_mode``."""

    mode: str
    is_present: bool
    quote: str = ""
    """Verbatim from the turn or its feedback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Turns that fail in the same way. Its fields are the columns of ``cluster``; its turns are in ``membership``."""

    cluster_id: str
    """Persists over cycles."""
    label: str
    title: str
    sentence: str = ""
    classifier_digest: str = ""
    first_cycle: str = ""
    last_cycle: str = ""
    status: str = "open"
    """``open``, ``promoted``, ``watched``, ``held``, ``reopened`` or ``closed``."""
