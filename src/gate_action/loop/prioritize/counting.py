"""How often each item happens: sums by stratum and unit, made by the engine. Knows not what it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gate_action.loop.intervals import Floats, share_of
from gate_action.loop.weighing import COMPLAINT, SILENT, STRATA, TableOf, label_turns, one_if
from gate_action.model.comparison import Interval
from gate_action.model.distribution import Share
from gate_action.model.loop import Aside
from gate_action.model.priority import Measure

if TYPE_CHECKING:
    import ibis

PASSED_OVER = (Aside.UNKNOWN.value, Aside.UNMET_NEED.value, Aside.NOT_A_FAILURE.value)
"""Labels that are no failure that somebody could mend."""


def place_in_items(turns: "ibis.Table", table_of: TableOf, digest: str) -> "ibis.Table":
    """Weighed turns with ``label`` (NULL: not classified) and ``item`` (NULL: no failure): the turn's cluster of this
    classifier, else the label itself.
    """
    import ibis

    said = label_turns(table_of, digest)
    joined = turns.left_join(said, turns.turn_id == said.about).drop("about")
    member, cluster = table_of("membership"), table_of("cluster")
    ours = cluster.filter(cluster.classifier_digest == digest).select(found=cluster.cluster_id)
    known = member.join(ours, member.cluster_id == ours.found)
    known = known.group_by(of=known.turn_id).aggregate(cluster=known.cluster_id.min())
    placed = joined.left_join(known, joined.turn_id == known.of).drop("of")
    is_failure = placed.label.notnull() & ~placed.label.isin(PASSED_OVER)
    return placed.mutate(item=ibis.cases((is_failure, placed.cluster.fill_null(placed.label)))).drop("cluster")


class Stratum(NamedTuple):
    """Turns of one stratum."""

    turns: int
    stands_for: float
    classified: int
    unweighed: int
    """Turns of which nobody said with which probability they were recorded."""


class Sums(NamedTuple):
    """Of one item in one stratum, over units: y its weight, x the unit's."""

    turns: int
    y: float
    yy: float
    xy: float


class UnitSums(NamedTuple):
    """Of one stratum, over units."""

    units: int
    x: float
    xx: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """All that the rates are made of."""

    strata: Mapping[str, Stratum]
    units: Mapping[str, UnitSums]
    items: Mapping[str, Mapping[str, Sums]]
    """Item -> stratum -> sums."""
    together: Floats
    """(strata, strata): the products of a unit's weights in two of STRATA, summed over all units, classified or not."""
    users: Mapping[str, int]
    labels: Mapping[str, str]
    """Item -> its label, the commonest where there are several."""
    capped: int
    """Turns of users who had more than the cap in one item."""

    def measure(self, fewest: int) -> Measure:
        """By how many silent turns are classified, or at least recorded."""
        silent = self.strata.get(SILENT)
        if silent is None or silent.turns < fewest:
            return Measure.OF_COMPLAINTS
        return Measure.PER_TURN if silent.classified >= fewest else Measure.REPORTED

    def turns(self, item: str, measure: Measure) -> int:
        """Classified ones that its rate rests on."""
        chosen = (COMPLAINT,) if measure is Measure.OF_COMPLAINTS else STRATA
        return sum(sums.turns for name, sums in self.items.get(item, {}).items() if name in chosen)

    def rate(self, item: str, measure: Measure) -> Share:
        """Each stratum stands for all its turns, classified or not (post-stratified); of a stratum without a classified
        turn nothing was reported.

        The variance is that within the strata and that of how many turns fall into each, both linearised with units as
        clusters (Taylor); it gives a Jeffreys interval at the effective size. A stratum in which nothing was found has
        no variance, so the interval is at least that of their own ones joined (MOVER: Zou, Huang and Zhang 2009).
        """
        chosen = (COMPLAINT,) if measure is Measure.OF_COMPLAINTS else STRATA
        there = [name for name in chosen if name in self.strata]
        total = sum(self.strata[name].stands_for for name in there)
        if not total:
            return Share(0.0, Interval(0.0, 1.0))
        parts = [self._part(item, name, self.strata[name].stands_for / total) for name in there]
        value = float(sum(part.weight * part.share.value for part in parts))
        variance = sum(part.weight**2 * part.variance for part in parts) + self._between(parts, there, value)
        around = share_of(value, variance=variance, most=self._most(there, total))
        down, up = (
            sum((part.weight * (part.share.value - part.share.interval[side])) ** 2 for part in parts) ** 0.5
            for side in (0, 1)
        )
        low, high = min(around.interval.low, value - down), max(around.interval.high, value + up)
        return Share(value, Interval(max(0.0, low), min(1.0, high)))

    def _between(self, parts: "Sequence[_Part]", there: Sequence[str], value: float) -> float:
        """The variance of the sum of the strata's rates, weighed by shares that are themselves random."""
        places = [STRATA.index(name) for name in there]
        off = np.array([part.share.value for part in parts]) - value
        products = self.together[np.ix_(places, places)]
        total = sum(self.strata[name].stands_for for name in there)
        return float(off @ products @ off) / total**2

    def _most(self, there: Sequence[str], total: float) -> float:
        places = [STRATA.index(name) for name in there]
        return float(total**2 / max(self.together[np.ix_(places, places)].sum(), 1e-300))

    def _part(self, item: str, stratum: str, weight: float) -> "_Part":
        units = self.units.get(stratum)
        if units is None:
            return _Part(weight, Share(0.0, Interval(0.0, 0.0)), 0.0)
        sums = self.items.get(item, {}).get(stratum, Sums(0, 0.0, 0.0, 0.0))
        rate = min(sums.y / units.x, 1.0)
        squares = max(sums.yy - 2 * rate * sums.xy + rate**2 * units.xx, 0.0)
        variance = units.units / max(units.units - 1, 1) * squares / units.x**2
        return _Part(weight, share_of(rate, variance=variance, most=units.x**2 / units.xx), variance)


