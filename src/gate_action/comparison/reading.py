"""One metric read once: the difference of its means, overall and slice by slice, tested and bounded."""

from functools import cached_property

from gate_action.comparison.arrays import Bools, Floats, Ints, np
from gate_action.comparison.evidence import Panel
from gate_action.comparison.statistics.blocks import Pairs, pair_arms
from gate_action.comparison.statistics.bounds import (
    FEWEST_FOR_T,
    clustered_t_interval,
    detectable_drop,
    inverted_interval,
    zero_flip_bound,
)
from gate_action.comparison.statistics.convolve import exact_tails
from gate_action.comparison.statistics.relabel import (
    Draws,
    draw_relabellings,
    find_reach,
    null_deviations,
    relabelled_means,
    relabelled_shares,
)
from gate_action.model.comparison import Difference, Flips, Interval
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Slice
from gate_action.model.metric import Policy

FLIP = 0.75
"""A fixture whose mean moved by this much has flipped (STATISTICS, 3)."""
FEWEST_CLUSTERS = 2
"""One cluster is one witness: its own noise and a change look alike."""
ROUNDING = 1e-9
"""Differences of means closer than this are equal: they are sums of the same scores in another order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceReading:
    slice: Slice
    difference: Difference
    adjusted_p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one set of scores says of one metric."""

    difference: Difference
    slices: tuple[SliceReading, ...]
    detectable: float | None

    @property
    def lowest_slice_p(self) -> float:
        return min((s.adjusted_p for s in self.slices if s.adjusted_p is not None), default=1.0)


