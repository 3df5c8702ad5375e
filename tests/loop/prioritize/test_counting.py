"""The intervals of rates hold their level where users differ, turns hang together, and only a draw is known."""

from collections import defaultdict

import numpy as np
import pytest

from gate_action.loop.prioritize.counting import Counts, Stratum, Sums, UnitSums
from gate_action.loop.weighing import COMPLAINT, SILENT, STRATA
from gate_action.model.priority import Measure

COMPLAINS, DRAWN = 0.3, 0.2
"""How likely a user complains of a failure, and a silent turn is recorded."""


def see(rng: np.random.Generator, users: int, rate: float, classified: float) -> Counts:
    """One to four turns of each user, who each have a rate of their own; some complain, some of the rest is drawn."""
    turns: dict[str, list[tuple[int, float, bool, bool]]] = defaultdict(list)
    for user in range(users):
        own = rng.beta(4 * rate, 4 * (1 - rate))
        for _ in range(rng.integers(1, 5)):
            is_failing = rng.random() < own
            if is_failing and rng.random() < COMPLAINS:
                turns[COMPLAINT].append((user, 1.0, True, True))
            elif rng.random() < DRAWN:
                turns[SILENT].append((user, 1 / DRAWN, bool(rng.random() < classified), is_failing))
    strata, units, items = {}, {}, {}
    weights = np.zeros((users, len(STRATA)))
    for name, seen in turns.items():
        x, y = np.zeros(users), np.zeros(users)
        for user, weight, is_classified, is_failing in seen:
            weights[user, STRATA.index(name)] += weight
            x[user] += weight * is_classified
            y[user] += weight * is_classified * is_failing
        known = sum(one[2] for one in seen)
        strata[name] = Stratum(len(seen), sum(one[1] for one in seen), known, 0)
        if known:
            units[name] = UnitSums(int((x > 0).sum()), float(x.sum()), float(x @ x))
            items[name] = Sums(known, float(y.sum()), float(y @ y), float(x @ y))
    return Counts(
        strata=strata,
        units=units,
        items={"it": items},
        together=weights.T @ weights,
        users={},
        labels={},
        capped=0,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("users", "rate"), [(400, 0.05), (1000, 0.01)])
@pytest.mark.parametrize(("measure", "classified"), [(Measure.PER_TURN, 0.5), (Measure.REPORTED, 0.0)])
def test_a_95_percent_interval_holds_the_truth_nearly_as_often(
    users: int, rate: float, measure: Measure, classified: float
):
    rng = np.random.default_rng(4)
    truth = rate if measure is Measure.PER_TURN else rate * COMPLAINS
    intervals = [see(rng, users, rate, classified).rate("it", measure).interval for _ in range(200)]
    held = np.mean([one.low <= truth <= one.high for one in intervals])
    assert held >= 0.92
    assert np.median([one.high - one.low for one in intervals]) < 2.5 * truth


def test_what_was_never_seen_has_the_rate_zero_and_an_upper_bound():
    rate = see(np.random.default_rng(1), 300, 0.02, 0.5).rate("something else", Measure.PER_TURN)
    assert rate.value == 0
    assert 0 < rate.interval.high < 0.05


def test_the_measure_follows_from_what_is_known_of_silent_turns():
    rng = np.random.default_rng(1)
    assert see(rng, 300, 0.05, 0.5).measure(30) is Measure.PER_TURN
    assert see(rng, 300, 0.05, 0.0).measure(30) is Measure.REPORTED
    assert see(rng, 300, 0.05, 0.5).measure(10_000) is Measure.OF_COMPLAINTS
