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
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from gate_action.config.loop.ingest import ImplicitShape
from gate_action.loop.store import Store, arrow_columns, arrow_records, arrow_texts, quote
from gate_action.loop.texts import complete_texts, pieces_in_store
from gate_action.model.loop import Feedback, FeedbackKind, FeedbackScope

RULES = "implicit:2"
"""Name and version of the rules, the source of what they derive. It changes with them."""
TOUCHED = "CREATE OR REPLACE TEMP TABLE touched (turn_id VARCHAR)"
_WORD = re.compile(r"\w+")
_ROWS = 512
_BEGINNING = 512
"""Characters of a question that are sorted with its turn: hardly any goes beyond, and the longest would not fit into
memory together.
"""
_PAIRS_AT_ONCE = 1_024

_CONSIDERED = """
CREATE OR REPLACE TEMP TABLE considered AS
SELECT turn_id, conversation_id FROM turn WHERE {everything} OR turn_id IN (SELECT turn_id FROM touched)
  OR (conversation_id <> '' AND conversation_id IN (
        SELECT conversation_id FROM turn WHERE turn_id IN (SELECT turn_id FROM touched) OR "at" >= {since}))
"""
_SPOKEN = 'SELECT turn_id, trace_id, span_id, conversation_id, user_key, "at", latency_s, history'
_CONVERSATIONS = f"""
{_SPOKEN}, substr(input, 1, {_BEGINNING}) AS input FROM turn WHERE conversation_id IN (
  SELECT conversation_id FROM considered WHERE conversation_id <> '' GROUP BY conversation_id HAVING count(*) > 1)
ORDER BY conversation_id, "at", turn_id
"""  # noqa: S608  # a statement of ours
_THESE = f"{_SPOKEN}, input FROM turn WHERE turn_id IN (SELECT turn_id FROM wanted)"  # noqa: S608  # as above
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
SELECT turn_id, trace_id, span_id, conversation_id, user_key, "at", tools FROM turn
WHERE turn_id IN (SELECT turn_id FROM considered) AND tools <> '' AND regexp_matches(tools, {pattern}, 'i')
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
    history: str
    """Digest of what was said before it, where that was answered."""
    input: str
    """Its beginning, or whole."""


def derive_implicit(store: Store, shape: ImplicitShape, now: datetime) -> int:
    """Derives anew for what was written in this pass, and for conversations that may have ended since the last one.
    Returns how many signals they give.
    """
    return store.do(partial(_derive, store, shape, now))


def _derive(store: Store, shape: ImplicitShape, now: datetime) -> int:
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
    yield from _find_repeats(store, shape)
    silence = f"INTERVAL {round(shape.abandon_minutes * 60_000)} MILLISECONDS"
    for turn_id, *ids, said_at in ask(_LAST.format(silence=silence, now=quote(now))).fetchall():
        yield _signal("abandon", turn_id, ids, said_at)
    if shape.escalation_tools:
        matching = [re.compile(translate(pattern), re.IGNORECASE) for pattern in shape.escalation_tools]
        spelt = (re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".") for pattern in shape.escalation_tools)
        pattern = quote(f"(?m)^(?:{'|'.join(spelt)})$")
        for turn_id, *ids, at, tools in ask(_HANDED_OVER.format(pattern=pattern)).fetchall():
            name = next((name for name in tools.split("\n") if any(one.match(name) for one in matching)), "")
            if name:
                yield _signal("escalation", turn_id, ids, at, label=name)


def _find_repeats(store: Store, shape: ImplicitShape) -> Iterator[tuple[Feedback, str]]:
    """A question of which only the beginning is known is read whole, once all conversations were gone through."""
    long: list[tuple[str, str]] = []
    for one, following in _pairs(store):
        if max(len(one.input), len(following.input)) >= _BEGINNING:
            long.append((one.turn_id, following.turn_id))
        elif signal := _judge(one, following, shape):
            yield signal
    for start in range(0, len(long), _PAIRS_AT_ONCE):
        pairs = long[start : start + _PAIRS_AT_ONCE]
        whole = _load(store, {turn_id for pair in pairs for turn_id in pair})
        for one_id, following_id in pairs:
            if signal := _judge(whole[one_id], whole[following_id], shape):
                yield signal


def _pairs(store: Store) -> Iterator[tuple[Spoken, Spoken]]:
    """Each turn and the one that followed in its conversation."""
    batches = store.connection.execute(_CONVERSATIONS).fetch_record_batch(_ROWS)
    spoken = (one for batch in batches for one in map(Spoken._make, zip(*map(_values, batch.columns), strict=True)))
    return ((one, following) for one, following in pairwise(spoken) if one.conversation_id == following.conversation_id)


def _load(store: Store, turn_ids: set[str]) -> dict[str, Spoken]:
    with store.registered("wanted", arrow_texts("turn_id", turn_ids)):
        rows = store.connection.execute(_THESE).fetch_arrow_table().to_pylist()
    return {row["turn_id"]: Spoken(**row) for row in complete_texts(rows, ["input"], pieces_in_store(store))}


def _values(column: Any) -> list[Any]:
    values: list[Any] = column.to_pylist()
    return values


def _judge(one: Spoken, following: Spoken, shape: ImplicitShape) -> tuple[Feedback, str] | None:
    ids = (one.trace_id, one.span_id, one.conversation_id, one.user_key)
    waited = following.at - one.at - timedelta(seconds=one.latency_s or 0)
    if one.history and one.history == following.history and one.input != following.input:
        return _signal("edit", one.turn_id, ids, following.at)
    if waited <= timedelta(minutes=shape.retry_minutes) and (label := _repeats(one, following, shape)):
        return _signal("retry", one.turn_id, ids, following.at, label=label)
    return None


def _repeats(one: Spoken, following: Spoken, shape: ImplicitShape) -> str:
    """``same`` or ``similar``; empty: it is another question."""
    first, second = (_WORD.findall(turn.input.casefold()) for turn in (one, following))
    if not first or not second:
        return ""
    if first == second:
        return "same"
    shared, every = len({*first} & {*second}), len({*first} | {*second})
    return "similar" if shared / every >= shape.retry_similarity else ""


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
