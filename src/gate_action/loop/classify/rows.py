"""The classifier's rows in the store: turns that wait to be classified, and what was found of them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gate_action.loop.classify.answer import Found
from gate_action.loop.classify.subjects import Statement, Subject
from gate_action.loop.store import Store, arrow_table
from gate_action.loop.texts import complete_texts, pieces_in
from gate_action.model.loop import AuthorKind, FeedbackKind, ModeFound

if TYPE_CHECKING:
    import ibis

_PEOPLE = (AuthorKind.END_USER, AuthorKind.REVIEWER)
"""Judges' statements are no complaints."""
_TEXTS = ("input", "output", "context", "tool_calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which turns are classified."""

    app: str = ""
    """Empty: all."""
    is_any_feedback: bool = False
    """Praised and neutral turns too."""
    most_a_voice: int = 20
    """Turns of one user (else conversation) and ISO week. What goes beyond is left out, and counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A turn that may have to be classified."""

    turn_id: str
    voice: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Newest week first, and within it in the order of the ids, which are digests: where a budget ends in the middle of
    a week, what was classified of it is a fair draw.
    """

    waiting: tuple[Waiting, ...]
    capped: int
    """Turns left out, because their users had so many already."""
    nameless: int
    """Turns in line without a user: no cap can hold them apart but their conversation."""


def find_line(store: Store, choice: Choice, known: Collection[str] = ()) -> Line:
    """``known``: turns that are classified. They take their voices' places first: later turns do not push them out."""
    rows = _complained(store, choice).to_pyarrow().to_pylist()
    everybody = [Waiting(turn_id=row["turn_id"], voice=voice_of(row), at=row["at"]) for row in rows]
    everybody.sort(key=lambda one: (*_backwards(one.at), one.turn_id not in known, one.turn_id))
    seen: Counter[tuple[str, tuple[int, int]]] = Counter()
    let_in = []
    for one in everybody:
        seen[one.voice, _week(one.at)] += 1
        if seen[one.voice, _week(one.at)] <= choice.most_a_voice:
            let_in.append(one)
    nameless = sum(one.voice.startswith(("conversation:", "turn:")) for one in let_in)
    return Line(waiting=tuple(let_in), capped=len(everybody) - len(let_in), nameless=nameless)


def load_subjects(store: Store, waiting: Sequence[Waiting]) -> list[Subject]:
    """In the same order."""
    ids = [one.turn_id for one in waiting]
    turn, feedback = store.table("turn"), _told(store)
    rows = turn.filter(turn.turn_id.isin(ids)).select("turn_id", *_TEXTS, "status").to_pyarrow().to_pylist()
    by_id = {row["turn_id"]: row for row in complete_texts(rows, _TEXTS, pieces_in(store.table))}
    told = feedback.filter(feedback.turn_id.isin(ids)).order_by(["turn_id", "at", "feedback_id"])
    statements: dict[str, list[Statement]] = defaultdict(list)
    for row in told.to_pyarrow().to_pylist():
        statements[row["turn_id"]].append(_statement(row))
    return [
        Subject(
            turn_id=one.turn_id,
            voice=one.voice,
            at=one.at,
            statements=tuple(statements[one.turn_id]),
            **{name: by_id[one.turn_id][name] for name in (*_TEXTS, "status")},
        )
        for one in waiting
    ]


@dataclass(kw_only=True)
class Results:
    """What one classifier has found so far; the store's rows of it."""

    store: Store
    digest: str
    name: str
    clock: Callable[[], datetime]
    """UTC, without a zone, as the tables have it."""
    basis: dict[str, str] = field(init=False)
    """Turn -> digest of what was classified."""
    _first: dict[str, str] = field(init=False)
    """Digest -> a turn that has it."""

    def __post_init__(self) -> None:
        table = self.store.table("classification_basis")
        rows = table.filter(table.classifier_digest == self.digest).select("turn_id", "turn_digest").order_by("turn_id")
        told = rows.to_pyarrow().to_pylist()
        self.basis = {row["turn_id"]: row["turn_digest"] for row in told}
        self._first = {row["turn_digest"]: row["turn_id"] for row in reversed(told)}

    def is_done(self, subject: Subject) -> bool:
        return self.basis.get(subject.turn_id) == subject.digest

    def recall(self, subject: Subject) -> Found | None:
        """What was found of another turn that looks exactly alike."""
        twin = self._first.get(subject.digest)
        return None if twin is None else self._read(twin)

    def write(self, found: Iterable[tuple[Subject, Found]]) -> None:
        """The basis last: a turn without it is classified again, so that a kill at any moment leaves nothing torn."""
        rows = tuple(found)
        at = self.clock()
        self._write("classification_mode", (self._mode(one, mode) for one, told in rows for mode in told.modes))
        self._write("classification", (self._row(one, told, at) for one, told in rows))
        self._write("classification_basis", (self._basis(one, told) for one, told in rows))
        for one, _ in rows:
            self.basis[one.turn_id] = one.digest
            self._first.setdefault(one.digest, one.turn_id)

    def _write(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self.store.upsert(name, arrow_table(name, rows))

    def _read(self, turn_id: str) -> Found:
        def rows_of(name: str) -> list[dict[str, Any]]:
            table = self.store.table(name)
            mine = table.filter((table.turn_id == turn_id) & (table.classifier_digest == self.digest))
            rows: list[dict[str, Any]] = mine.to_pyarrow().to_pylist()
            return rows

        (told,), (basis,) = rows_of("classification"), rows_of("classification_basis")
        modes = sorted(rows_of("classification_mode"), key=lambda row: str(row["mode"]))
        return Found(
            label=told["label"],
            sentence=told["sentence"],
            proposed_name=told["proposed_name"],
            modes=tuple(ModeFound(mode=row["mode"], is_present=row["is_present"], quote=row["quote"]) for row in modes),
            cause=basis["cause"],
            invented_quotes=basis["invented_quotes"],
        )

    def _key(self, subject: Subject) -> dict[str, str]:
        return {"turn_id": subject.turn_id, "classifier_digest": self.digest}

    def _row(self, subject: Subject, found: Found, at: datetime) -> dict[str, str | datetime]:
        told = {"label": str(found.label), "sentence": found.sentence, "proposed_name": found.proposed_name}
        return {**self._key(subject), "classifier": self.name, **told, "at": at}

    def _mode(self, subject: Subject, mode: ModeFound) -> dict[str, str | bool]:
        return {**self._key(subject), "mode": mode.mode, "is_present": mode.is_present, "quote": mode.quote}

    def _basis(self, subject: Subject, found: Found) -> dict[str, str | int]:
        told: dict[str, str | int] = {"cause": found.cause, "invented_quotes": found.invented_quotes}
        return {**self._key(subject), "turn_digest": subject.digest, **told}


def voice_of(row: Mapping[str, Any]) -> str:
    """Whose words a turn's are, by its columns."""
    if row["user_key"]:
        return str(row["user_key"])
    return f"conversation:{row['conversation_id']}" if row["conversation_id"] else f"turn:{row['turn_id']}"


def _complained(store: Store, choice: Choice) -> "ibis.Table":
    turn, told = store.table("turn"), _told(store)
    if not choice.is_any_feedback:
        told = told.filter((told.polarity < 0) | (told.correction != ""))
    if choice.app:
        turn = turn.filter(turn.app == choice.app)
    return turn.semi_join(told, "turn_id").select("turn_id", "user_key", "conversation_id", "at")


def _told(store: Store) -> "ibis.Table":
    feedback = store.table("feedback")
    is_peoples = feedback.author_kind.isin(list(map(str, _PEOPLE))) | (feedback.kind == str(FeedbackKind.IMPLICIT))
    return feedback.filter(is_peoples & (feedback.turn_id != ""))


def _statement(row: Mapping[str, Any]) -> Statement:
    names = ("name", "kind", "value", "label", "polarity", "comment", "correction", "author_kind")
    return Statement(**{name: row[name] for name in names})


def _week(at: datetime) -> tuple[int, int]:
    return at.isocalendar()[:2]


def _backwards(at: datetime) -> tuple[int, int]:
    year, week = _week(at)
    return -year, -week


def batches(line: Line, size: int) -> Iterator[Sequence[Waiting]]:
    for start in range(0, len(line.waiting), size):
        yield line.waiting[start : start + size]
