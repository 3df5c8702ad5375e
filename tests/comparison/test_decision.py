import pytest

from gate_action.comparison.plan import BaseArm, Plan
from gate_action.comparison.procedure import SideBySide, TwoRuns
from gate_action.errors import ExitCode
from gate_action.model.comparison import ChangeKind, Finding
from gate_action.model.decision import Decision, ReasonKind, Verdict
from gate_action.model.fixture import Slice
from gate_action.model.metric import Metric, OnInconclusive, Policy, Role
from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.score import NotScoredCause
from gate_action.model.trial import Arm, TrialKey
from tests.comparison.rows import ANSWER, World, fixture, keys, plan, play, score, suite, tell

ERROR = NotScoredCause.TRIAL_ERROR
TOPICS = tuple(fixture(f"f{n:04d}", topic="refunds" if n < 10 else "other") for n in range(80))


def decide(what: Plan, **worlds: World) -> Decision:
    return play(SideBySide(what), **worlds).decision


def number(key: TrialKey) -> int:
    return int(key.fixture_id[1:])


def always(key: TrialKey) -> float:
    return float(bool(key))


def head_fails_first(count: int) -> World:
    return lambda key: float(key.arm is Arm.BASE or number(key) >= count)


def test_equal_builds_pass() -> None:
    decision = decide(plan(suite(60)), answer=always)
    assert (decision.verdict, decision.exit_code, decision.procedure) == (Verdict.PASS, ExitCode.PASS, "side by side")
    assert decision.reasons[0].kind is ReasonKind.NO_REGRESSION
    assert (decision.changes, decision.unchanged) == ((), 60)


def test_a_regression_fails_with_the_sentence_that_carries_it() -> None:
    decision = decide(
        plan(TOPICS), answer=lambda key: float(key.arm is Arm.BASE or number(key) >= 6 or not number(key))
    )
    assert (decision.verdict, decision.exit_code) == (Verdict.FAIL, ExitCode.FAIL)
    reason = decision.reasons[0]
    assert reason.kind is ReasonKind.REGRESSION
    assert reason.sentence.startswith(
        "answer regressed in slice topic=refunds: base 30/30 passed, head 15/30 (10 fixtures x 3, p < 0.0001);"
        " overall 100.0 -> 93.8 % (-6.2 points, 95 % -11.7..-0.8); 80 fixtures"
    )
    assert (reason.metric, reason.slice) == ("answer", Slice("topic", "refunds"))
    assert reason.fixture_ids == tuple(f"f{n:04d}" for n in range(1, 6))


def test_the_fixtures_that_regressed_head_the_list() -> None:
    decision = decide(plan(suite(80)), answer=head_fails_first(7))
    assert [change.fixture_id for change in decision.changes] == [f"f{n:04d}" for n in range(7)]
    assert {change.kind for change in decision.changes} == {ChangeKind.REGRESSED}


def mixed(key: TrialKey) -> float:
    """Head breaks the refunds and mends half of the rest."""
    if number(key) < 10:
        return float(key.arm is Arm.BASE)
    return float(number(key) % 2 or key.arm is Arm.HEAD)


@pytest.mark.parametrize(
    ("protected", "verdict"),
    [((), Verdict.INCONCLUSIVE), ((Slice("topic", "refunds"),), Verdict.FAIL), ((Slice("topic", "*"),), Verdict.FAIL)],
)
def test_a_mixed_change_fails_only_where_the_slice_is_protected(protected: tuple[Slice, ...], verdict: Verdict) -> None:
    decision = decide(plan(TOPICS, policy=Policy(protected=protected)), answer=mixed)
    assert decision.verdict is verdict
    assert decision.reasons[0].kind is ReasonKind.MIXED
    assert "while the overall mean rose" in decision.reasons[0].sentence
    assert [s.is_protected for s in decision.metrics[0].slices] == [
        protected == (Slice("topic", "*"),),
        bool(protected),
    ]


def test_a_small_suite_is_inconclusive_and_policy_may_block_that() -> None:
    for policy, code in ((Policy(), ExitCode.PASS), (Policy(on_inconclusive=OnInconclusive.BLOCK), ExitCode.FAIL)):
        decision = decide(plan(suite(10), policy=policy), answer=always)
        assert (decision.verdict, decision.exit_code) == (Verdict.INCONCLUSIVE, code)
        assert "a drop of up to 25.9 points could hide" in decision.reasons[0].sentence


@pytest.mark.parametrize("count", [1, 2])
def test_one_fixture_or_one_cluster_is_inconclusive(count: int) -> None:
    fixtures = tuple(fixture(f"f{n:04d}", cluster="one") for n in range(count))
    decision = decide(plan(fixtures), answer=head_fails_first(count))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert "one cluster" in decision.reasons[0].sentence


