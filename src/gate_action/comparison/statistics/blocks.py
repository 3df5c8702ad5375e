"""Two arms' scores made ready to relabel: fixtures in clusters, clusters of equal trial numbers in blocks."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from gate_action.comparison.arrays import Bools, Floats, Ints, np
from gate_action.comparison.evidence import ArmScores, Panel
from gate_action.model.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The fixtures of all clusters that have ``base_trials`` and ``head_trials`` trials. No hole in ``values``."""

    values: Floats
    """(fixtures, base trials + head trials): base's first."""
    base_trials: int
    head_trials: int
    rows: Ints
    """(fixtures,): places in the pairs' arrays, rising."""
    clusters: Ints
    """(fixtures,): cluster numbers, in the pairs' numbering."""

    @property
    def shape(self) -> tuple[int, int]:
        return self.base_trials, self.head_trials

    @property
    def differences(self) -> Floats:
        """(fixtures,): head's mean minus base's."""
        base, head = np.split(self.values, [self.base_trials], axis=1)
        means: Floats = head.mean(axis=1) - base.mean(axis=1)
        return means

    def cluster_sums(self, member: Bools | None = None) -> Floats:
        """(clusters of the block, trials): each trial's score summed over the fixtures (that are members)."""
        _, places = np.unique(self.clusters, return_inverse=True)
        values = self.values if member is None else self.values * member[self.rows][:, None]
        sums = np.zeros((int(places.max()) + 1, self.values.shape[1]))
        np.add.at(sums, places, values)
        return sums


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """The fixtures that both arms scored, by id; their clusters are numbered in the order of the clusters' names."""

    ids: tuple[str, ...]
    clusters: Ints
    """(fixtures,): 0 to the number of clusters - 1."""
    base_means: Floats
    head_means: Floats
    base_counts: Ints
    """(fixtures,): scores."""
    head_counts: Ints
    blocks: tuple[Block, ...]

    @cached_property
    def cluster_count(self) -> int:
        return int(self.clusters.max()) + 1 if len(self.ids) else 0

    @cached_property
    def differences(self) -> Floats:
        """(fixtures,): d_i = head's mean minus base's."""
        return self.head_means - self.base_means


def pair_arms(panel: Panel) -> Pairs:
    """The fixtures with a score on each arm, arranged for relabelling.

    The unit of exchange is one (cluster, trial): the vector of its fixtures' scores. A fixture that is a cluster of its
    own keeps just the scores that it has; in a larger cluster, a trial that lacks a fixture's score takes the mean of
    all that fixture's scores, both arms together, which no relabelling can change.
    """
    rows = np.flatnonzero((panel.base.counts > 0) & (panel.head.counts > 0))
    ids, units = list[str](), list[str]()
    for fixture in map(panel.fixtures.__getitem__, rows.tolist()):
        ids.append(fixture.id)
        units.append(fixture.cluster or ids[-1])
    clusters, is_alone = _number(units)
    shapes: dict[tuple[int, int], list[_Scores]] = {}
    for trials, alone in _single(panel, rows, np.flatnonzero(is_alone)):
        shapes.setdefault(trials, []).append(alone)
    for members in _members(clusters, np.flatnonzero(~is_alone)):
        values, trials = _complete(panel, rows[members])
        shapes.setdefault(trials, []).append(_Scores(members, values))
    return Pairs(
        ids=tuple(ids),
        clusters=clusters.astype(np.int64),
        base_means=_means(panel.base, rows),
        head_means=_means(panel.head, rows),
        base_counts=panel.base.counts[rows],
        head_counts=panel.head.counts[rows],
        blocks=tuple(_block(shape, found, clusters) for shape, found in sorted(shapes.items())),
    )


def _number(units: Sequence[str]) -> tuple[Ints, Bools]:
    """A number for each unit, in the order of their names, and whether it is there once."""
    if all(one < other for one, other in pairwise(units)):  # as where no fixture is of a cluster: nothing to sort
        return np.arange(len(units)), np.ones(len(units), bool)
    _, numbers, sizes = np.unique(units, return_inverse=True, return_counts=True)
    return numbers, sizes[numbers] == 1


class _Scores(NamedTuple):
    """Of some rows of the pairs, in their order: base's trials, then head's."""

    rows: Ints
    values: Floats


def _single(panel: Panel, rows: Ints, alone: Ints) -> Iterator[tuple[tuple[int, int], _Scores]]:
    """The scores of fixtures that are clusters of their own, by the trials of each arm. Most fixtures are."""
    if not alone.size:
        return
    counts = np.stack([arm.counts[rows[alone]] for arm in (panel.base, panel.head)], axis=1)
    for base, head in np.unique(counts, axis=0).tolist():
        members = alone[(counts == (base, head)).all(axis=1)]
        values = [
            arm.values[rows[members]][arm.scored[rows[members]]].reshape(len(members), -1)
            for arm in (panel.base, panel.head)
        ]
        yield (base, head), _Scores(members, np.concatenate(values, axis=1))


def _members(clusters: Ints, among: Ints) -> list[Ints]:
    order = among[np.argsort(clusters[among], kind="stable")]
    edges = np.flatnonzero(np.diff(clusters[order])) + 1
    return [np.sort(members) for members in np.split(order, edges) if len(members)]


def _complete(panel: Panel, rows: Ints) -> tuple[Floats, tuple[int, int]]:
    """One cluster's scores without holes, base's trials first, and the trials of each arm."""
    arms = [(arm.values[rows], arm.scored[rows]) for arm in (panel.base, panel.head)]
    kept = [(values[:, scored.any(axis=0)], scored[:, scored.any(axis=0)]) for values, scored in arms]
    values = np.concatenate([values for values, _ in kept], axis=1)
    scored = np.concatenate([scored for _, scored in kept], axis=1)
    if not scored.all():
        means = (values * scored).sum(axis=1, keepdims=True) / scored.sum(axis=1, keepdims=True)
        values = np.where(scored, values, means)
    return values, (kept[0][0].shape[1], kept[1][0].shape[1])


def _block(shape: tuple[int, int], found: Sequence[_Scores], clusters: Ints) -> Block:
    rows = np.concatenate([scores.rows for scores in found]).astype(np.int64)
    order = np.argsort(rows)
    return Block(
        values=np.concatenate([scores.values for scores in found])[order],
        base_trials=shape[0],
        head_trials=shape[1],
        rows=rows[order],
        clusters=clusters[rows[order]].astype(np.int64),
    )


def _means(arm: ArmScores, rows: Ints) -> Floats:
    means: Floats = (arm.values * arm.scored).sum(axis=1)[rows] / arm.counts[rows]
    return means
