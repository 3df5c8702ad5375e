"""The gate's own record: unchanged builds drawn from stored trials are rarely blocked; the share has its interval."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from gate_action.comparison.plan import Plan
from gate_action.comparison.procedure import SideBySide
from gate_action.comparison.selftest import clopper_pearson, run_selftest
from gate_action.model.decision import Decision
from gate_action.model.metric import OnInconclusive, Policy
from gate_action.model.protocols import Procedure
from gate_action.model.trial import TrialKey, TrialRequest
from tests.comparison.rows import ANSWER, fixture, plan, suite
from tests.comparison.statistics.test_power import binary, stored


def open_side_by_side(given: Plan) -> Procedure:
    return SideBySide(given)


@given(st.integers(1, 300), st.data())
def test_the_interval_is_clopper_and_pearsons(trials: int, data: st.DataObject):
    hits = data.draw(st.integers(0, trials))
    low, high = proportion_confint(hits, trials, method="beta")
    assert clopper_pearson(hits, trials) == pytest.approx((hits / trials, low, high), abs=1e-9)


def test_builds_that_do_not_differ_are_rarely_blocked():
    fixtures = suite(40)
    runs = [stored(fixtures, binary(np.random.default_rng(2), 40, 3), run_id=str(number)) for number in range(3)]
    record = run_selftest(plan(fixtures, policy=Policy(relabellings=500)), runs, open_side_by_side, pairs=60)
    assert record is not None
    assert (record.runs, record.pairs) == (3, 60)
    assert record.blocked <= 8  # P(more) < 0.01 at the rule's bound of 5 %
    assert record.rate == clopper_pearson(record.blocked, 60)


def test_the_same_seed_draws_the_same_and_another_draws_others():
    fixtures = suite(12)
    runs = [stored(fixtures, binary(np.random.default_rng(2), 12, 6))]
    seen: list[list[TrialKey]] = []

    class Watched:
        """Blocks by what it was told of one trial."""

        def __init__(self, given: Plan) -> None:
            self._inner = open_side_by_side(given)
            self.told: list[float] = []

        def ask(self) -> Sequence[TrialRequest]:
            return self._inner.ask()

        def tell(self, trials, scores) -> None:
            kept = list(scores)
            seen.append([one.result.value for one in kept])
            self._inner.tell(trials, kept)

        def decide(self) -> Decision:
            return self._inner.decide()

    for seed in (1, 1, 2):
        run_selftest(plan(fixtures), runs, Watched, pairs=1, seed=seed)
    assert seen[0] == seen[1] != seen[2]


def test_fixtures_of_one_cluster_are_drawn_from_the_same_trial():
    fixtures = tuple(fixture(f"f{number}", cluster="c") for number in range(5))
    scores = np.tile([0.0, 0.2, 0.4, 0.6, 0.8], (5, 1))
    told: dict[tuple[object, int], set[float]] = {}

    class Watched:
        def __init__(self, given: Plan) -> None:
            self._inner = open_side_by_side(given)

        def ask(self) -> Sequence[TrialRequest]:
            return self._inner.ask()

        def tell(self, trials, scores) -> None:
            kept = list(scores)
            for one in kept:
                told.setdefault((one.key.arm, one.key.attempt), set()).add(one.result.value)
            self._inner.tell(trials, kept)

        def decide(self) -> Decision:
            return self._inner.decide()

    run_selftest(plan(fixtures), [stored(fixtures, scores)], Watched, pairs=1)
    assert len(told) == 6
    assert all(len(values) == 1 for values in told.values())


def test_what_policy_makes_red_counts_as_blocked():
    fixtures = suite(12)
    runs = [stored(fixtures, binary(np.random.default_rng(2), 12, 6))]
    strict = plan(fixtures, policy=Policy(on_inconclusive=OnInconclusive.BLOCK, relabellings=200))
    record = run_selftest(strict, runs, open_side_by_side, pairs=5)
    assert record is not None
    assert record.blocked == 5


def test_too_few_stored_trials_give_no_record():
    fixtures = suite(12)
    runs = [stored(fixtures, binary(np.random.default_rng(2), 12, 3))]
    assert run_selftest(plan(fixtures), runs, open_side_by_side, pairs=5) is None
    assert run_selftest(plan(fixtures), [], open_side_by_side, pairs=5) is None


def test_fixtures_without_a_stored_trial_are_left_out_and_do_not_block():
    fixtures = suite(70)
    known = fixtures[:62]
    runs = [stored(known, np.ones((62, 6)))]
    record = run_selftest(replace(plan(fixtures), metrics=(ANSWER,)), runs, open_side_by_side, pairs=2)
    assert record is not None
    assert record.blocked == 0
