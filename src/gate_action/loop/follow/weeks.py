"""Weighed turns -> units by week, those with equal measures taken together. The engine does the counting.

A unit is a user where known, else a conversation: five hundred complaints of one person are one voice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gate_action.loop.follow.shift import Periods
from gate_action.loop.intervals import Floats, Ints
from gate_action.loop.weighing import COMPLAINT, count_where, one_if

if TYPE_CHECKING:
    import ibis

WEEK = timedelta(days=7)


def week_name(start: datetime) -> str:
    """``2026-W48``, by ISO 8601."""
    year, week, _ = start.isocalendar()
    return f"{year}-W{week:02d}"


def week_start(at: datetime) -> datetime:
    """The Monday, 0:00."""
    day = datetime(at.year, at.month, at.day)  # noqa: DTZ001  # the tables' times are UTC, without a zone
    return day - timedelta(days=day.weekday())


class Kind(NamedTuple):
    """Units of one week with equal measures."""

    week: datetime
    measures: tuple[float, ...]
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weeks:
    """Kinds of units, of all weeks."""

    kinds: tuple[Kind, ...]
    """Sorted: whatever order an engine has, the figures are the same to the last digit."""

    def of(self, weeks: Iterable[datetime]) -> tuple[Floats, Ints]:
        """(kinds, measures) and (kinds,): what `shift.rate_of` takes."""
        chosen = set(weeks)
        found = [kind for kind in self.kinds if kind.week in chosen]
        width = len(self.kinds[0].measures) if self.kinds else 0
        kinds = np.array([kind.measures for kind in found], dtype=float).reshape(len(found), width)
        return kinds, np.array([kind.times for kind in found], dtype=np.int64)

    def periods(self, base: Iterable[datetime], head: Iterable[datetime]) -> Periods:
        early, late = set(base), set(head)
        found: dict[tuple[float, ...], list[int]] = {}
        for kind in self.kinds:
            if kind.week in early or kind.week in late:
                found.setdefault(kind.measures, [0, 0])[kind.week in late] += kind.times
        ordered = sorted(found)
        times = np.array([found[measures] for measures in ordered], dtype=np.int64).reshape(len(ordered), 2)
        return Periods(kinds=np.array(ordered, dtype=float), base=times[:, 0], head=times[:, 1])


def place_in_weeks(turns: "ibis.Table") -> "ibis.Table":
    """With the column ``week``: the Monday of the week in which the conversation began, to which all of it counts."""
    import ibis

    began = turns.at.min().over(ibis.window(group_by=turns.conversation))
    return turns.mutate(week=began.truncate("W"))


def count_labels(turns: "ibis.Table", labels: Sequence[str]) -> Weeks:
    """Of turns that have ``unit, week, label``: how many turns of each label a unit has in a week."""
    (weeks,) = count_labels_by(turns.mutate(place=turns.label.substr(0, 0)), labels).values() or (Weeks(kinds=()),)
    return weeks


def count_labels_by(turns: "ibis.Table", labels: Sequence[str]) -> Mapping[str, Weeks]:
    """As `count_labels`, for each value of the column ``place``."""
    names = [f"n{number}" for number in range(len(labels))]
    counted = turns.group_by(["place", "week", "unit"]).aggregate(
        **{name: count_where(turns.label == label) for name, label in zip(names, labels, strict=True)}
    )
    kinds = counted.group_by(["place", "week", *names]).aggregate(times=counted.count())
    found: dict[str, list[Kind]] = {}
    for row in kinds.to_pyarrow().to_pylist():
        found.setdefault(row["place"], []).append(_kind(row, names))
    return {place: Weeks(kinds=tuple(sorted(found[place]))) for place in sorted(found)}


def count_turns(turns: "ibis.Table") -> Weeks:
    """Of turns that have ``unit, week``: how many a unit has."""
    return _gather(turns.group_by(["week", "unit"]).aggregate(turns=turns.count()), ["turns"])


def count_scores(turns: "ibis.Table") -> tuple[Weeks, Weeks]:
    """Of turns with ``week``: a unit's complaints and turns, weighed; and its praise and whatever was praise or
    complaint.
    """
    is_complaint = one_if(turns.stratum == COMPLAINT)
    by_unit = turns.group_by(["week", "unit"]).aggregate(
        complaints=(is_complaint * turns.weight).sum(),
        turns=turns.weight.sum(),
        praise=count_where(turns.said > 0),
        said=count_where(turns.said != 0),
    )
    return _gather(by_unit, ["complaints", "turns"]), _gather(by_unit.filter(by_unit.said > 0), ["praise", "said"])


def _gather(by_unit: "ibis.Table", names: list[str]) -> Weeks:
    kinds = by_unit.group_by(["week", *names]).aggregate(times=by_unit.count())
    return Weeks(kinds=tuple(sorted(_kind(row, names) for row in kinds.to_pyarrow().to_pylist())))


def _kind(row: Mapping[str, Any], names: Iterable[str]) -> Kind:
    week = row["week"]
    start = datetime(week.year, week.month, week.day)  # noqa: DTZ001  # as above; some engines give dates
    return Kind(start, tuple(float(row[name]) for name in names), int(row["times"]))
