"""A classifier of turns against people: its errors by label, agreement, and shares without its errors. Pure."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from gate_action.comparison.arrays import Floats, np
from gate_action.comparison.statistics.judges import wilson
from gate_action.errors import ConfigError
from gate_action.model.classifier import ClassifierQuality, LabelQuality, Prevalence
from gate_action.model.judge import Estimate

_Z = 1.959963984540054
"""The normal's 97.5% quantile."""
_RESAMPLES = 2000
_FEWEST_SHARED = 10
"""Turns that two people have in common: below, their kappa tells nothing."""


class Pair(NamedTuple):
    """One turn, labelled twice."""

    first: str
    second: str


def measure_classifier(
    human: Mapping[str, str], machine: Mapping[str, str], votes: Mapping[str, Mapping[str, str]], labels: Sequence[str]
) -> ClassifierQuality:
    """By turn: the label that people settled on, and the classifier's; ``votes``: turn -> person -> label.

    Raises ConfigError where no turn has both.
    """
    shared = sorted(human.keys() & machine.keys())
    if not shared:
        raise ConfigError("no labelled turn was classified by the present classifier", hint="run loop classify first")
    pairs = [Pair(human[turn], machine[turn]) for turn in shared]
    people = _two_people(votes)
    return ClassifierQuality(
        turns=len(pairs),
        labels={label: _measure(label, pairs) for label in labels},
        kappa=kappa(pairs),
        human_kappa=kappa(people) if len(people) >= _FEWEST_SHARED else None,
        human_turns=len(people) if len(people) >= _FEWEST_SHARED else 0,
    )


def kappa(pairs: Sequence[Pair], seed: int = 0) -> Estimate:
    """Cohen's kappa over all labels (Cohen 1960), with a bootstrap interval over turns. 0 where only chance is left."""
    names = sorted({label for pair in pairs for label in pair})
    places = {name: place for place, name in enumerate(names)}
    size = len(names)
    cells = np.array([places[pair.first] * size + places[pair.second] for pair in pairs])
    counts = np.bincount(cells, minlength=size * size).astype(float)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(pairs), counts / counts.sum(), size=_RESAMPLES)
    value, *others = _kappas(np.vstack([counts, drawn]).reshape(-1, size, size)).tolist()
    low, high = np.quantile(others, [0.025, 0.975])
    return Estimate(value, min(float(low), value), max(float(high), value))


def correct_prevalence(hits: int, turns: int, quality: LabelQuality | None) -> Prevalence:
    """(share + specificity - 1) / (sensitivity + specificity - 1) (Rogan and Gladen 1978).

    Interval: Lang and Reiczigel 2014 (Preventive Veterinary Medicine 113), which carries the uncertainty of both error
    rates; they and the turns are taken for independent. ``hits`` of ``turns`` have the label.
    """
    observed = hits / turns if turns else 0.0
    if not turns or quality is None or not quality.present or not quality.absent:
        return Prevalence(observed=observed, corrected=None, why="people have not labelled turns of both kinds")
    adjusted = turns + _Z**2
    share = (hits + _Z**2 / 2) / adjusted
    sensitivity, specificity = (quality.hits + 1) / (quality.present + 2), (quality.rejects + 1) / (quality.absent + 2)
    j = sensitivity + specificity - 1
    told = quality.hits / quality.present + quality.rejects / quality.absent - 1
    if j <= 0 or told <= 0:
        return Prevalence(observed=observed, corrected=None, why="it names this label no better than chance")
    prevalence = (share + specificity - 1) / j
    of_hits = sensitivity * (1 - sensitivity) / (quality.present + 2)
    of_rejects = specificity * (1 - specificity) / (quality.absent + 2)
    shift = 2 * _Z**2 * (prevalence * of_hits - (1 - prevalence) * of_rejects)
    spread = share * (1 - share) / adjusted + prevalence**2 * of_hits + (1 - prevalence) ** 2 * of_rejects
    reach = _Z * sqrt(spread) / j
    value = _share((observed + quality.rejects / quality.absent - 1) / told)
    low, high = _share(prevalence + shift - reach), _share(prevalence + shift + reach)
    return Prevalence(observed=observed, corrected=Estimate(value, min(low, value), max(high, value)))


def _measure(label: str, pairs: Sequence[Pair]) -> LabelQuality:
    present = [pair for pair in pairs if pair.first == label]
    absent = [pair for pair in pairs if pair.first != label]
    hits = sum(pair.second == label for pair in present)
    rejects = sum(pair.second != label for pair in absent)
    return LabelQuality(
        present=len(present),
        hits=hits,
        absent=len(absent),
        rejects=rejects,
        sensitivity=wilson(hits, len(present)) if present else None,
        specificity=wilson(rejects, len(absent)) if absent else None,
    )


def _two_people(votes: Mapping[str, Mapping[str, str]]) -> list[Pair]:
    """The labels of the two people who have most turns in common; of several such pairs, the first by name."""
    shared: dict[tuple[str, str], list[Pair]] = {}
    for turn in sorted(votes):
        people = sorted(votes[turn])
        for place, one in enumerate(people):
            for other in people[place + 1 :]:
                shared.setdefault((one, other), []).append(Pair(votes[turn][one], votes[turn][other]))
    return max((shared[pair] for pair in sorted(shared)), key=len, default=[])


def _kappas(counts: Floats) -> Floats:
    """(tables,) from (tables, labels, labels). Of one label alone 0: to agree on it takes no skill."""
    total = counts.sum(axis=(1, 2))
    agreed = np.trace(counts, axis1=1, axis2=2) / total
    chance = (counts.sum(axis=1) * counts.sum(axis=2)).sum(axis=1) / total**2
    kappas: Floats = np.where(chance < 1, (agreed - chance) / np.where(chance < 1, 1 - chance, 1.0), 0.0)
    return kappas


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
