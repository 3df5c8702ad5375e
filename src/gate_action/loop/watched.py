"""What the store says of a watched fix: its mode, the turns of its slice with their scores, and who complained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gate_action.loop.store import Store
from gate_action.loop.watching.rows import FAILING, PASSING, UNKNOWN, UNSCORED, Dimension, TurnRows
from gate_action.loop.watching.traffic import Ints
from gate_action.loop.weighing import COMPLAINT, STRATA, Window, label_turns, weigh_turns
from gate_action.model.loop import Aside
from gate_action.model.watch import Complaint, WatchEntry, WatchPin

if TYPE_CHECKING:
    import ibis

BEFORE = timedelta(days=7)
_MOST_DELAY_H = 48
_FEWEST_DRAWN = 20
_MOST_VALUES = 12
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_REST = "(other)"
_CODES = {"failing": FAILING, "passing": PASSING, "unknown": UNKNOWN, "unscored": UNSCORED}


class Span(NamedTuple):
    since: datetime
    until: datetime
    """Not part of it."""


class Asked(NamedTuple):
    """Which turns are loaded, and with what."""

    span: Span
    strata: tuple[str, ...]
    """Those that the classifier is asked about."""
    mix: Sequence[str] = ()
    """Slice dimensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Whose score counts: a mode, told by one classifier, of one application's turns."""

    app: str
    mode: str
    classifier_digest: str


def find_scored(store: Store, cluster_id: str, app: str) -> Scored | None:
    """None: the store knows no such cluster yet."""
    cluster = store.table("cluster")
    rows = cluster.filter(cluster.cluster_id == cluster_id).to_pyarrow().to_pylist()
    if not rows:
        return None
    return Scored(app=app, mode=rows[0]["label"], classifier_digest=rows[0]["classifier_digest"])


def pin_down(store: Store, entry: WatchEntry, scored: Scored) -> WatchPin:
    """The before-window is the seven whole days before the day of the deployment."""
    until = entry.deployed_at.replace(hour=0, minute=0, second=0, microsecond=0)
    span = Span(until - BEFORE, until)
    strata = _find_scored_strata(store, entry, scored, span)
    traffic = load_rows(store, entry, scored, Asked(span, strata)).traffic(0.0)
    mass = float(traffic.weights.sum())
    return WatchPin(
        app=scored.app,
        mode=scored.mode,
        classifier_digest=scored.classifier_digest,
        before_since=span.since,
        before_until=span.until,
        before_turns=len(traffic),
        before_rate=float((traffic.weights * traffic.failing).sum()) / mass if mass else 0.0,
        scored_strata=strata,
        cluster_share=_find_share(store, entry, scored),
        delay_h=_find_delay(store, entry, scored, span),
    )


def load_rows(store: Store, entry: WatchEntry, scored: Scored, asked: Asked) -> TurnRows:
    """The slice's turns, oldest first. Of strata that the classifier is not asked about every turn passes."""
    table = _with_state(store, _slice(store, entry, scored.app, asked.span), scored)
    read = table.order_by(["at", "turn_id"]).to_pyarrow()
    turns, strata = read.column("turn_id").to_pylist(), read.column("stratum").to_pylist()
    states = [
        _CODES[state] if stratum in asked.strata else PASSING
        for state, stratum in zip(read.column("state").to_pylist(), strata, strict=True)
    ]
    return TurnRows(
        at=np.array([at.replace(tzinfo=UTC).timestamp() for at in read.column("at").to_pylist()], np.float64),
        state=np.array(states, np.int64),
        weights=np.array(read.column("weight").to_pylist(), np.float64),
        groups=np.array([STRATA.index(stratum) for stratum in strata], np.int64),
        units=_code(read.column("unit").to_pylist())[0],
        releases=tuple(read.column("release").to_pylist()),
        dimensions={name: _load_dimension(store, name, turns) for name in asked.mix},
    )


def _find_scored_strata(store: Store, entry: WatchEntry, scored: Scored, span: Span) -> tuple[str, ...]:
    """Complaints, and every stratum of which at least half, or 20 turns, were scored in the span."""
    table = _with_state(store, _slice(store, entry, scored.app, span), scored)
    is_asked = (table.state != "unscored").cast("int64")
    counted = table.group_by("stratum").agg(turns=table.count(), asked=is_asked.sum()).to_pyarrow().to_pylist()
    known = {row["stratum"] for row in counted if row["asked"] >= min(_FEWEST_DRAWN, row["turns"] / 2) and row["asked"]}
    return tuple(stratum for stratum in STRATA if stratum == COMPLAINT or stratum in known)


def find_dimensions(store: Store, span: Span) -> tuple[str, ...]:
    """Dimensions of the window's turns that tell at least two values apart."""
    turn, dimension = store.table("turn"), store.table("turn_slice")
    chosen = turn.filter(turn.at >= _naive(span.since), turn.at < _naive(span.until))
    there = dimension.semi_join(chosen, "turn_id")
    counted = there.group_by("dimension").agg(values=there.value.nunique())
    rows = counted.filter(counted["values"] > 1).order_by("dimension").to_pyarrow().to_pylist()
    return tuple(row["dimension"] for row in rows)


