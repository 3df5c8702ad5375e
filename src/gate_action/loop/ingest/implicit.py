"""What users say by what they do next: retry, edit, abandon, escalation. Rules with a version, over what has changed.

- **retry**: within ``retry_minutes``, the next question of the conversation is (nearly) the same.
- **edit**: the next turn has the same history and another question in the same place.
- **abandon**: the conversation's last turn failed, stayed unanswered or was complained of, and nothing came after it
  for ``abandon_minutes``.
- **escalation**: a tool was called that hands over to a person.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fnmatch import translate
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import orjson

from gate_action.config.loop.ingest import ImplicitShape
from gate_action.loop.store import Store, arrow_columns, arrow_records, quote
from gate_action.model.loop import Feedback, FeedbackKind, FeedbackScope

RULES = "implicit:1"
"""Name and version of the rules, the source of what they derive. It changes with them."""
TOUCHED = "CREATE OR REPLACE TEMP TABLE touched (turn_id VARCHAR)"
_WORD = re.compile(r"\w+")
_ROWS = 512

_CONSIDERED = """
CREATE OR REPLACE TEMP TABLE considered AS
SELECT turn_id, conversation_id FROM turn WHERE {everything} OR turn_id IN (SELECT turn_id FROM touched)
  OR (conversation_id <> '' AND conversation_id IN (
        SELECT conversation_id FROM turn WHERE turn_id IN (SELECT turn_id FROM touched) OR "at" >= {since}))
"""
_PAIRS = """
SELECT turn_id, trace_id, span_id, conversation_id, user_key, "at", latency_s, input, messages FROM turn
WHERE conversation_id IN (
  SELECT conversation_id FROM considered WHERE conversation_id <> '' GROUP BY conversation_id HAVING count(*) > 1)
ORDER BY conversation_id, "at", turn_id
"""
_LAST = """
SELECT turn_id, trace_id, span_id, conversation_id, user_key, "at" + {silence} AS said_at FROM turn
WHERE turn_id IN (
    SELECT arg_max(turn_id, "at") FROM turn
    WHERE conversation_id IN (SELECT conversation_id FROM considered WHERE conversation_id <> '')
    GROUP BY conversation_id)
  AND "at" + {silence} <= {now}
  AND (status = 'error' OR output = '' OR turn_id IN (
        SELECT turn_id FROM feedback WHERE kind = 'explicit' AND polarity < 0 AND author_kind = 'end_user'))
