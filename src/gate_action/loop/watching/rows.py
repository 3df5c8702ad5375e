"""Turns of a slice as the store tells them -> the two sides of a watch. Knows no test."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from gate_action.loop.watching.course import Sides
from gate_action.loop.watching.traffic import Bools, Floats, Ints, Traffic
from gate_action.model.watch import WatchEntry, WatchPin

HOUR_S = 3600.0
FAILING, PASSING, UNKNOWN, UNSCORED = 1, 0, -1, -2
"""What the classifier says of a turn: ``UNKNOWN`` where it could not tell, ``UNSCORED`` where it was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One slice dimension: a code for each turn, and what the codes mean."""

    codes: Ints
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRows:
    """Turns of the slice, oldest first, before and after alike."""

    at: Floats
    """Seconds since 1970, UTC."""
    state: Ints
    weights: Floats
    """One over the probability with which the turn was recorded."""
    """1 where the turn stands for itself."""
    groups: Ints
    """Strata of one chance to be scored: a group's scored turns stand for its unscored ones."""
    units: Ints
    releases: tuple[str, ...]
    dimensions: Mapping[str, Dimension]

    def select(self, chosen: Bools) -> "TurnRows":
        return TurnRows(
            at=self.at[chosen],
            state=self.state[chosen],
            weights=self.weights[chosen],
            groups=self.groups[chosen],
            units=self.units[chosen],
            releases=tuple(np.array(self.releases, dtype=object)[chosen].tolist()),
            dimensions={
                name: Dimension(codes=one.codes[chosen], values=one.values) for name, one in self.dimensions.items()
            },
        )

    @property
    def is_scored(self) -> Bools:
        return self.state >= PASSING

    @property
    def pending_since_s(self) -> float | None:
        """When the first turn came that the classifier has yet to catch up with: no later one of its group is scored.
        None: there is none.
        """
        waiting: list[float] = []
        for group in np.unique(self.groups):
            inside = self.groups == group
            known = self.at[inside & (self.state >= UNKNOWN)]
            behind = self.at[inside & (self.state == UNSCORED) & (self.at > (known.max() if len(known) else -np.inf))]
            waiting += [float(behind.min())] if len(behind) else []
        return min(waiting, default=None)

    @property
    def missing_share(self) -> float:
        """Of the turns that the classifier was asked about, those of which it could not tell."""
        asked = self.state >= UNKNOWN
        return float((self.state[asked] == UNKNOWN).mean()) if asked.any() else 0.0

    def traffic(self, start_s: float, dimension: str = "") -> Traffic:
        """The scored turns, those of each group with the weight of all that are in it: where every complaint is scored
        and of the rest a draw, the rate is that of all turns.
        """
        scored, asked = self.is_scored, self.state >= UNKNOWN
        weights = self.weights.copy()
        for group in np.unique(self.groups):
            inside = self.groups == group
            told = float(self.weights[inside & asked].sum())
            if told > 0:
                weights[inside] *= float(self.weights[inside].sum()) / told
        strata = self.dimensions[dimension].codes if dimension else np.zeros(len(self.at), np.int64)
        return Traffic(
            hours=(self.at[scored] - start_s) / HOUR_S,
            failing=(self.state[scored] == FAILING).astype(np.float64),
            weights=weights[scored],
            units=self.units[scored],
            strata=strata[scored],
        )


def split(rows: TurnRows, entry: WatchEntry, pin: WatchPin, until: datetime) -> tuple[TurnRows, TurnRows]:
    """Those of the before-window, and those since the deployment (of the fix's release, if one is named)."""
    is_before = (rows.at >= seconds(pin.before_since)) & (rows.at < seconds(pin.before_until))
    is_after = (rows.at >= seconds(entry.deployed_at)) & (rows.at < seconds(until))
    if entry.release:
        is_after &= np.array([release == entry.release for release in rows.releases], bool)
    return rows.select(is_before), rows.select(is_after)


def face(before: TurnRows, after: TurnRows, entry: WatchEntry, pin: WatchPin, dimension: str = "") -> Sides:
    """Both sides, their strata those of ``dimension``."""
    start_s, deployed_s = seconds(pin.before_since), seconds(entry.deployed_at)
    return Sides(
        before=before.traffic(start_s, dimension),
        after=after.traffic(deployed_s, dimension),
        lag_h=(start_s - deployed_s) / HOUR_S,
    )


def seconds(at: datetime) -> float:
    """Of a time in UTC, with or without its zone."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
