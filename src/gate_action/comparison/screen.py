"""One look at cheap rows: is there anything that fresh rows should settle? Decides nothing; moments, no resampling."""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from gate_action.comparison.blocks import Pairs, pair_arms
from gate_action.comparison.course import Course
from gate_action.comparison.evidence import Bools, Floats, Panel
from gate_action.comparison.reading import FEWEST_CLUSTERS, FLIP, ROUNDING
from gate_action.comparison.relabel import null_deviations
from gate_action.comparison.steadiness import Steadiness
from gate_action.model.fixture import Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What a look found."""

    p_value: float
    """Of the drop over all fixtures, by the normal approximation; 1 where no two trials differ."""
    slice: Slice | None
    """The slice that stands out most, if any does."""
    target: tuple[str, ...]
    """Fixtures to run again side by side; empty: none."""


CLEAR = Suspicion(p_value=1.0, slice=None, target=())


def look(panel: Panel, steadiness: Steadiness, course: Course) -> Suspicion:
    """``panel``: head's rounds so far against all that is known of base."""
    pairs = pair_arms(panel)
    if not pairs.ids:
        return CLEAR
    kept_ids = set(pairs.ids)
    kept = [fixture for fixture in panel.fixtures if fixture.id in kept_ids]
    slices = sorted({slice_ for fixture in kept for slice_ in fixture.slices})
    members = np.array([[True, *(slice_ in fixture.slices for slice_ in slices)] for fixture in kept])
    z_values = standardise(pairs, members, steadiness)
    worst = _find_worst(pairs, members, z_values, course)
    target = _find_flipped(pairs, course)
    if worst is not None:
        target |= members[:, worst] & (pairs.base_means > 0.0)
    if len(np.unique(pairs.clusters[target])) < FEWEST_CLUSTERS:
        worst, target = None, np.zeros(len(kept), bool)
    return Suspicion(
        p_value=_upper_tail(float(z_values[0])),
        slice=None if worst is None else slices[worst - 1],
        target=tuple(pairs.ids[row] for row in np.flatnonzero(target)),
    )


def measure_fall(panel: Panel, steadiness: Steadiness) -> float:
    """How far head fell on all fixtures of the panel together, in standard deviations."""
    pairs = pair_arms(panel)
    return float(standardise(pairs, np.ones((len(pairs.ids), 1), bool), steadiness)[0]) if pairs.ids else 0.0


def standardise(pairs: Pairs, members: Bools, steadiness: Steadiness) -> Floats:
    """(groups,): how far each group fell, in standard deviations. Fixtures that are steady on base weigh more.

    With stored rows z = -sum(w d) / sqrt(sum(w^2 v (1/m + 1/K))), w = 1 / v: the weights that find a drop of equal size
    everywhere with the fewest trials. Without them, the exact s.d. over all relabellings.
    """
    steady = steadiness.of(pairs.ids)
    if steady is None:
        deviations = null_deviations(pairs, members)
        drops: Floats = -(pairs.differences @ members) / np.maximum(members.sum(axis=0), 1)
    else:
        spread = steady.variances * (1.0 / pairs.head_counts + 1.0 / pairs.base_counts)
        drops = -((steady.weights * (pairs.head_means - steady.means)) @ members)
        deviations = np.sqrt((steady.weights**2 * spread) @ members)
    z_values: Floats = np.divide(drops, deviations, out=np.zeros_like(drops), where=deviations > ROUNDING)
    return z_values


def _find_worst(pairs: Pairs, members: Bools, z_values: Floats, course: Course) -> int | None:
    """The group of the slice that fell furthest, if far enough."""
    testable = [
        group
        for group in range(1, members.shape[1])
        if z_values[group] >= course.slice_z and len(np.unique(pairs.clusters[members[:, group]])) >= FEWEST_CLUSTERS
    ]
    return max(testable, key=lambda group: float(z_values[group]), default=None)


def _find_flipped(pairs: Pairs, course: Course) -> Bools:
    """Fixtures that went from pass to fail, where those exceed the ones that went back by more than luck would."""
    to_fail: Bools = pairs.differences <= -FLIP + ROUNDING
    to_pass = pairs.differences >= FLIP - ROUNDING
    surplus, every = int(to_fail.sum()) - int(to_pass.sum()), int(to_fail.sum() + to_pass.sum())
    exceeds = every > 0 and surplus >= course.flips_z * sqrt(every)
    return to_fail if exceeds else np.zeros(len(pairs.ids), bool)


def _upper_tail(z_value: float) -> float:
    return 0.5 * erfc(z_value / sqrt(2.0)) if z_value else 1.0
