"""Who was forgotten stays out: marks of a person's turns, and batches without what they cover.

A mark is a keyed hash, so that the list itself says nothing of anybody. Knows no source and no format.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gate_action.codec.user_keys import UserKeys
from gate_action.loop.forgetting import Person, erase
from gate_action.loop.ingest.seam import Batch, Part
from gate_action.loop.ingest.times import utc
from gate_action.loop.store import arrow_columns
from gate_action.model.loop import Feedback, Turn

if TYPE_CHECKING:
    from gate_action.loop.store import Store

_USER, _TRACE, _CONVERSATION, _KEY = "user", "trace", "conversation", "join key"
_REMEMBERED = 100_000
"""Hashes."""


def mark_person(store: "Store", person: Person, keys: UserKeys, now: datetime) -> int:
    """Before the person's rows are erased: so that what a source still holds of them until ``now`` stays out. How many
    marks were made; none without a secret.
    """
    if not keys.secret_id:
        return 0
    turns = store.table("turn")
    own = turns.filter(turns.turn_id.isin(sorted(person.turn_ids))) if person.turn_ids else turns.limit(0)
    named = own.select("join_key", "response_id").to_pyarrow().to_pylist()
    told = {
        (_USER, person.user_key),
        *((_TRACE, one) for one in person.trace_ids),
        *((_CONVERSATION, one) for one in person.conversation_ids),
        *((_KEY, value) for row in named for value in row.values() if value),
    }
    marks = sorted(keys.mark(kind, text) for kind, text in told)
    _write(store, marks, keys, now)
    return len(marks)


def _write(store: "Store", marks: list[str], keys: UserKeys, now: datetime) -> None:
    columns = (marks, [keys.secret_id] * len(marks), [now] * len(marks))
    store.upsert("forgotten", arrow_columns("forgotten", columns))


@dataclass(slots=True, kw_only=True)
class KeptOut:
    """The marks of one secret, asked of everything that is read."""

    keys: UserKeys
    marks: dict[str, datetime]
    """Mark -> until when what it covers stays out. UTC, without a zone."""
    others: int = 0
    """Marks of other secrets, which nothing can be compared with."""
    count: int = 0
    """Spans, turns and statements that were left out."""
    _found: set[str] = field(default_factory=set)
    """Traces of a person that were not known when the person was forgotten."""
    _known: dict[tuple[str, str], datetime | None] = field(default_factory=dict)

    @classmethod
    def load(cls, store: "Store", keys: UserKeys) -> "KeptOut":
        rows = store.connection.execute('SELECT mark, secret_id, "at" FROM forgotten').fetchall()
        marks = {mark: at for mark, secret_id, at in rows if secret_id == keys.secret_id}
        return cls(keys=keys, marks=marks, others=len(rows) - len(marks))

    def clear(self, batch: Batch) -> Batch:
        """Without what is a forgotten person's."""
        if not self.marks:
            return batch
        self._found |= {part.trace_id for part in batch.parts if self._is_persons(part, utc(part.start_us))}
        parts = [part for part in batch.parts if not self._is_out(part.trace_id)]
        turns = [one for one in batch.turns if not self._is_out(one.trace_id) and not self._is_persons(one, one.at)]
        feedback = [one for one in batch.feedback if not self._is_out(one.trace_id) and not self._is_said(one)]
        read = len(batch.parts) + len(batch.turns) + len(batch.feedback)
        self.count += read - len(parts) - len(turns) - len(feedback)
        return replace(batch, parts=parts, turns=turns, feedback=feedback)

    def settle(self, store: "Store", now: datetime) -> None:
        """After a pass: what was read of a trace before it was known whose it is goes as well."""
        if not self._found:
            return
        traces = sorted(self._found)
        _write(store, [self.keys.mark(_TRACE, one) for one in traces], self.keys, now)
        rows = store.connection.execute("SELECT turn_id FROM turn WHERE trace_id IN (SELECT unnest(?))", [traces])
        turn_ids = frozenset(turn_id for (turn_id,) in rows.fetchall())
        erase(store, Person(user_key="", turn_ids=turn_ids, trace_ids=frozenset(traces)))

    def _is_out(self, trace_id: str) -> bool:
        return trace_id in self._found or self._until(_TRACE, trace_id) is not None

    def _is_persons(self, one: Part | Turn, at: datetime) -> bool:
        """By its user; or by its conversation, where it names none."""
        whose = (_USER, one.user_key) if one.user_key else (_CONVERSATION, one.conversation_id)
        return self._covers((whose, (_KEY, one.join_key), (_KEY, one.response_id)), at)

    def _is_said(self, one: Feedback) -> bool:
        names = ((_USER, one.author_key), (_CONVERSATION, one.conversation_id), (_KEY, one.join_key))
        return self._covers(names, one.at)

    def _covers(self, names: tuple[tuple[str, str], ...], at: datetime) -> bool:
        untils = (self._until(kind, text) for kind, text in names)
        return any(until is not None and at <= until for until in untils)

    def _until(self, kind: str, text: str) -> datetime | None:
        """None: it is nobody's who was forgotten."""
        if not text:
            return None
        if (kind, text) not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[kind, text] = self.marks.get(self.keys.mark(kind, text))
        return self._known[kind, text]
