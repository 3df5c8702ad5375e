"""One look at cheap rows: is there anything that fresh rows should settle? Decides nothing; moments, no resampling."""

from collections.abc import Sequence
from math import erfc, sqrt

from gate_action.comparison.arrays import Bools, np
from gate_action.comparison.evidence import Panel
from gate_action.comparison.reading import FEWEST_CLUSTERS, FLIP, ROUNDING
from gate_action.comparison.statistics.blocks import Pairs, pair_arms
from gate_action.comparison.statistics.moments import drop_scores
from gate_action.comparison.statistics.relabel import null_deviations
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What a look found."""

    p_value: float
    """Of the drop over all fixtures, by three moments; 1 where no two trials differ."""
    slice: Slice | None
    """The slice that stands out most, if any does."""
    target: tuple[str, ...]
    """Fixtures to run again side by side; empty: none."""


RELIABLE = 0.7
"""A fixture of this mean score or better mostly passes."""
CLEAR = Suspicion(p_value=1.0, slice=None, target=())


def look(panel: Panel, suspect_z: float) -> Suspicion:
    """``panel``: head's rounds so far against all that is known of base. ``suspect_z``: how far a target must fall."""
    pairs = pair_arms(panel)
    if not pairs.ids:
        return CLEAR
    kept_ids = set(pairs.ids)
    kept = [fixture for fixture in panel.fixtures if fixture.id in kept_ids]
    slices = sorted({slice_ for fixture in kept for slice_ in fixture.slices})
    members = np.array([[True, *(slice_ in fixture.slices for slice_ in slices)] for fixture in kept])
    reliable = _find_reliable(pairs)
    *z_values, flips_z = drop_scores(pairs, np.column_stack([members, reliable])).tolist()
    worst = _find_worst(pairs, members, z_values, suspect_z)
    target = reliable & (pairs.differences <= -FLIP + ROUNDING) & (flips_z >= suspect_z)
    if worst is not None:
        target |= members[:, worst] & (pairs.base_means > 0.0)
    if len(np.unique(pairs.clusters[target])) < FEWEST_CLUSTERS:
        worst, target = None, np.zeros(len(kept), bool)
    return Suspicion(
        p_value=_upper_tail(z_values[0]),
        slice=None if worst is None else slices[worst - 1],
        target=tuple(pairs.ids[row] for row in np.flatnonzero(target)),
    )


def measure_fall(panel: Panel) -> float:
    """How far head fell on all fixtures of the panel together, in standard deviations."""
    pairs = pair_arms(panel)
    return float(drop_scores(pairs, np.ones((len(pairs.ids), 1), bool))[0]) if pairs.ids else 0.0


def measure_move(panel: Panel) -> float:
    """How far the plain mean moved, up or down, in standard deviations over all relabellings; 0 where none differ."""
    pairs = pair_arms(panel)
    if not pairs.ids:
        return 0.0
    deviation = float(null_deviations(pairs, np.ones((len(pairs.ids), 1), bool))[0])
    return float(pairs.differences.mean()) / deviation if deviation > ROUNDING else 0.0


def _find_worst(pairs: Pairs, members: Bools, z_values: Sequence[float], least: float) -> int | None:
    """The group of the slice that fell furthest, if far enough."""
    testable = [
        group
        for group in range(1, members.shape[1])
        if z_values[group] >= least and len(np.unique(pairs.clusters[members[:, group]])) >= FEWEST_CLUSTERS
    ]
    return max(testable, key=lambda group: z_values[group], default=None)


def _find_reliable(pairs: Pairs) -> Bools:
    """Fixtures whose trials mostly pass, both arms together: those that a break shows on. No relabelling changes it."""
    counts = pairs.base_counts + pairs.head_counts
    reliable: Bools = pairs.base_means * pairs.base_counts + pairs.head_means * pairs.head_counts >= RELIABLE * counts
    return reliable


def _upper_tail(z_value: float) -> float:
    return 0.5 * erfc(z_value / sqrt(2.0)) if z_value else 1.0
