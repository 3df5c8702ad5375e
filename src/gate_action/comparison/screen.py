"""One look at cheap rows: is there anything that fresh rows should settle? Decides nothing; moments, no resampling."""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from gate_action.comparison.blocks import Pairs, pair_arms
from gate_action.comparison.course import Course
from gate_action.comparison.evidence import Bools, Floats, Panel
from gate_action.comparison.reading import FEWEST_CLUSTERS, FLIP, ROUNDING
from gate_action.comparison.relabel import null_deviations
from gate_action.model.fixture import Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What a look found."""

    p_value: float
    """Of the drop over all fixtures, by the normal approximation; 1 where no two trials differ."""
    delta: float
    slice: Slice | None
    """The slice that stands out most, if any does."""
    target: tuple[str, ...]
    """Fixtures to run again side by side; empty: none."""


CLEAR = Suspicion(p_value=1.0, delta=0.0, slice=None, target=())


def look(panel: Panel, course: Course) -> Suspicion:
    """``panel``: head's rounds so far against all that is known of base."""
    pairs = pair_arms(panel)
    if not pairs.ids:
        return CLEAR
    kept = [fixture for fixture in panel.fixtures if fixture.id in set(pairs.ids)]
    slices = sorted({slice_ for fixture in kept for slice_ in fixture.slices})
    members = np.array([[True, *(slice_ in fixture.slices for slice_ in slices)] for fixture in kept])
    z_values = _standardise(pairs, members)
    slice_ = _worst_slice(pairs, members, slices, z_values, course)
    target = _flipped(pairs, course)
    if slice_ is not None:
        target |= members[:, 1 + slices.index(slice_)] & (pairs.base_means > 0.0)
    if len(np.unique(pairs.clusters[target])) < FEWEST_CLUSTERS:
        slice_, target = None, np.zeros(len(kept), bool)
    return Suspicion(
        p_value=_upper_tail(float(z_values[0])),
        delta=float(pairs.differences.mean()),
        slice=slice_,
        target=tuple(pairs.ids[row] for row in np.flatnonzero(target)),
    )


def _standardise(pairs: Pairs, members: Bools) -> Floats:
    """(groups,): how far each group's mean fell, in standard deviations over all relabellings."""
    deviations = null_deviations(pairs, members)
    drops = -(pairs.differences @ members) / np.maximum(members.sum(axis=0), 1)
    z_values: Floats = np.divide(drops, deviations, out=np.zeros_like(drops), where=deviations > ROUNDING)
    return z_values


def _worst_slice(
    pairs: Pairs,
    members: Bools,
    slices: list[Slice],
    z_values: Floats,
    course: Course,
) -> Slice | None:
    testable = [
        place
        for place in range(1, members.shape[1])
        if z_values[place] >= course.slice_z and len(np.unique(pairs.clusters[members[:, place]])) >= FEWEST_CLUSTERS
    ]
    worst = max(testable, key=lambda place: float(z_values[place]), default=None)
    return None if worst is None else slices[worst - 1]


def _flipped(pairs: Pairs, course: Course) -> Bools:
    """Fixtures that went from pass to fail, where those exceed the ones that went back by more than luck would."""
    to_fail = pairs.differences <= -FLIP + ROUNDING
    to_pass = pairs.differences >= FLIP - ROUNDING
    surplus, every = int(to_fail.sum()) - int(to_pass.sum()), int(to_fail.sum() + to_pass.sum())
    exceeds = every > 0 and surplus >= course.flips_z * sqrt(every)
    return to_fail if exceeds else np.zeros(len(pairs.ids), bool)


def _upper_tail(z_value: float) -> float:
    return 0.5 * erfc(z_value / sqrt(2.0)) if z_value else 1.0
