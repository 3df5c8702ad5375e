"""Which turns fail in the chosen clusters, and all that the store knows of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gate_action.errors import ConfigError
from gate_action.loop.texts import TEXTS, complete_texts, pieces_in
from gate_action.model.fixture import Split
from gate_action.model.loop import Aside, AuthorKind
from gate_action.model.promotion import CorrectionSource, Failure

if TYPE_CHECKING:
    from gate_action.loop.store import Store

OPEN = frozenset({"open", "reopened"})
_NO_FAILURES = frozenset({Aside.NOT_A_FAILURE, Aside.UNKNOWN, Aside.UNMET_NEED})
"""Labels of clusters that are promoted only where somebody names one."""
_Row = Mapping[str, Any]


class Ranking(NamedTuple):
    """What the ledger's last cycle says of clusters."""

    ranked: tuple[str, ...] = ()
    """In their order."""
    muted: frozenset[str] = frozenset()


def choose_clusters(store: "Store", wanted: Sequence[str], ranking: Ranking) -> tuple[str, ...]:
    """``wanted``, or the open clusters: those that are ranked in their order, then those with most users. Muted ones
    only where they are wanted. Raises ConfigError for a wanted one that is not there.
    """
    clusters = {row["cluster_id"]: row for row in _rows(store.table("cluster"))}
    if unknown := [name for name in wanted if name not in clusters]:
        raise ConfigError(
            f"the store has no cluster {', '.join(unknown)}",
            hint=f"it has {', '.join(sorted(clusters)[:10]) or 'none: run loop classify and loop prioritize first'}",
        )
    if wanted:
        return tuple(dict.fromkeys(wanted))
    sizes = _sizes(store)
    by_size = sorted(sizes, key=lambda name: (-sizes[name], name))
    ordered = dict.fromkeys((*(name for name in ranking.ranked if name in sizes), *by_size))
    chosen = (name for name in ordered if name in clusters and name not in ranking.muted)
    return tuple(name for name in chosen if _is_promoted(clusters[name]))


def _is_promoted(cluster: _Row) -> bool:
    return cluster["status"] in OPEN and cluster["label"] not in _NO_FAILURES


def check_split(store: "Store", clusters: Sequence[str], split: Split, *, opened: bool) -> None:
    """Eval first, training second: raises ConfigError for rows for training of a cluster whose fix may still hold."""
    if split is not Split.TRAIN or opened:
        return
    watches = sorted(_rows(store.table("watch")), key=lambda row: row["registered_at"])
    is_open = {row["cluster_id"]: bool(row["is_open_for_training"]) for row in watches}
    if shut := [name for name in clusters if not is_open.get(name)]:
        raise ConfigError(
            f"not open for training: {', '.join(shut)}",
            hint="training opens when loop watch says that a fix did not hold; --open-training overrules that",
        )


def find_failures(store: "Store", clusters: Sequence[str]) -> tuple[Failure, ...]:
    """In the order of ``clusters``, then of time."""
    members = store.table("membership")
    rows = _rows(members.filter(members.cluster_id.isin(list(clusters))))
    turn_ids = sorted({row["turn_id"] for row in rows})
    whole = complete_texts(_of(store, "turn", turn_ids), TEXTS, pieces_in(store.table))
    turns = {row["turn_id"]: row for row in whole}
    titles = {row["cluster_id"]: row for row in _rows(store.table("cluster"))}
    known = _Known(store, turn_ids)
    found = [
        known.failure(turns[row["turn_id"]], titles[row["cluster_id"]], row["cycle_id"])
        for row in rows
        if row["turn_id"] in turns
    ]
    order = {name: place for place, name in enumerate(clusters)}
    return tuple(sorted(found, key=lambda one: (order[one.cluster_id], one.at, one.turn_id)))


