"""A statement as some source has it -> Feedback: its key, its polarity, its author without the id."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gate_action.loop.ingest.dialects.values import as_text, read_number
from gate_action.loop.ingest.times import utc
from gate_action.loop.ingest.understanding import Understanding
from gate_action.model.loop import AuthorKind, Feedback, FeedbackScope

_AUTHORS = {
    **{kind.value: kind for kind in AuthorKind},
    **dict.fromkeys(("user", "end-user", "enduser"), AuthorKind.END_USER),
    **dict.fromkeys(("annotator", "annotation"), AuthorKind.REVIEWER),
    **dict.fromkeys(("llm_judge", "model", "eval"), AuthorKind.LLM),
}
_USER_KEYS = frozenset({"user_id", "user.id", "enduser.id", "userid", "authoruserid", "author", "author_id", "user"})
_MOST_CHARS = 20_000
_MOST_RAW = 2_000
"""Of the record as the source has it, for a person who looks: comment and correction have columns of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a source says that somebody said. Values are as the source has them."""

    name: str
    value: Any = None
    """A number, a truth value, or a label."""
    label: Any = None
    comment: Any = None
    correction: Any = None
    trace_id: str = ""
    span_id: str = ""
    conversation_id: str = ""
    join_key: Any = None
    """The application's key, or the provider's id of the answer."""
    author: Any = None
    """An AuthorKind, or the source's word; ``human`` is whom the source's settings say."""
    user_id: Any = None
    own_id: str = ""
    """The source's id of the record, where a changed record keeps it."""
    identifier: Any = None
    """Two records of one target with the same identifier are one statement."""
    scale: str = ""
    at_us: int
    raw: Mapping[str, Any] = field(default_factory=dict)


def make_feedback(told: Statement, source: str, understanding: Understanding) -> Feedback:
    """The id is a digest of target, name and identifier; without one, of target, name and author, or of what is said
    where the author is unknown: two nameless users are two, and one record read twice is one.
    """
    value, label = _read_value(told.value, as_text(told.label))
    polarity = understanding.polarity.of(told.name, value, label, told.scale)
    raw = {key: one for key, one in told.raw.items() if key.lower() not in _USER_KEYS}
    if value is None and told.label and told.value not in (None, ""):  # a word for the value, and another for why
        polarity = polarity or understanding.polarity.of(told.name, None, as_text(told.value), told.scale)
        raw["value"] = as_text(told.value)[:_MOST_CHARS]
    author = _read_author(told.author, understanding)
    author_key = understanding.users.key(as_text(told.user_id)) if told.user_id else ""
    join_key, identifier = as_text(told.join_key)[:1_000], as_text(told.identifier)[:1_000]
    comment, correction = as_text(told.comment)[:_MOST_CHARS], as_text(told.correction)[:_MOST_CHARS]
    target = told.trace_id or join_key or told.conversation_id
    own: tuple[str, ...]
    if told.own_id:
        own = ("own", source, told.own_id)
    elif identifier:
        own = ("identifier", target, told.name, identifier)
    elif author_key:
        own = ("author", target, told.span_id, told.name, author, author_key)
    else:
        own = ("said", target, told.span_id, told.name, author, str(told.at_us), repr(value), label, comment)
    return Feedback(
        feedback_id=hashlib.sha256("\0".join(own).encode("utf-8", "surrogatepass")).hexdigest()[:32],
        scope=_scope(told),
        trace_id=told.trace_id,
        span_id=told.span_id,
        conversation_id=told.conversation_id,
        join_key=join_key,
        name=told.name,
        value=value,
        label=label,
        scale=told.scale,
        polarity=polarity,
        comment=comment,
        correction=correction,
        author_kind=author,
        author_key=author_key,
        at=utc(told.at_us),
        identifier=identifier,
        source=source,
        raw=as_text(raw)[:_MOST_RAW],
    )


def _scope(told: Statement) -> FeedbackScope:
    if told.span_id:
        return FeedbackScope.SPAN
    if told.trace_id:
        return FeedbackScope.TRACE
    return FeedbackScope.JOIN_KEY if told.join_key else FeedbackScope.CONVERSATION


def _read_value(value: Any, label: str) -> tuple[float | None, str]:
    if isinstance(value, bool):
        return float(value), label or ("up" if value else "down")
    number = read_number(value)
    if number is None and value not in (None, ""):
        return None, label or as_text(value)[:_MOST_CHARS]
    return number, label[:_MOST_CHARS]


def _read_author(told: Any, understanding: Understanding) -> AuthorKind:
    said = as_text(told).strip().lower()
    return _AUTHORS.get(said, understanding.humans)
