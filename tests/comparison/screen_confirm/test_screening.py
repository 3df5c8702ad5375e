"""Screen and confirm: what it asks, what it may block on, and that its error bound holds however often it is run."""

from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate_action.comparison.plan import BaseArm
from gate_action.comparison.screen_confirm.screening import ScreenAndConfirm
from gate_action.model.decision import ReasonKind, Verdict
from gate_action.model.fixture import Fixture, Slice
from gate_action.model.metric import Metric, OnInconclusive, Policy
from gate_action.model.score import NotScoredCause
from gate_action.model.spent import LookKind
from gate_action.model.trial import Arm, Fault, TrialError, TrialKey
from tests.comparison.rows import ANSWER, chance, fixture, plan, play, score, suite, trial
from tests.comparison.screen_confirm.stored_worlds import QUICK, always, broken_topic, stored, topics

ERROR = NotScoredCause.TRIAL_ERROR


def test_an_unchanged_build_costs_one_round_of_head_where_base_is_stored() -> None:
    fixtures = topics(100)
    played = play(ScreenAndConfirm(plan(fixtures), (stored(fixtures, always(1.0)),)), answer=always(1.0))
    assert Counter(key.arm for key in played.asked) == {Arm.HEAD: 100}
    assert played.decision.verdict is Verdict.PASS
    assert played.decision.calls is not None
    assert (played.decision.calls.base, played.decision.calls.head) == (0, 100)


def test_without_stored_rows_base_is_tried_once_beside_head() -> None:
    played = play(ScreenAndConfirm(plan(suite(60))), answer=always(1.0))
    assert Counter(key.arm for key in played.asked) == {Arm.BASE: 60, Arm.HEAD: 60}
    assert played.decision.verdict is Verdict.PASS


