"""The clusters' rows in the store: what may be grouped, what was grouped before, and what was found now."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gate_action.loop.classify.rows import voice_of
from gate_action.loop.store import Store, arrow_table
from gate_action.loop.texts import complete_texts, pieces_in
from gate_action.model.loop import Cluster

if TYPE_CHECKING:
    import ibis

_ANCHORS = 50
"""Of a cluster's turns from before the window: enough to know it again by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One failed turn."""

    turn_id: str
    label: str
    voice: str
    text: str
    """The classifier's sentence, else what people wrote, else what the user asked."""
    is_sentence: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One pass of the loop: a row of ``cycle``. Times are UTC, without a zone."""

    cycle_id: str
    at: datetime
    since: datetime
    until: datetime
    classifier_digest: str


def load_members(store: Store, cycle: Cycle, failures: Iterable[str], app: str = "") -> list[Member]:
    """Of the window, and of those before it that are in a cluster; in the order of their ids."""
    table, turn, digest = store.table("classification"), store.table("turn"), cycle.classifier_digest
    is_in_window = (turn.at >= cycle.since) & (turn.at < cycle.until)
    turn = turn.filter(is_in_window | ((turn.at < cycle.since) & turn.turn_id.isin(store.table("membership").turn_id)))
    if app:
        turn = turn.filter(turn.app == app)
    failed = table.filter((table.classifier_digest == digest) & table.label.isin(sorted(failures)))
    joined = failed.select("turn_id", "label", "sentence").inner_join(
        turn.select("turn_id", "user_key", "conversation_id", "input", "at"), "turn_id"
    )
    rows = complete_texts(joined.to_pyarrow().to_pylist(), ["input"], pieces_in(store.table))
    words = _words(store, joined)
    return [_member(row, words) for row in sorted(rows, key=lambda row: str(row["turn_id"]))]


def load_clusters(store: Store) -> Mapping[str, Cluster]:
    rows = store.table("cluster").to_pyarrow().to_pylist()
    return {row["cluster_id"]: Cluster(**row) for row in sorted(rows, key=lambda row: str(row["cluster_id"]))}


def load_membership(store: Store) -> Mapping[str, frozenset[str]]:
    """Cluster -> all turns that were ever found in it."""
    members: dict[str, set[str]] = defaultdict(set)
    for row in store.table("membership").select("turn_id", "cluster_id").to_pyarrow().to_pylist():
        members[row["cluster_id"]].add(row["turn_id"])
    return {name: frozenset(turns) for name, turns in members.items()}


def choose(
    members: Sequence[Member], cycle: Cycle, known: Mapping[str, frozenset[str]], most_a_voice: int
) -> list[Member]:
    """What is grouped: of the window so many turns a voice, and of each known cluster its newest older turns.

    A voice's first turns by id are taken, which are digests: no choice of the voice's.
    """
    heard: Counter[str] = Counter()
    chosen = []
    for member in members:
        if cycle.since <= member.at < cycle.until:
            heard[member.voice] += 1
            if heard[member.voice] <= most_a_voice:
                chosen.append(member)
    there = {member.turn_id for member in chosen}
    older = {member.turn_id: member for member in members if member.at < cycle.since}
    anchors: dict[str, Member] = {}
    for turns in known.values():
        mine = sorted((older[name] for name in turns & older.keys()), key=lambda one: (one.at, one.turn_id))
        anchors |= {one.turn_id: one for one in mine[-_ANCHORS:] if one.turn_id not in there}
    return sorted([*chosen, *anchors.values()], key=lambda member: member.turn_id)


def write_cycle(store: Store, cycle: Cycle, clusters: Iterable[Cluster], members: Mapping[str, Iterable[str]]) -> None:
    """``members``: cluster -> turns of the window. A turn is in one cluster: it leaves those that it was in before."""
    rows = [
        {"turn_id": turn, "cluster_id": name, "cycle_id": cycle.cycle_id}
        for name, turns in sorted(members.items())
        for turn in sorted(turns)
    ]
    membership = arrow_table("membership", rows)
    with store.transaction():
        if rows:
            with store.registered("found", membership):
                store.connection.execute("DELETE FROM membership WHERE turn_id IN (SELECT turn_id FROM found)")
        store.upsert("membership", membership)
        store.upsert("cluster", arrow_table("cluster", [asdict(one) for one in clusters]))
        store.upsert("cycle", arrow_table("cycle", [asdict(cycle)]))


def _member(row: Mapping[str, Any], words: Mapping[str, str]) -> Member:
    return Member(
        turn_id=row["turn_id"],
        label=row["label"],
        voice=voice_of(row),
        text=row["sentence"] or words.get(row["turn_id"]) or row["input"],
        is_sentence=bool(row["sentence"]),
        at=row["at"],
    )


def _words(store: Store, turns: "ibis.Table") -> Mapping[str, str]:
    """Turn -> what people wrote of it."""
    feedback = store.table("feedback")
    written = feedback.filter(
        (feedback.comment != "") & (feedback.turn_id != "") & (feedback.author_kind == "end_user")
    )
    mine = written.semi_join(turns, "turn_id").select("turn_id", "feedback_id", "comment")
    rows = mine.to_pyarrow().to_pylist()
    words: dict[str, list[str]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["turn_id"], row["feedback_id"])):
        words[row["turn_id"]].append(row["comment"])
    return {turn: "\n".join(texts)[:2_000] for turn, texts in words.items()}
