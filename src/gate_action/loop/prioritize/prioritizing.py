"""The ranked list: tables of any engine, what the team says, and what became of users, in one order with its doubt."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from gate_action.config.loop.prioritize import PrioritizeShape
from gate_action.loop.intervals import Floats, Ints
from gate_action.loop.prioritize.asked import Prioritizing, Subject
from gate_action.loop.prioritize.counting import Counts, count_items, place_in_items
from gate_action.loop.prioritize.lifts import ABANDON, Tallies, tally_churn, tally_signals
from gate_action.loop.prioritize.ranking import (
    Order,
    add,
    draw_chance,
    draw_effort,
    draw_rate,
    find_ties,
    is_ahead,
    multiply,
    rank_items,
)
from gate_action.loop.prioritize.valuing import find_mute, find_standing, value_addressability, value_severity
from gate_action.loop.weighing import ClassifierFound, TableOf, find_classifier, weigh_turns
from gate_action.model.comparison import Interval
from gate_action.model.distribution import Share
from gate_action.model.loop import Aside, FailureMode
from gate_action.model.priority import Item, Measure, Priorities, Standing

if TYPE_CHECKING:
    import ibis

RULES = "1"
"""Of how turns are weighed and counted: part of a rate's definition."""
PER = 1000
_TIERS = {Standing.PINNED: 0, Standing.SAFETY: 1, Standing.RANKED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A cluster's own words."""

    title: str
    status: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """An item before it has a place: its figures and their draws."""

    item: Item
    rate: Floats
    severity: Floats
    ease: Floats
    point: tuple[float, float, float]
    """The same three as they are told."""


def find_priorities(table_of: TableOf, asked: Prioritizing) -> Priorities | None:
    """None: no turn is classified (by the classifier that was asked for)."""
    classifier = find_classifier(table_of, asked.classifier)
    if classifier is None:
        return None
    placed = place_in_items(weigh_turns(table_of, asked.window), table_of, classifier.digest)
    counts = count_items(placed, asked.settings.most_per_user)
    clusters = _find_clusters(table_of, classifier.digest)
    tallies = _find_tallies(placed, table_of, asked)
    drawn = _draw_items(counts, clusters, tallies, asked)
    found = _tell(drawn, counts, classifier, asked, _find_cycle(table_of, asked))
    unknown = tuple(_find_unknown(table_of, counts, asked))
    return replace(found, notes=(*found.notes, *unknown))


def define(priorities_of: str, item_id: str, measure: Measure, settings: PrioritizeShape, app: str) -> str:
    """The digest of all that a rate depends on but the turns themselves: classifier, item, measure, rules."""
    told = [RULES, priorities_of, item_id, measure.value, settings.most_per_user, app]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _find_clusters(table_of: TableOf, digest: str) -> Mapping[str, _Known]:
    cluster = table_of("cluster")
    rows = cluster.filter(cluster.classifier_digest == digest, cluster.status != "closed")
    return {
        row["cluster_id"]: _Known(title=row["title"], status=row["status"], label=row["label"])
        for row in rows.order_by("cluster_id").to_pyarrow().to_pylist()
    }


def _find_unknown(table_of: TableOf, counts: Counts, asked: Prioritizing) -> Iterator[str]:
    """A name that fits nothing would leave a grave item where the figures put it, without a word."""
    labels = {*FailureMode, *Aside, *counts.labels.values()}
    every = {*table_of("cluster").select("cluster_id").to_pyarrow()["cluster_id"].to_pylist(), *map(str, labels)}
    settings = asked.settings
    named: dict[str, Mapping[str, object]] = {
        settings.priorities: asked.overrides.items,
        "loop.prioritize.severity": settings.severity,
        "loop.prioritize.lever": settings.lever,
    }
    for place, names in named.items():
        for name in sorted(names.keys() - every):
            meant = "".join(f" (did you mean {near}?)" for near in get_close_matches(name, every, n=1))
            yield f"{place} names {name}, which is no cluster and no label here, so it changes nothing{meant}"


def _find_cycle(table_of: TableOf, asked: Prioritizing) -> str:
    """The last cycle of the loop that ended in this window; else the window's last day."""
    cycle = table_of("cycle")
    rows = cycle.filter(cycle.at <= asked.window.until, cycle.at >= asked.window.since)
    ids = rows.order_by(["at", "cycle_id"]).to_pyarrow()["cycle_id"].to_pylist()
    return ids[-1] if ids else f"{asked.today.isoformat()}"


def _find_tallies(placed: "ibis.Table", table_of: TableOf, asked: Prioritizing) -> Mapping[str, Tallies]:
    signals = {"escalation": asked.settings.signals.escalation, ABANDON: asked.settings.signals.abandon}
    tallies = dict(tally_signals(placed, table_of, signals))
    happened = {name: found for name, found in tallies.items() if any(tally.hits for tally in found.values())}
    if asked.outcomes:
        happened["churn"] = tally_churn(placed, asked.outcomes)
    return happened


def _draw_items(
    counts: Counts, clusters: Mapping[str, _Known], tallies: Mapping[str, Tallies], asked: Prioritizing
) -> list[_Drawn]:
    """Each open cluster, also one that did not happen any more, and each label with turns in no cluster."""
    rng = np.random.default_rng(asked.settings.seed)
    measure = counts.measure(asked.settings.fewest_drawn)
    drawn = []
    for item_id in sorted(counts.items.keys() | clusters.keys()):
        known = clusters.get(item_id)
        label = known.label if known else counts.labels[item_id]
        override = asked.overrides.find(item_id, label)
        subject = Subject(item_id, label, override)
        rate = counts.rate(item_id, measure)
        severity, severities = value_severity(subject, tallies, asked.settings, rng)
        lever = value_addressability(subject, asked.settings)
        draws = asked.settings.draws
        ease = draw_chance(lever.chance, draws, rng) / draw_effort(lever.effort_days, draws, rng)
        item = Item(
            item_id=item_id,
            label=label,
            title=known.title if known else label,
            status=known.status if known else "",
            turns=counts.turns(item_id, measure),
            users=counts.users.get(item_id, 0),
            rate=rate,
            severity=severity,
            addressability=lever,
            score=Share(0.0, Interval(0.0, 0.0)),
            rank=0,
            ranks=(0, 0),
            p_top=0.0,
            standing=find_standing(override, severity.level, asked.settings.floor, asked.today),
            muted=find_mute(override, asked.today),
            note=override.note if override else "",
        )
        point = (rate.value * PER, severity.value, lever.chance / lever.effort_days)
        rates = draw_rate(rate, draws, rng) * PER
        drawn.append(_Drawn(item=item, rate=rates, severity=severities, ease=ease, point=point))
    return drawn


def _tell(
    drawn: Sequence[_Drawn], counts: Counts, classifier: ClassifierFound, asked: Prioritizing, cycle: str
) -> Priorities:
    settings = asked.settings
    ranked, ties, is_cut_clear = _rank([one for one in drawn if one.item.standing is not Standing.MUTED], settings)
    muted = sorted((one.item for one in drawn if one.item.standing is Standing.MUTED), key=lambda item: item.item_id)
    return Priorities(
        classifier=classifier.name,
        classifier_digest=classifier.digest,
        cycle=cycle,
        since=asked.window.since,
        until=asked.window.until,
        measure=counts.measure(settings.fewest_drawn),
        turns=sum(stratum.turns for stratum in counts.strata.values()),
        stands_for=sum(stratum.stands_for for stratum in counts.strata.values()),
        top=settings.top,
        items=(*ranked, *muted),
        ties=ties,
        is_cut_clear=is_cut_clear,
        formula=_formula(settings),
        notes=tuple(_notes(counts, classifier, asked)),
    )


def _rank(drawn: Sequence[_Drawn], settings: PrioritizeShape) -> tuple[list[Item], tuple[tuple[int, int], ...], bool]:
    if not drawn:
        return [], (), True
    combine = multiply if settings.combine == "multiply" else add
    weights = (settings.weights.frequency, settings.weights.severity, settings.weights.addressability)
    factors = [np.stack([one.rate for one in drawn]), np.stack([one.severity for one in drawn])]
    scores = combine([*factors, np.stack([one.ease for one in drawn])], weights)
    told = np.array([one.point for one in drawn])
    points = combine([told[:, place, None] for place in range(3)], weights)[:, 0]
    tiers = np.array([_TIERS[one.item.standing] for one in drawn], dtype=np.int64)
    order = rank_items(scores, points, tiers, settings.top)
    by_rank = np.argsort(order.ranks)
    bounds = np.quantile(scores, [0.025, 0.975], axis=1)
    items = [
        _placed(drawn[place].item, order, place, Share(float(points[place]), Interval(*bounds[:, place].tolist())))
        for place in by_rank
    ]
    ties = find_ties(scores[by_rank], tiers[by_rank], settings.sure)
    return items, ties, _is_cut_clear(scores[by_rank], tiers[by_rank], settings)


def _placed(item: Item, order: Order, place: int, score: Share) -> Item:
    return replace(
        item,
        score=score,
        rank=int(order.ranks[place]),
        ranks=(int(order.low[place]), int(order.high[place])),
        p_top=float(order.p_top[place]),
    )


def _is_cut_clear(scores: Floats, tiers: Ints, settings: PrioritizeShape) -> bool:
    """Is the last of the top ahead of the first below it?"""
    if len(tiers) <= settings.top or tiers[settings.top - 1] != tiers[settings.top]:
        return True
    return is_ahead(scores[settings.top - 1], scores[settings.top]) >= settings.sure


def _formula(settings: PrioritizeShape) -> str:
    weights = settings.weights
    factors = (
        ("per 1,000", weights.frequency),
        ("severity", weights.severity),
        ("chance / days", weights.addressability),
    )
    if settings.combine == "multiply":
        return " x ".join(name if weight == 1 else f"({name})^{weight:g}" for name, weight in factors)
    return " + ".join(f"{weight:g} x share of the largest {name}" for name, weight in factors)


def _notes(counts: Counts, classifier: ClassifierFound, asked: Prioritizing) -> list[str]:
    notes = []
    measure = counts.measure(asked.settings.fewest_drawn)
    if measure is Measure.REPORTED:
        notes.append(
            "turns that nobody spoke of are not classified: what is shown is how often somebody complains of it, or a"
            " rule of ours notices it, of all turns"
        )
    if measure is Measure.OF_COMPLAINTS:
        notes.append("hardly a turn without feedback is recorded: what is shown is the share of complaints")
    unweighed = sum(stratum.unweighed for stratum in counts.strata.values())
    if measure is not Measure.OF_COMPLAINTS and unweighed:
        notes.append(f"{unweighed:,} turns do not say with which probability they were recorded: each counts once")
    if counts.capped:
        notes.append(
            f"{counts.capped:,} turns are beyond the {asked.settings.most_per_user} that one user has in one item:"
            " they weigh nothing"
        )
    if classifier.others:
        notes.append(f"labels of {classifier.others} other classifiers are left out")
    expired = asked.overrides.expired(asked.today)
    return [*notes, *(f"the mute of {name} has expired: it is ranked again" for name in expired)]