def test_no_fixture_and_no_trial_are_not_evaluated() -> None:
    for decision in (decide(plan(()), answer=always), TwoRuns(plan(suite(3))).decide()):
        assert (decision.verdict, decision.exit_code) == (Verdict.NOT_EVALUATED, ExitCode.NOT_EVALUATED)
        assert decision.reasons[0].kind is ReasonKind.NOTHING_MEASURED


@pytest.mark.parametrize("cause", [ERROR, NotScoredCause.EVALUATOR_ERROR, NotScoredCause.NOT_APPLICABLE])
def test_a_metric_that_nobody_scored_is_not_evaluated(cause: NotScoredCause) -> None:
    decision = decide(plan(suite(20), ANSWER, Metric(name="tone", evaluator="e")), answer=always, tone=lambda _: cause)
    assert decision.verdict is Verdict.NOT_EVALUATED
    assert decision.reasons[0].kind is ReasonKind.NOTHING_MEASURED
    assert [metric.finding for metric in decision.metrics] == [Finding.INCONCLUSIVE, Finding.ERRORED]


def test_a_proven_regression_with_too_much_missing_is_not_evaluated() -> None:
    def world(key: TrialKey) -> float | NotScoredCause:
        return ERROR if number(key) >= 70 else head_fails_first(30)(key)

    decision = decide(plan(suite(80)), answer=world)
    assert decision.verdict is Verdict.NOT_EVALUATED
    assert decision.reasons[0].kind is ReasonKind.TOO_MUCH_MISSING
    assert decision.reasons[0].sentence == "answer was not evaluated: 12.5 % of its scores are missing, more than 5.0 %"


def test_a_proven_regression_with_little_missing_fails() -> None:
    def world(key: TrialKey) -> float | NotScoredCause:
        return ERROR if key == TrialKey("f0079", Arm.HEAD, 2) else head_fails_first(30)(key)

    assert decide(plan(suite(80)), answer=world).verdict is Verdict.FAIL


def test_the_worst_primary_metric_carries_the_verdict_and_secondary_ones_only_warn() -> None:
    tone = Metric(name="tone", evaluator="e", role=Role.SECONDARY)
    warned = decide(plan(suite(80), ANSWER, tone), answer=always, tone=head_fails_first(40))
    assert warned.verdict is Verdict.PASS
    assert warned.metrics[1].finding is Finding.REGRESSION
    assert warned.metrics[1].sentence.endswith("a secondary metric only warns")
    failed = decide(
        plan(suite(80), ANSWER, Metric(name="tone", evaluator="e")), answer=always, tone=head_fails_first(40)
    )
    assert failed.verdict is Verdict.FAIL
    assert [reason.metric for reason in failed.reasons] == ["tone"]


def test_a_broken_floor_fails_though_base_is_no_better() -> None:
    floored = Metric(name="answer", evaluator="e", floor=0.8)
    decision = decide(plan(suite(60), floored), answer=lambda key: float(number(key) % 2))
    assert decision.verdict is Verdict.FAIL
    assert decision.reasons[0].kind is ReasonKind.FLOOR_BROKEN
    assert "broke its floor of 80.0 %: head's mean is 50.0 %" in decision.reasons[0].sentence


def test_a_secondary_metrics_floor_blocks_nothing() -> None:
    floored = Metric(name="tone", evaluator="e", floor=0.8, role=Role.SECONDARY)
    decision = decide(plan(suite(60), ANSWER, floored), answer=always, tone=lambda key: float(number(key) % 2))
    assert decision.verdict is Verdict.PASS
    floor = decision.metrics[1].floor
    assert floor is not None
    assert floor.is_broken


def test_new_fixtures_that_still_fail_break_no_floor() -> None:
    floored = Metric(name="answer", evaluator="e", floor=0.8)
    what = plan(suite(100), floored, new_ids=frozenset(f"f{n:04d}" for n in range(40)))
    decision = decide(what, answer=lambda key: float(number(key) >= 40))
    assert decision.verdict is Verdict.PASS
    assert decision.metrics[0].head_mean == pytest.approx(0.6)
    assert {change.note for change in decision.changes} == {"still failing"}


def test_a_critical_fixture_that_fails_again_and_again_fails_the_run() -> None:
    fixtures = (*suite(100), fixture("vital", is_critical=True))
    decision = decide(plan(fixtures), answer=lambda key: float(key.arm is Arm.BASE or key.fixture_id != "vital"))
    assert decision.verdict is Verdict.FAIL
    reason = next(reason for reason in decision.reasons if reason.kind is ReasonKind.CRITICAL_FAILED)
    assert reason.sentence == "head failed critical fixture vital, and then failed 4 of 4 further trials"
    assert reason.fixture_ids == ("vital",)


def test_a_critical_failure_that_nothing_can_confirm_is_inconclusive() -> None:
    fixtures = (*suite(100), fixture("vital", is_critical=True))
    recorded = TwoRuns(plan(fixtures, policy=Policy(trials=1)))
    tell(recorded, keys(fixtures, 1, 1), answer=lambda key: float(key.arm is Arm.BASE or key.fixture_id != "vital"))
    decision = recorded.decide()
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert "too few to tell" in decision.reasons[0].sentence


