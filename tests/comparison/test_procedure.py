from collections import Counter
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.comparison.plan import BaseArm, Plan
from gate_action.comparison.procedure import SideBySide, TwoRuns
from gate_action.comparison.rounds import WholeRounds
from gate_action.model.comparison import ChangeKind
from gate_action.model.decision import Decision, Verdict
from gate_action.model.fixture import Fixture, Slice
from gate_action.model.metric import Metric, Policy
from gate_action.model.score import NotScoredCause, Scored
from gate_action.model.trial import Arm, TrialKey
from tests.comparison.rows import chance, fixture, keys, plan, play, score, suite, tell
from tests.profiles import examples

QUICK = Policy(relabellings=400)
ERROR = NotScoredCause.TRIAL_ERROR


def some_fixtures(count: int) -> tuple[Fixture, ...]:
    return tuple(
        Fixture(
            id=f"f{place:04d}",
            input="x",
            slices=(Slice("topic", str(place % 3)), Slice("locale", str(place % 2))),
            cluster=f"c{place // 2}" if place % 5 == 0 else "",
            is_critical=place % 4 == 0,
        )
        for place in range(count)
    )


def test_round_one_sets_both_arms_side_by_side_and_neither_always_first() -> None:
    asked = [request.key for request in SideBySide(plan(suite(4), policy=Policy(trials=2))).ask()]
    pairs = [(asked[place], asked[place + 1]) for place in range(0, len(asked), 2)]
    assert all(one.fixture_id == two.fixture_id and one.attempt == two.attempt for one, two in pairs)
    assert Counter(one.arm for one, _ in pairs) == {Arm.BASE: 4, Arm.HEAD: 4}
    assert [one.attempt for one, _ in pairs] == [0] * 4 + [1] * 4


def test_every_trial_is_asked_fresh() -> None:
    assert all(request.fresh for request in SideBySide(plan(suite(2))).ask())


def test_a_critical_failure_is_run_again_on_head_only() -> None:
    fixtures = (*suite(3), fixture("vital", is_critical=True))
    played = play(SideBySide(plan(fixtures)), answer=lambda key: float(key.fixture_id != "vital" or key.attempt != 1))
    assert played.asked[24:] == ()  # both arms failed attempt 1 alike: flaky on base, barred
    played = play(SideBySide(plan(fixtures)), answer=lambda key: float(key != TrialKey("vital", Arm.HEAD, 1)))
    assert played.asked[24:] == tuple(TrialKey("vital", Arm.HEAD, attempt) for attempt in range(3, 7))


def test_a_new_fixture_is_tried_on_both_builds() -> None:
    asked = SideBySide(plan(suite(1), new_ids=frozenset({"f0000"}))).ask()
    assert Counter(request.key.arm for request in asked) == {Arm.BASE: 3, Arm.HEAD: 3}


@pytest.mark.parametrize("base", [BaseArm.NONE, BaseArm.BROKEN])
def test_without_a_base_head_alone_is_asked_for(base: BaseArm) -> None:
    procedure = SideBySide(plan(suite(2), base=base))
    assert {request.key.arm for request in procedure.ask()} == {Arm.HEAD}
    assert procedure.ceiling == 6


def test_two_runs_ask_for_nothing() -> None:
    assert TwoRuns(plan(suite(2))).ask() == ()


def test_two_runs_need_a_recording_of_base() -> None:
    with pytest.raises(ValueError, match="two recordings need one of base"):
        TwoRuns(plan(suite(2), base=BaseArm.NONE))


def test_reruns_of_critical_fixtures_do_not_pull_heads_mean_down() -> None:
    fixtures = (*suite(59), fixture("vital", is_critical=True))

    def world(key: TrialKey) -> float:
        is_bad = key.fixture_id == "vital" and key.arm is Arm.HEAD
        return float(not is_bad or key.attempt in (0, 1))

    decision = play(SideBySide(plan(fixtures)), answer=world).decision
    difference = decision.metrics[0].difference
    assert difference is not None
    assert difference.head_trials == 180
    assert difference.delta == pytest.approx(-1 / 180)


@examples(12)
@given(
    shape=st.tuples(st.integers(1, 12), st.integers(1, 3)),
    rates=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    errors=st.floats(0, 0.3),
    base=st.sampled_from([BaseArm.RUN, BaseArm.NONE, BaseArm.BROKEN]),
    seed=st.integers(0, 999),
)
def test_no_trial_is_asked_twice_and_the_ceiling_holds(
    shape: tuple[int, int], rates: tuple[float, float], errors: float, base: BaseArm, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    what = plan(
        some_fixtures(shape[0]),
        policy=Policy(trials=shape[1], relabellings=200),
        base=base,
        new_ids=frozenset({"f0000", "f0003"}),
    )
    passes = chance(rng, *rates)
    procedure = SideBySide(what)
    played = play(procedure, answer=lambda key: ERROR if rng.random() < errors else passes(key))
    assert len(set(played.asked)) == len(played.asked) <= procedure.ceiling
    assert procedure.ask() == ()
    assert played.decision.reasons
    assert played.decision.calls is not None
    assert played.decision.calls.base + played.decision.calls.head == len(played.asked)


@examples(10)
@given(count=st.integers(1, 12), trials=st.integers(1, 3), seed=st.integers(0, 999), is_binary=st.booleans())
def test_identical_arms_never_block(count: int, trials: int, seed: int, is_binary: bool) -> None:
    rng = np.random.default_rng(seed)
    fixtures = tuple(fixture(f"f{n:04d}", topic=str(n % 3), cluster=f"c{n // 2}") for n in range(count))
    values = {(f.id, attempt): float(rng.random()) for f in fixtures for attempt in range(trials)}
    if is_binary:
        values = {key: round(value) for key, value in values.items()}
    recorded = TwoRuns(plan(fixtures, policy=QUICK))
    tell(recorded, keys(fixtures, trials, trials), answer=lambda key: float(values[key.fixture_id, key.attempt]))
    decision = recorded.decide()
    assert decision.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)
    assert all(change.kind is ChangeKind.UNCHANGED for change in decision.changes)