def find_complaints(store: Store, entry: WatchEntry, pin: WatchPin) -> tuple[Complaint, ...]:
    """Negative words of end users on failing turns before the deployment: those of the cluster, where it is known which
    turns are in it.
    """
    feedback, member = store.table("feedback"), store.table("membership")
    scored = Scored(app=pin.app, mode=pin.mode, classifier_digest=pin.classifier_digest)
    turns = _with_state(store, _slice(store, entry, pin.app, Span(_EVER, entry.deployed_at)), scored)
    failing = turns.filter(turns.state == "failing")
    members = member.filter(member.cluster_id == entry.cluster_id)
    if members.count().to_pyarrow().as_py():
        failing = failing.semi_join(members, "turn_id")
    bad = feedback.filter(feedback.polarity < 0, feedback.author_kind == "end_user", feedback.kind == "explicit")
    found = bad.inner_join(failing.select("turn_id", said_in="conversation_id", known_as="join_key"), "turn_id")
    return tuple(
        Complaint(
            feedback_id=row["feedback_id"],
            join_key=row["join_key"] or row["known_as"],
            conversation_id=row["conversation_id"] or row["said_in"],
            turn_id=row["turn_id"],
        )
        for row in found.order_by("feedback_id").to_pyarrow().to_pylist()
    )


def _slice(store: Store, entry: WatchEntry, app: str, span: Span) -> "ibis.Table":
    """Weighed turns (loop.weighing) of the slice, with ``release``, ``conversation_id`` and ``join_key``."""
    chosen = weigh_turns(store.table, Window(since=_naive(span.since), until=_naive(span.until), app=app))
    for dimension, value in entry.slices:
        slices = store.table("turn_slice")
        chosen = chosen.semi_join(slices.filter(slices.dimension == dimension, slices.value == value), "turn_id")
    turn = store.table("turn")
    more = turn.select("release", "conversation_id", "join_key", of=turn.turn_id)
    return chosen.join(more, chosen.turn_id == more.of).drop("of")


def _with_state(store: Store, turns: "ibis.Table", scored: Scored) -> "ibis.Table":
    """The turns with ``state``. A mode that is present fails, whatever the primary label is."""
    import ibis

    modes, told = store.table("classification_mode"), label_turns(store.table, scored.classifier_digest)
    present = modes.filter(
        modes.classifier_digest == scored.classifier_digest, modes.mode == scored.mode, modes.is_present
    )
    joined = turns.left_join(told, turns.turn_id == told.about).drop("about")
    is_present = joined.turn_id.isin(present.turn_id)
    state = ibis.cases(
        (joined.label.isnull(), "unscored"),
        ((joined.label == scored.mode) | is_present, "failing"),
        (joined.label == Aside.UNKNOWN.value, "unknown"),
        else_="passing",
    )
    return joined.mutate(state=state)


def _find_share(store: Store, entry: WatchEntry, scored: Scored) -> float:
    """Since the cluster's first turn. 1 where no turn is known to be in it: it stands for the whole mode."""
    member = store.table("membership")
    turns = _with_state(store, _slice(store, entry, scored.app, Span(_EVER, entry.deployed_at)), scored)
    failing = turns.filter(turns.state == "failing").select("turn_id", "at")
    inside = failing.semi_join(member.filter(member.cluster_id == entry.cluster_id), "turn_id")
    told = inside.aggregate(count=inside.count(), since=inside["at"].min()).to_pyarrow().to_pylist()[0]
    if not told["count"]:
        return 1.0
    return float(told["count"] / failing.filter(failing["at"] >= told["since"]).count().to_pyarrow().as_py())


def _find_delay(store: Store, entry: WatchEntry, scored: Scored, span: Span) -> int:
    """Hours within which nine of ten complaints on the window's turns came, at most 48."""
    feedback = store.table("feedback")
    feedback = feedback.filter(feedback.polarity < 0).select("turn_id", said="at")
    turns = _slice(store, entry, scored.app, span).select("turn_id", "at")
    read = turns.inner_join(feedback, "turn_id").select("at", "said").to_pyarrow()
    waits = [
        (said - at).total_seconds() / 3600
        for at, said in zip(read.column("at").to_pylist(), read.column("said").to_pylist(), strict=True)
    ]
    return min(_MOST_DELAY_H, max(0, ceil(float(np.quantile(waits, 0.9))))) if waits else 0


def _load_dimension(store: Store, name: str, turns: Sequence[str]) -> Dimension:
    """Rare values are put together: shares of a handful of turns are no mix."""
    slices = store.table("turn_slice")
    read = slices.filter(slices.dimension == name).select("turn_id", "value").to_pyarrow()
    value_of: dict[str, str] = dict(zip(*(read.column(key).to_pylist() for key in ("turn_id", "value")), strict=True))
    values = [value_of.get(turn, "") for turn in turns]
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    kept = set(sorted(counts, key=lambda value: (-counts[value], value))[:_MOST_VALUES])
    codes, names = _code([value if value in kept else _REST for value in values])
    return Dimension(codes=codes, values=names)


def _code(words: Sequence[str]) -> tuple[Ints, tuple[str, ...]]:
    names, codes = np.unique(np.array(words, dtype=str), return_inverse=True)
    return codes.astype(np.int64), tuple(map(str, names))


def _naive(at: datetime) -> datetime:
    """As the tables have it: UTC, without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