def test_a_critical_fixture_that_head_was_not_measured_on_is_inconclusive() -> None:
    fixtures = (*suite(100), fixture("vital", is_critical=True))
    decision = decide(plan(fixtures), answer=lambda key: 1.0 if key.fixture_id != "vital" else ERROR)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert decision.reasons[0].sentence == (
        "head was not measured on critical fixture vital, and no further trial came out: too few to tell"
    )


def test_a_broken_base_is_inconclusive_and_floors_still_hold() -> None:
    broken = plan(suite(60), base=BaseArm.BROKEN, base_reason="setup exited 1")
    decision = decide(broken, answer=always)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert [reason.kind for reason in decision.reasons] == [ReasonKind.BASE_BROKEN]
    assert decision.reasons[0].sentence == "base does not run, head does: setup exited 1"
    floored = plan(suite(60), Metric(name="answer", evaluator="e", floor=0.8), base=BaseArm.BROKEN)
    failed = decide(floored, answer=lambda _: 0.0)
    assert [reason.kind for reason in failed.reasons] == [ReasonKind.FLOOR_BROKEN, ReasonKind.BASE_BROKEN]
    assert failed.verdict is Verdict.FAIL


def test_the_first_gate_is_judged_by_floors_and_critical_fixtures_only() -> None:
    first = plan(suite(5), base=BaseArm.NONE, policy=Policy(on_inconclusive=OnInconclusive.BLOCK))
    decision = decide(first, answer=lambda key: float(number(key) % 2))
    assert (decision.verdict, decision.exit_code) == (Verdict.PASS, ExitCode.PASS)
    assert [reason.kind for reason in decision.reasons] == [ReasonKind.BOOTSTRAP]
    assert "this change brings the first gate" in decision.reasons[0].sentence
    assert {change.kind for change in decision.changes} == {ChangeKind.ADDED}
    assert decision.calls is not None
    assert (decision.calls.base, decision.calls.head) == (0, 15)
    empty = decide(first, answer=lambda _: ERROR)
    assert empty.verdict is Verdict.NOT_EVALUATED


def test_without_a_base_no_sentence_says_that_base_passes() -> None:
    first = plan((fixture("vital", is_critical=True),), base=BaseArm.NONE, new_ids=frozenset({"vital"}))
    decision = decide(first, answer=lambda _: 0.0)
    assert decision.verdict is Verdict.FAIL
    assert decision.reasons[0].sentence.startswith("head failed critical fixture vital, and then failed")


def stored_runs(count: int) -> tuple[EvalRun, ...]:
    fixtures = suite(count)
    rows = [score(TrialKey(f.id, Arm.BASE, attempt), 1.0) for f in fixtures for attempt in range(3)]
    fingerprint = Fingerprint(suite="s", evaluators="e", target="t")
    digests = {f.id: f.digest for f in fixtures}
    revision = Revision(sha="b" * 40)
    return (EvalRun(run_id="r", revision=revision, fingerprint=fingerprint, fixtures=digests, scores=tuple(rows)),)


@pytest.mark.parametrize(("is_trusted", "verdict"), [(False, Verdict.INCONCLUSIVE), (True, Verdict.FAIL)])
def test_a_stored_base_alone_raises_a_suspicion_and_blocks_only_where_it_is_trusted(
    is_trusted: bool, verdict: Verdict
) -> None:
    policy = Policy(trust_stored_baseline=is_trusted)
    what = plan(suite(80), policy=policy, base=BaseArm.STORED, stored=stored_runs(80), base_reason="no image")
    decision = decide(what, answer=head_fails_first(40))
    assert decision.verdict is verdict
    assert decision.metrics[0].finding is Finding.REGRESSION
    assert decision.calls is not None
    assert (decision.calls.base, decision.calls.head) == (0, 240)
    if not is_trusted:
        assert decision.reasons[0].kind is ReasonKind.SUSPECTED
        assert decision.reasons[0].sentence.startswith(
            "suspected against stored rows only, base was not run (no image)"
        )


def test_recordings_that_share_no_fixture_are_not_evaluated() -> None:
    recorded = TwoRuns(plan(suite(20)))
    halves = [TrialKey(f.id, Arm.BASE if n < 10 else Arm.HEAD, 0) for n, f in enumerate(suite(20))]
    tell(recorded, halves, answer=always)
    decision = recorded.decide()
    assert decision.verdict is Verdict.NOT_EVALUATED
    assert decision.reasons[0].kind is ReasonKind.TOO_MUCH_MISSING


def test_a_recording_of_head_that_drops_what_it_fails_gains_nothing() -> None:
    fixtures = suite(40)
    recorded = TwoRuns(plan(fixtures))
    tell(recorded, keys(fixtures, 3, 0) + keys(fixtures[:30], 0, 3), answer=always)
    assert recorded.decide().verdict is Verdict.NOT_EVALUATED