def decide_rows(what: Plan, rows: Sequence[Scored]) -> Decision:
    recorded = TwoRuns(what)
    recorded.tell((), rows)
    return recorded.decide()


@examples(6)
@given(shuffling=st.integers(0, 10_000), seed=st.integers(0, 5))
def test_the_order_of_rows_fixtures_and_slices_is_irrelevant(shuffling: int, seed: int) -> None:
    rng, random = np.random.default_rng(seed), Random(shuffling)
    tone = Metric(name="tone", evaluator="regex", pass_at=0.5)
    fixtures = some_fixtures(14)
    what = plan(fixtures, *plan(fixtures).metrics, tone, policy=QUICK)
    told = keys(fixtures, 2, 3)
    rows = [score(key, float(rng.random() < 0.6)) for key in told]
    rows += [score(key, float(rng.random()), "tone") for key in told]
    mixed = [
        Fixture(
            id=f.id,
            input=f.input,
            slices=tuple(random.sample(f.slices, len(f.slices))),
            cluster=f.cluster,
            is_critical=f.is_critical,
        )
        for f in random.sample(fixtures, len(fixtures))
    ]
    again = plan(tuple(mixed), *what.metrics, policy=QUICK)
    assert decide_rows(what, rows) == decide_rows(again, random.sample(rows, len(rows)))


@examples(8)
@given(seed=st.integers(0, 500), base_trials=st.integers(1, 3), head_trials=st.integers(1, 3))
def test_swapping_the_runs_mirrors_changes_difference_and_interval(
    seed: int, base_trials: int, head_trials: int
) -> None:
    rng = np.random.default_rng(seed)
    fixtures = tuple(fixture(f"f{n:04d}", cluster=f"c{n // 2}" if n % 3 else "") for n in range(12))
    what = plan(fixtures, policy=QUICK)
    rows = [score(key, float(rng.choice([0.0, 0.4, 1.0]))) for key in keys(fixtures, base_trials, head_trials)]
    swap = {Arm.BASE: Arm.HEAD, Arm.HEAD: Arm.BASE}
    swapped = [
        Scored(key=row.key._replace(arm=swap[row.key.arm]), metric=row.metric, result=row.result) for row in rows
    ]
    there, back = decide_rows(what, rows), decide_rows(what, swapped)
    mirror = {ChangeKind.REGRESSED: ChangeKind.IMPROVED, ChangeKind.IMPROVED: ChangeKind.REGRESSED}
    kinds = [{c.fixture_id: c.kind for c in d.changes if c.kind is not ChangeKind.UNCHANGED} for d in (there, back)]
    assert kinds[0] == {name: mirror.get(kind, kind) for name, kind in kinds[1].items()}
    one, two = there.metrics[0].difference, back.metrics[0].difference
    assert one is not None
    assert two is not None
    assert one.delta == pytest.approx(-two.delta)
    if one.interval is None or two.interval is None:
        assert one.interval == two.interval
    else:
        assert one.interval == pytest.approx((-two.interval.high, -two.interval.low))


def blocked(seed: int, drop: float) -> bool:
    """A pull request whose head lost ``drop``, with half of the luck shared inside a cluster and trial."""
    rng = np.random.default_rng(seed)
    fixtures = tuple(fixture(f"f{n:04d}", topic=str(n % 6), cluster=f"c{n // 2}") for n in range(60))
    recorded = TwoRuns(plan(fixtures, policy=Policy(relabellings=600)))
    rates = rng.beta(4, 1, 60)
    bars = {f"f{n:04d}": rate for n, rate in enumerate(rates)}
    shared = {(f"c{n}", arm, attempt): rng.random() for n in range(30) for arm in Arm for attempt in range(3)}

    def passes(key: TrialKey) -> float:
        luck = shared[f"c{int(key.fixture_id[1:]) // 2}", key.arm, key.attempt]
        return float(
            (luck if rng.random() < 0.5 else rng.random()) < bars[key.fixture_id] - drop * (key.arm is Arm.HEAD)
        )

    tell(recorded, keys(fixtures, 3, 3), answer=passes)
    return recorded.decide().verdict is Verdict.FAIL


@pytest.mark.parametrize("builds", [40, pytest.param(400, marks=pytest.mark.slow)])
def test_unchanged_builds_are_blocked_no_more_often_than_promised(builds: int) -> None:
    """Noise shared inside clusters; alphas 4 % and 1 %: at most 5 %, and three standard errors for luck."""
    share = sum(blocked(seed, 0.0) for seed in range(builds)) / builds
    assert share <= 0.05 + 3 * (0.05 * 0.95 / builds) ** 0.5


def test_builds_that_lost_fifteen_points_are_nearly_always_blocked() -> None:
    assert sum(blocked(seed, 0.15) for seed in range(40)) >= 34


def test_a_round_taken_by_place_is_the_round_gone_through() -> None:
    for arms in (tuple(Arm), (Arm.HEAD,)):
        rounds = WholeRounds(names=("a", "b", "c"), arms=arms, attempts=2)
        assert [rounds[place] for place in range(len(rounds))] == list(rounds) == list(rounds[:])
        assert len({request.key for request in rounds}) == len(rounds) == 6 * len(arms)
        with pytest.raises(IndexError):
            _ = rounds[len(rounds)]
    assert not WholeRounds(names=(), arms=(Arm.HEAD,), attempts=2)
