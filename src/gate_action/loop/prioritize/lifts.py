"""What follows on a failure more often than elsewhere: conversations escalated or given up, users lost."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gate_action.loop.intervals import Floats
from gate_action.loop.weighing import TableOf, one_if
from gate_action.model.comparison import Interval
from gate_action.model.priority import Lift

if TYPE_CHECKING:
    import ibis

PRIOR_UNITS = 10
"""So many conversations without any lift stand beside those that were seen: a handful does not make a lift."""


class Tally(NamedTuple):
    """Of some conversations or users: how many, and to how many it happened; weighed by what they stand for."""

    units: int
    stands_for: float
    hits: float

    @property
    def share(self) -> float:
        return self.hits / self.stands_for if self.stands_for else 0.0


Tallies = Mapping[str, Tally]
ABANDON = "abandon"
ELSEWHERE = ""
"""The key of conversations and users to whom nothing failed."""


def tally_signals(
    placed: "ibis.Table", table_of: TableOf, signals: Mapping[str, Sequence[str]]
) -> Mapping[str, Tallies]:
    """Signal -> item -> its conversations, and how many of them had the signal. One question to the engine."""
    said = table_of("feedback")
    flags = {name: one_if(said.name.isin(list(names))).max() for name, names in signals.items()}
    flagged = said.filter(said.turn_id != "").group_by(of=said.turn_id).aggregate(**flags)
    turns = placed.left_join(flagged, placed.turn_id == flagged.of)
    talks = turns.group_by("conversation").aggregate(
        weight=turns.weight.max(),
        is_failing=one_if(turns.item.notnull()).max(),
        **{name: turns[name].fill_null(0).max() for name in signals},
    )
    failing = placed.filter(placed.item.notnull()).select(item="item", talk="conversation").distinct()
    of_items = failing.join(talks, failing.talk == talks.conversation).drop("talk", "is_failing", "conversation")
    calm = talks.filter(talks.is_failing == 0)
    calm = calm.select(item=calm.conversation.substr(0, 0), **{name: calm[name] for name in ("weight", *signals)})
    both = of_items.select("item", "weight", *signals).union(calm)
    found = both.group_by("item").aggregate(
        units=both.count(),
        stands_for=both.weight.sum(),
        **{name: (both.weight * both[name].cast("float64")).sum() for name in signals},
    )
    rows = found.to_pyarrow().to_pylist()
    tallies = {
        name: {row["item"]: Tally(int(row["units"]), float(row["stands_for"]), float(row[name])) for row in rows}
        for name in sorted(signals)
    }
    return {name: _among_failures(own) if name == ABANDON else own for name, own in tallies.items()}


def _among_failures(tallies: Tallies) -> Tallies:
    """With all failing conversations as what is elsewhere: whoever complains and then leaves has by ingest's rule given
    up, so beside the silent every complaint would look like a flight.
    """
    own = {item: tally for item, tally in sorted(tallies.items()) if item != ELSEWHERE}
    sums = [sum(column) for column in zip(*own.values(), strict=True)] or [0, 0.0, 0.0]
    return {**own, ELSEWHERE: Tally(int(sums[0]), float(sums[1]), float(sums[2]))}


class Outcome(NamedTuple):
    """What became of a user."""

    has_left: bool
    at: datetime | None
    """When; None: the file does not say."""


def tally_churn(placed: "ibis.Table", outcomes: Mapping[str, Outcome]) -> Tallies:
    """Item -> its users with a known outcome, and how many left after it first happened to them."""
    known = placed.filter(placed.user_key != "")
    own = known.filter(known.item.notnull())
    own = own.group_by(["item", "user_key"]).aggregate(first=own.at.min())
    everyone = known.group_by("user_key").aggregate(first=known.at.min(), is_failing=one_if(known.item.notnull()).max())
    rows = [(row["item"], row["user_key"], row["first"]) for row in own.to_pyarrow().to_pylist()]
    calm = everyone.filter(everyone.is_failing == 0)
    rows += [(ELSEWHERE, row["user_key"], row["first"]) for row in calm.to_pyarrow().to_pylist()]
    return _tally(rows, outcomes)


def _tally(rows: Iterable[tuple[str, str, datetime]], outcomes: Mapping[str, Outcome]) -> Tallies:
    counted: dict[str, list[int]] = {}
    for item, user_key, first in rows:
        outcome = outcomes.get(user_key)
        if outcome is None:
            continue
        tally = counted.setdefault(item, [0, 0])
        tally[0] += 1
        tally[1] += outcome.has_left and (outcome.at is None or outcome.at >= first)
    return {item: Tally(units, float(units), float(hits)) for item, (units, hits) in counted.items()}


def draw_lift(tallies: Tallies, item: str, draws: int, rng: np.random.Generator) -> tuple[Lift | None, Floats]:
    """The lift of an item over everywhere else, and (draws,) of it. None: there is nothing to set it against."""
    own, elsewhere = tallies.get(item), tallies.get(ELSEWHERE)
    if own is None or elsewhere is None or not own.units or not elsewhere.units:
        return None, np.zeros(draws)
    usual = elsewhere.share
    here = _draw(own, usual, draws, rng)
    difference = here - _draw(elsewhere, usual, draws, rng)
    low, high = (float(one) for one in np.quantile(difference, [0.025, 0.975]))
    value = (own.share * own.units + usual * PRIOR_UNITS) / (own.units + PRIOR_UNITS) - usual
    return Lift(value=value, interval=Interval(low, high), units=own.units), difference


def _draw(tally: Tally, usual: float, draws: int, rng: np.random.Generator) -> Floats:
    """Shares, by a beta law whose prior is the usual share, worth PRIOR_UNITS conversations."""
    hits = tally.share * tally.units
    tiny = 1e-6
    return rng.beta(
        hits + usual * PRIOR_UNITS + tiny, tally.units - hits + (1 - usual) * PRIOR_UNITS + tiny, size=draws
    )