def read_panel(panel: Panel, policy: Policy, *, is_screen: bool = False) -> Reading | None:
    """None: no fixture has a score on both arms.

    ``is_screen``: slices are shown and not tested, so nothing is relabelled for them.
    """
    pairs = pair_arms(panel)
    return _Reader(panel=panel, pairs=pairs, policy=policy, is_screen=is_screen).read() if pairs.ids else None


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """The relabellings of one metric, made at most once and shared by all that needs them."""

    panel: Panel
    pairs: Pairs
    policy: Policy
    is_screen: bool = False

    def read(self) -> Reading:
        overall = self._difference(0, self._overall_p())
        return Reading(
            difference=overall,
            slices=tuple(self._slice(place, slice_) for place, slice_ in enumerate(self.slices, start=1)),
            detectable=detectable_drop(_tidy(self.deviations[0])),
        )

    @cached_property
    def slices(self) -> tuple[Slice, ...]:
        kept = set(self.pairs.ids)
        return tuple(sorted({s for fixture in self.panel.fixtures if fixture.id in kept for s in fixture.slices}))

    @cached_property
    def members(self) -> Bools:
        """(fixtures, 1 + slices): all fixtures first, then each slice's."""
        kept = set(self.pairs.ids)
        rows = [set(fixture.slices) for fixture in self.panel.fixtures if fixture.id in kept]
        return np.array([[True, *(slice_ in row for slice_ in self.slices)] for row in rows])

    @cached_property
    def deviations(self) -> Floats:
        return null_deviations(self.pairs, self.members)

    @cached_property
    def cluster_counts(self) -> tuple[int, ...]:
        return tuple(len(np.unique(self.pairs.clusters[column])) for column in self.members.T)

    @cached_property
    def tested(self) -> Bools:
        """(1 + slices,): which groups may be tested: two clusters at least, and trials that differ."""
        return (np.array(self.cluster_counts) >= FEWEST_CLUSTERS) & (self.deviations > ROUNDING)

    @cached_property
    def draws(self) -> Draws:
        return draw_relabellings(self.pairs, self.policy.relabellings, self.policy.seed)

    @cached_property
    def relabelled(self) -> Floats:
        return relabelled_means(self.pairs, self.members[:, : self.relabelled_groups], self.draws)

    @cached_property
    def relabelled_groups(self) -> int:
        return 1 if self.is_screen else self.members.shape[1]

    @cached_property
    def t_intervals(self) -> dict[int, Interval]:
        """By group, where there are clusters enough for it, and they differ."""
        large = [group for group, count in enumerate(self.cluster_counts) if count >= FEWEST_FOR_T]
        members = [(group, self.members[:, group]) for group in large]
        found = {g: clustered_t_interval(self.pairs.differences[m], self.pairs.clusters[m]) for g, m in members}
        return {group: interval for group, interval in found.items() if interval is not None}

    @cached_property
    def inverted_intervals(self) -> dict[int, Interval | None]:
        """By group, for the others that may be tested."""
        tested = np.flatnonzero(self.tested[: self.relabelled_groups]).tolist()
        groups = [group for group in tested if group not in self.t_intervals]
        shares = relabelled_shares(self.pairs, self.members[:, groups], self.draws)
        return {
            group: inverted_interval(float(self.observed[group]), self.relabelled[:, group], column)
            for group, column in zip(groups, shares.T, strict=True)
        }

    @cached_property
    def observed(self) -> Floats:
        """(1 + slices,): the differences as the test sees them, that is without holes in clusters."""
        differences = np.zeros(len(self.pairs.ids))
        for block in self.pairs.blocks:
            differences[block.rows] = block.differences
        means: Floats = differences @ self.members / self.members.sum(axis=0)
        return means

    @cached_property
    def adjusted(self) -> Floats:
        """(slices,): p of each slice's drop by single-step max-T over all of them (Westfall and Young 1993, 2.5).

        The statistics are standardised by their exact s.d. under relabelling; a slice that is not tested gets 1.
        """
        tested = self.tested[1:]
        if not tested.any():
            return np.ones(len(self.slices))
        scale = self.deviations[1:][tested]
        highest = (-self.relabelled[:, 1:][:, tested] / scale).max(axis=1)
        drops = -self.observed[1:][tested] / scale
        reached = (highest[:, None] >= drops - ROUNDING).sum(axis=0)
        adjusted = np.ones(len(self.slices))
        adjusted[tested] = _shares_of(reached, self.draws)
        return adjusted

    def _overall_p(self) -> float | None:
        if not self.tested[0]:
            return None
        tails = exact_tails(self.pairs)
        return tails.mid_p if tails is not None else self._relabelled_p(0)

    def _relabelled_p(self, group: int) -> float:
        """One-sided mid-p for a drop."""
        gap = self.relabelled[:, group] - self.observed[group]
        count = float((gap < -ROUNDING).sum()) + 0.5 * float((abs(gap) <= ROUNDING).sum())
        return count / self.draws.count if self.draws.is_complete else (count + 0.5) / (self.draws.count + 1)

    def _slice(self, place: int, slice_: Slice) -> SliceReading:
        is_tested = bool(self.tested[place]) and not self.is_screen
        return SliceReading(
            slice=slice_,
            difference=self._difference(place, self._relabelled_p(place) if is_tested else None),
            adjusted_p=float(self.adjusted[place - 1]) if is_tested else None,
        )

    def _difference(self, group: int, p_value: float | None) -> Difference:
        member = self.members[:, group]
        differences = self.pairs.differences[member]
        return Difference(
            base_mean=_tidy(self.pairs.base_means[member].mean()),
            head_mean=_tidy(self.pairs.head_means[member].mean()),
            delta=_tidy(differences.mean()),
            interval=self._interval(group),
            p_value=None if p_value is None else _tidy(p_value),
            fixtures=int(member.sum()),
            clusters=self.cluster_counts[group],
            base_trials=int(self.pairs.base_counts[member].sum()),
            head_trials=int(self.pairs.head_counts[member].sum()),
            flips=Flips(int((differences <= -FLIP + ROUNDING).sum()), int((differences >= FLIP - ROUNDING).sum())),
            note=self._note(group),
        )

    def _interval(self, group: int) -> Interval | None:
        count = self.cluster_counts[group]
        if count < FEWEST_CLUSTERS:
            return None
        if not self.tested[group]:
            bound = zero_flip_bound(count)
            return Interval(_tidy(-bound), _tidy(bound))
        interval = self.t_intervals.get(group) or self.inverted_intervals.get(group)
        return None if interval is None else Interval(_tidy(interval.low), _tidy(interval.high))

    def _note(self, group: int) -> str:
        count = self.cluster_counts[group]
        if count < FEWEST_CLUSTERS:
            return "one cluster: how others would do is unknown, so there is no interval"
        if not self.tested[group]:
            return "no two trials differ: what no flip leaves possible is bounded by the rule of three"
        if self.is_screen:
            return ""
        alpha = self.policy.alpha_global if group == 0 else self.policy.alpha_slices
        reach = find_reach(self.pairs, self.members[:, group], alpha)
        if reach is None:
            return ""
        return (
            f"only {reach.informative} of {count} clusters have trials that differ: the smallest p that they can give"
            f" is {reach.smallest_p:.2g}, above {alpha:.2g} (1 % takes 6 such clusters at one trial an arm)"
        )


def _tidy(value: float) -> float:
    """To 12 places: the rest is the order of summation, which another processor may choose otherwise. Never -0.0."""
    return round(float(value), 12) + 0.0


def _shares_of(reached: Ints, draws: Draws) -> Floats:
    """The p values of such counts of relabellings at least as extreme; random ones are joined by the observed one."""
    extra = 0 if draws.is_complete else 1
    shares: Floats = (reached + extra) / np.float64(draws.count + extra)
    return shares