class _Part(NamedTuple):
    """What one stratum adds to a rate."""

    weight: float
    share: Share
    variance: float


def count_items(placed: "ibis.Table", most_per_user: int) -> Counts:
    """Of turns from `place_in_items`. A few questions to the engine, a row an item and stratum in answer."""
    import ibis

    strata = _strata(placed)
    classified = placed.filter(placed.label.notnull())
    units = classified.group_by(["stratum", "unit"]).aggregate(x=classified.weight.sum())
    failing = classified.filter(classified.item.notnull())
    own = failing.group_by(of=failing.stratum, who=failing.unit, item=failing.item).aggregate(
        n=failing.count(), w=failing.weight.sum()
    )
    kept = ibis.least(own.n, most_per_user).cast("float64") / own.n.cast("float64")
    own = own.mutate(y=own.w * kept, over=ibis.greatest(own.n - most_per_user, 0))
    both = own.join(units, [own.of == units.stratum, own.who == units.unit])
    sums = both.group_by(["of", "item"]).aggregate(
        turns=both.n.sum(), y=both.y.sum(), yy=(both.y * both.y).sum(), xy=(both.x * both.y).sum(), over=both.over.sum()
    )
    of_units = units.group_by("stratum").aggregate(units=units.count(), x=units.x.sum(), xx=(units.x * units.x).sum())
    items: dict[str, dict[str, Sums]] = {}
    capped = 0
    for row in sums.to_pyarrow().to_pylist():
        items.setdefault(row["item"], {})[row["of"]] = Sums(
            int(row["turns"]), float(row["y"]), float(row["yy"]), float(row["xy"])
        )
        capped += int(row["over"])
    labels, users = _labels_and_users(failing)
    return Counts(
        strata=strata,
        units={
            row["stratum"]: UnitSums(int(row["units"]), float(row["x"]), float(row["xx"]))
            for row in of_units.to_pyarrow().to_pylist()
        },
        items={item: items[item] for item in sorted(items)},
        together=_products(placed),
        users=users,
        labels=labels,
        capped=capped,
    )


def _strata(placed: "ibis.Table") -> Mapping[str, Stratum]:
    is_classified = one_if(placed.label.notnull())
    is_unweighed = one_if(~placed.is_weighed & placed.stratum.isin(STRATA[2:]))
    found = placed.group_by("stratum").aggregate(
        turns=placed.count(),
        stands_for=placed.weight.sum(),
        classified=is_classified.sum(),
        unweighed=is_unweighed.sum(),
    )
    return {
        row["stratum"]: Stratum(
            int(row["turns"]),
            float(row["stands_for"]),
            int(row["classified"]),
            int(row["unweighed"]),
        )
        for row in found.order_by("stratum").to_pyarrow().to_pylist()
    }


def _products(placed: "ibis.Table") -> Floats:
    weights = {f"w{place}": (one_if(placed.stratum == name) * placed.weight).sum() for place, name in enumerate(STRATA)}
    units = placed.group_by("unit").aggregate(**weights)
    pairs = [(one, other) for one in range(len(STRATA)) for other in range(one, len(STRATA))]
    sums = units.aggregate(**{f"s{one}{other}": (units[f"w{one}"] * units[f"w{other}"]).sum() for one, other in pairs})
    (row,) = sums.to_pyarrow().to_pylist()
    products = np.zeros((len(STRATA), len(STRATA)))
    for one, other in pairs:
        products[one, other] = products[other, one] = float(row[f"s{one}{other}"] or 0.0)
    return products


def _labels_and_users(failing: "ibis.Table") -> tuple[Mapping[str, str], Mapping[str, int]]:
    counted = failing.group_by(["item", "label"]).aggregate(turns=failing.count())
    labels: dict[str, tuple[int, str]] = {}
    for row in counted.to_pyarrow().to_pylist():
        labels[row["item"]] = max(labels.get(row["item"], (0, "")), (int(row["turns"]), row["label"]))
    of_users = failing.group_by("item").aggregate(users=failing.unit.nunique())
    users = {row["item"]: int(row["users"]) for row in of_users.to_pyarrow().to_pylist()}
    return {item: label for item, (_, label) in labels.items()}, users