class _Known:
    """Feedback, labels and slices by turn."""

    def __init__(self, store: "Store", turn_ids: Sequence[str]) -> None:
        self._feedback = _grouped(_of(store, "feedback", turn_ids))
        self._labels = _grouped(_of(store, "classification", turn_ids))
        self._modes = _grouped(_of(store, "classification_mode", turn_ids))
        self._slices = _grouped(_of(store, "turn_slice", turn_ids))

    def failure(self, turn: _Row, cluster: _Row, cycle_id: str) -> Failure:
        turn_id = turn["turn_id"]
        label = self._label(turn_id, cluster)
        said = sorted(self._feedback.get(turn_id, ()), key=lambda row: row["at"])
        complaints = [row for row in said if row["polarity"] < 0]
        correction, source = find_correction(said)
        texts = ("trace_id", "conversation_id", "user_key", "release", "consent", "input", "messages", "output")
        return Failure(
            turn_id=turn_id,
            at=turn["at"],
            complained_at=complaints[0]["at"] if complaints else None,
            **{name: turn[name] or "" for name in (*texts, "context", "tool_calls")},
            slices=tuple((row["dimension"], row["value"]) for row in self._slices.get(turn_id, ())),
            comment="\n".join(row["comment"] for row in said if row["comment"]),
            correction=correction,
            correction_source=source,
            cluster_id=cluster["cluster_id"],
            cluster_title=cluster["title"] or "",
            mode=cluster["label"],
            quote=self._quote(turn_id, cluster["label"]),
            sentence=label.get("sentence") or cluster["sentence"] or "",
            classifier_digest=label.get("classifier_digest") or cluster["classifier_digest"] or "",
            cycle_id=cycle_id or cluster["last_cycle"] or "",
        )

    def _label(self, turn_id: str, cluster: _Row) -> _Row:
        """What the cluster's own classifier said, or else the last one."""
        labels = sorted(self._labels.get(turn_id, ()), key=lambda row: row["at"], reverse=True)
        own = [row for row in labels if row["classifier_digest"] == cluster["classifier_digest"]]
        return next(iter((*own, *labels)), {})

    def _quote(self, turn_id: str, mode: str) -> str:
        quotes = (row["quote"] for row in self._modes.get(turn_id, ()) if row["mode"] == mode and row["is_present"])
        return next((quote for quote in quotes if quote), "")


def find_correction(said: Iterable[_Row]) -> tuple[str, CorrectionSource]:
    """The last one of a reviewer, or else of a user. What a model or code proposes is no correction."""
    kinds = {AuthorKind.REVIEWER: CorrectionSource.REVIEWER, AuthorKind.END_USER: CorrectionSource.USER}
    rows = [row for row in said if row["correction"] and row["correction"].strip()]
    for kind, source in kinds.items():
        if texts := [row["correction"] for row in rows if row["author_kind"] == kind]:
            return texts[-1], source
    return "", CorrectionSource.NONE


def read_json(text: str) -> Any:
    """The JSON in ``text``, or None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # somebody's text, and no JSON
        return None


def _sizes(store: "Store") -> dict[str, int]:
    """Distinct users of each cluster; a turn without a user is its own."""
    members, turns = store.table("membership"), store.table("turn")
    joined = members.join(turns, "turn_id").select("cluster_id", "turn_id", "user_key")
    users: dict[str, set[str]] = {}
    for row in _rows(joined):
        users.setdefault(row["cluster_id"], set()).add(row["user_key"] or row["turn_id"])
    return {name: len(keys) for name, keys in users.items()}


def _of(store: "Store", name: str, turn_ids: Sequence[str]) -> list[dict[str, Any]]:
    table = store.table(name)
    return _rows(table.filter(table.turn_id.isin(list(turn_ids)))) if turn_ids else []


def _rows(table: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return rows


def _grouped(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    grouped: dict[str, list[_Row]] = {}
    for row in rows:
        grouped.setdefault(row["turn_id"], []).append(row)
    return grouped