@pytest.mark.parametrize("trials", [0, 1, 2])
def test_a_small_team_with_few_stored_rows_has_both_builds_run_on_side_by_side(trials: int) -> None:
    """An open question may take more than ``policy.trials`` rounds, up to four times as many: 10 builds, 15 worse."""
    fixtures, verdicts, rounds = suite(30), [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        runs = (stored(fixtures, chance(rng, 0.9, 0.9), trials),) if trials else ()
        procedure = ScreenAndConfirm(plan(fixtures, policy=QUICK), runs)
        played = play(procedure, answer=chance(rng, 0.9, 0.75))
        verdicts.append(played.decision.verdict)
        rounds.append(Counter(key.arm for key in played.asked)[Arm.BASE] / 30)
        assert len(played.asked) <= procedure.ceiling
    assert verdicts.count(Verdict.FAIL) >= 5
    assert 3 < max(rounds) <= 4 * QUICK.trials


def test_a_broken_slice_is_confirmed_by_rows_made_side_by_side() -> None:
    fixtures, rng = topics(100), np.random.default_rng(1)
    runs = (stored(fixtures, chance(rng, 0.9, 0.9)),)
    decision = play(ScreenAndConfirm(plan(fixtures), runs), answer=broken_topic(rng, 3)).decision
    assert decision.verdict is Verdict.FAIL
    assert decision.reasons[0].kind is ReasonKind.REGRESSION
    assert decision.reasons[0].slice == Slice("topic", "t3")
    assert "run again side by side, base" in decision.reasons[0].sentence
    assert decision.spent is not None
    assert decision.spent.looks[-1].kind is LookKind.TARGET
    assert [entry.slice.value for entry in decision.metrics[0].slices if entry.is_broken] == ["t3"]


def test_a_drop_everywhere_is_confirmed_by_fresh_rounds_of_base() -> None:
    fixtures, rng = suite(200), np.random.default_rng(2)
    runs = (stored(fixtures, chance(rng, 0.9, 0.9)),)
    played = play(ScreenAndConfirm(plan(fixtures), runs), answer=chance(rng, 0.9, 0.78))
    assert played.decision.verdict is Verdict.FAIL
    assert played.decision.metrics[0].difference is not None
    assert played.decision.metrics[0].difference.delta < -0.05


def test_a_provider_that_drifted_since_the_rows_were_stored_blocks_nobody_and_is_told() -> None:
    fixtures, rng = suite(200), np.random.default_rng(5)
    runs = (stored(fixtures, chance(rng, 0.95, 0.95)),)
    decision = play(ScreenAndConfirm(plan(fixtures), runs), answer=chance(rng, 0.8, 0.8)).decision
    assert decision.verdict is not Verdict.FAIL
    assert "stale" in decision.metrics[0].sentence
    assert decision.metrics[0].difference is not None
    assert decision.metrics[0].difference.base_mean == pytest.approx(0.8, abs=0.06)  # the fresh rows, not the stored


def test_no_block_rests_on_stored_rows_alone() -> None:
    """However bad head looks against them: without one look at fresh rows of both builds nothing is confirmed."""
    fixtures = suite(80)
    procedure = ScreenAndConfirm(plan(fixtures), (stored(fixtures, always(1.0)),))
    keys = [request.key for request in procedure.ask()]
    assert {key.arm for key in keys} == {Arm.HEAD}
    procedure.tell([trial(key) for key in keys], [score(key, 0.0) for key in keys])
    assert procedure.decide().verdict is not Verdict.FAIL
    assert procedure.confirmed == ()


def test_a_base_that_cannot_be_run_is_refused() -> None:
    with pytest.raises(ValueError, match="fresh rows of base are needed"):
        ScreenAndConfirm(plan(suite(2), base=BaseArm.BROKEN))


def test_heads_own_crash_scores_zero_where_base_answers_the_same_attempt() -> None:
    fixtures = suite(60)
    procedure = ScreenAndConfirm(plan(fixtures), (stored(fixtures, always(1.0)),))
    seen: list[TrialKey] = []
    while requests := procedure.ask():
        keys = [request.key for request in requests]
        seen += keys
        crashed = TrialError(fault=Fault.CRASHED, detail="exit 1")
        procedure.tell(
            [replace(trial(key), outcome=crashed) if key.arm is Arm.HEAD else trial(key) for key in keys],
            [score(key, ERROR if key.arm is Arm.HEAD else 1.0) for key in keys],
        )
    assert {key.arm for key in seen} == set(Arm)
    decision = procedure.decide()
    assert decision.verdict is Verdict.FAIL
    assert decision.metrics[0].head_mean == 0.0


def test_a_provider_that_never_answers_is_no_pass() -> None:
    fixtures = suite(60)
    played = play(ScreenAndConfirm(plan(fixtures), (stored(fixtures, always(1.0)),)), answer=lambda _: ERROR)
    assert played.decision.verdict is Verdict.NOT_EVALUATED


def test_a_critical_fixture_is_run_again_and_blocks_where_its_failure_stands() -> None:
    fixtures = (*suite(60), fixture("vital", is_critical=True))
    procedure = ScreenAndConfirm(plan(fixtures), (stored(fixtures, always(1.0)),))
    played = play(procedure, answer=lambda key: float(key.fixture_id != "vital" or key.arm is Arm.BASE))
    assert played.decision.verdict is Verdict.FAIL
    assert ReasonKind.CRITICAL_FAILED in {reason.kind for reason in played.decision.reasons}


def test_a_new_fixture_is_tried_on_both_builds_and_never_in_the_paired_set() -> None:
    fixtures = (*suite(60), fixture("young"))
    what = plan(fixtures, new_ids=frozenset({"young"}))
    played = play(
        ScreenAndConfirm(what, (stored(suite(60), always(1.0)),)),
        answer=lambda key: float(key.fixture_id != "young" or key.arm is Arm.HEAD),
    )
    assert sum(key.fixture_id == "young" for key in played.asked) == 6
    assert [change.note for change in played.decision.changes] == ["fixed"]
    assert played.decision.metrics[0].difference is not None
    assert played.decision.metrics[0].difference.fixtures == 60


def test_extend_buys_one_round_more_for_an_open_finding() -> None:
    fixtures, worlds = suite(20), chance(np.random.default_rng(3), 0.8, 0.8)
    runs = (stored(fixtures, worlds),)
    calls = {}
    for what in (OnInconclusive.PASS, OnInconclusive.EXTEND):
        procedure = ScreenAndConfirm(plan(fixtures, policy=replace(QUICK, on_inconclusive=what)), runs)
        calls[what] = len(play(procedure, answer=lambda key: float(int(key.fixture_id[1:]) % 5 > 0)).asked)
    assert calls[OnInconclusive.EXTEND] == calls[OnInconclusive.PASS] + 20


@settings(max_examples=20, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 14), st.integers(1, 3)),
    rates=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    errors=st.floats(0, 0.3),
    trials=st.integers(0, 4),
    seed=st.integers(0, 999),
)
def test_no_trial_is_asked_twice_and_the_ceiling_holds(
    shape: tuple[int, int], rates: tuple[float, float], errors: float, trials: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    fixtures = tuple(
        Fixture(
            id=f"f{place:04d}",
            input="x",
            slices=(Slice("topic", str(place % 3)), Slice("locale", str(place % 2))),
            cluster=f"c{place // 2}" if place % 5 == 0 else "",
            is_critical=place % 4 == 0,
        )
        for place in range(shape[0])
    )
    tone = Metric(name="tone", evaluator="regex", pass_at=0.5)
    policy = Policy(trials=shape[1], relabellings=200, on_inconclusive=OnInconclusive.EXTEND)
    what = plan(fixtures, ANSWER, tone, policy=policy, new_ids=frozenset({"f0000", "f0003"}))
    passes = chance(rng, *rates)
    runs = (stored(fixtures, passes, trials),) if trials else ()

    def world(key: TrialKey) -> float | NotScoredCause:
        return ERROR if rng.random() < errors else passes(key)

    procedure = ScreenAndConfirm(what, runs)
    played = play(procedure, answer=world, tone=world)
    assert len(set(played.asked)) == len(played.asked) <= procedure.ceiling
    assert procedure.ask() == ()
    assert played.decision.calls is not None
    assert played.decision.calls.base + played.decision.calls.head == len(played.asked)
    if played.decision.verdict is Verdict.FAIL:
        arms = Counter(key.arm for key in played.asked)
        is_critical = played.decision.reasons[0].kind is ReasonKind.CRITICAL_FAILED
        assert is_critical or min(arms[Arm.BASE], arms[Arm.HEAD]) > 0


@settings(max_examples=12, deadline=None)
@given(count=st.integers(1, 30), seed=st.integers(0, 999), is_binary=st.booleans(), has_store=st.booleans())
def test_identical_arms_never_block(count: int, seed: int, is_binary: bool, has_store: bool) -> None:
    rng = np.random.default_rng(seed)
    fixtures = topics(count, 3)
    values = {f.id: float(rng.random()) for f in fixtures}

    def world(key: TrialKey) -> float:
        return float(round(values[key.fixture_id])) if is_binary else values[key.fixture_id]

    runs = (stored(fixtures, world, 3),) if has_store else ()
    played = play(ScreenAndConfirm(plan(fixtures, policy=QUICK), runs), answer=world)
    assert played.decision.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)


@settings(max_examples=6, deadline=None)
@given(shuffling=st.integers(0, 10_000), seed=st.integers(0, 5))
def test_the_order_of_fixtures_slices_and_stored_rows_is_irrelevant(shuffling: int, seed: int) -> None:
    rng, random = np.random.default_rng(seed), Random(shuffling)
    fixtures = tuple(
        replace(f, slices=(*f.slices, Slice("locale", str(place % 2)))) for place, f in enumerate(topics(40))
    )
    run = stored(fixtures, chance(rng, 0.85, 0.85))
    told = {
        TrialKey(f.id, arm, attempt): float(rng.random() < 0.8) for f in fixtures for arm in Arm for attempt in range(9)
    }
    mixed = tuple(
        replace(f, slices=tuple(random.sample(f.slices, len(f.slices)))) for f in random.sample(fixtures, len(fixtures))
    )
    shuffled = replace(run, scores=tuple(random.sample(run.scores, len(run.scores))))
    one = play(ScreenAndConfirm(plan(fixtures, policy=QUICK), (run,)), answer=told.__getitem__)
    two = play(ScreenAndConfirm(plan(mixed, policy=QUICK), (shuffled,)), answer=told.__getitem__)
    assert one.decision == two.decision