"""
_HANDED_OVER = """
SELECT turn_id, trace_id, span_id, conversation_id, user_key, "at", tool_calls FROM turn
WHERE turn_id IN (SELECT turn_id FROM considered) AND tool_calls <> '' AND regexp_matches(tool_calls, {pattern}, 'i')
"""


class Spoken(NamedTuple):
    """As much of a turn as a pair of turns is judged by."""

    turn_id: str
    trace_id: str
    span_id: str
    conversation_id: str
    user_key: str
    at: datetime
    latency_s: float | None
    input: str
    messages: str


def derive_implicit(store: Store, shape: ImplicitShape, now: datetime) -> int:
    """Derives anew for what was written in this pass, and for conversations that may have ended since the last one.
    Returns how many signals they give.
    """
    with store.transaction():
        _consider(store, shape, now)
        store.connection.execute(
            "DELETE FROM feedback WHERE kind = 'implicit' AND turn_id IN (SELECT turn_id FROM considered)"
        )
        found = {one.feedback_id: (one, turn_id) for one, turn_id in _find_all(store, shape, now)}
        turn_ids = [turn_id for _, turn_id in found.values()]
        store.upsert("feedback", arrow_records("feedback", [one for one, _ in found.values()], turn_id=turn_ids))
        store.connection.execute(TOUCHED)
    return len(found)


def _consider(store: Store, shape: ImplicitShape, now: datetime) -> None:
    """Fills the table ``considered``: everything, where the rules or their settings are not those of the last pass."""
    settings = f"{RULES} {hashlib.sha256(msgspec.json.encode(shape)).hexdigest()[:16]}"
    told = dict(store.connection.execute("SELECT name, value FROM cursor WHERE source = 'implicit'").fetchall())
    everything = told.get("settings") != settings
    last = datetime.fromisoformat(told["at"]) if "at" in told else now
    since = last - timedelta(minutes=shape.abandon_minutes)
    store.connection.execute(_CONSIDERED.format(everything="true" if everything else "false", since=quote(since)))
    rows = (["implicit"] * 2, ["settings", "at"], [settings, now.isoformat()])
    store.upsert("cursor", arrow_columns("cursor", rows))


def _find_all(store: Store, shape: ImplicitShape, now: datetime) -> Iterator[tuple[Feedback, str]]:
    if not shape.enabled:
        return
    ask = store.connection.execute
    for _, spoken in groupby(_pairs(store), key=attrgetter("conversation_id")):
        yield from _find_repeats(list(spoken), shape)
    silence = f"INTERVAL {round(shape.abandon_minutes * 60_000)} MILLISECONDS"
    for turn_id, *ids, said_at in ask(_LAST.format(silence=silence, now=quote(now))).fetchall():
        yield _signal("abandon", turn_id, ids, said_at)
    if shape.escalation_tools:
        matching = [re.compile(translate(pattern), re.IGNORECASE) for pattern in shape.escalation_tools]
        spelt = (re.escape(pattern).replace(r"\*", '[^"]*').replace(r"\?", ".") for pattern in shape.escalation_tools)
        pattern = quote(f'"name":"(?:{"|".join(spelt)})"')
        for turn_id, *ids, at, calls in ask(_HANDED_OVER.format(pattern=pattern)).fetchall():
            name = _handed_over(calls, matching)
            if name:
                yield _signal("escalation", turn_id, ids, at, label=name)


def _pairs(store: Store) -> Iterator[Spoken]:
    for batch in store.connection.execute(_PAIRS).fetch_record_batch(_ROWS):
        yield from map(Spoken._make, zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _find_repeats(spoken: Sequence[Spoken], shape: ImplicitShape) -> Iterator[tuple[Feedback, str]]:
    for one, following in pairwise(spoken):
        ids = (one.trace_id, one.span_id, one.conversation_id, one.user_key)
        waited = following.at - one.at - timedelta(seconds=one.latency_s or 0)
        if _is_edited(one, following):
            yield _signal("edit", one.turn_id, ids, following.at)
        elif waited <= timedelta(minutes=shape.retry_minutes) and (label := _repeats(one, following, shape)):
            yield _signal("retry", one.turn_id, ids, following.at, label=label)


def _repeats(one: Spoken, following: Spoken, shape: ImplicitShape) -> str:
    """``same`` or ``similar``; empty: it is another question."""
    first, second = (_WORD.findall(turn.input.casefold()) for turn in (one, following))
    if not first or not second:
        return ""
    if first == second:
        return "same"
    shared, every = len({*first} & {*second}), len({*first} | {*second})
    return "similar" if shared / every >= shape.retry_similarity else ""


def _is_edited(one: Spoken, following: Spoken) -> bool:
    """Not where the application sends no history: then all turns begin alike."""
    if one.input == following.input or len(one.messages) < len(one.input) or not one.messages:
        return False
    first, second = _history(one.messages), _history(following.messages)
    return first == second and any(message.get("role") == "assistant" for message in first)


def _history(messages: str) -> list[dict[str, Any]]:
    """All messages but the last one."""
    told = orjson.loads(messages) if messages else []
    return [one for one in told if isinstance(one, dict)][:-1]


def _handed_over(calls: str, matching: Sequence[re.Pattern[str]]) -> str:
    names = [one.get("name") for one in orjson.loads(calls) if isinstance(one, dict)]
    return next((name for name in names if isinstance(name, str) and any(one.match(name) for one in matching)), "")


def _signal(name: str, turn_id: str, ids: Sequence[str], at: datetime, label: str = "") -> tuple[Feedback, str]:
    trace_id, span_id, conversation_id, user_key = ids
    own = hashlib.sha256(f"implicit\0{name}\0{turn_id}".encode()).hexdigest()[:32]
    return (
        Feedback(
            feedback_id=own,
            scope=FeedbackScope.SPAN,
            trace_id=trace_id,
            span_id=span_id,
            conversation_id=conversation_id,
            kind=FeedbackKind.IMPLICIT,
            name=name,
            label=label,
            polarity=-1,
            author_key=user_key,
            at=at,
            source=RULES,
        ),
        turn_id,
    )
