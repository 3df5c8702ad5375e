from datetime import date

import numpy as np
import pytest

from gate_action.comparison.procedure import SideBySide
from gate_action.comparison.screen_confirm.screening import ScreenAndConfirm
from gate_action.model.decision import Decision, ReasonKind, Verdict
from gate_action.model.fixture import Slice
from gate_action.model.metric import Acknowledgement, Metric, Policy, Scope
from gate_action.model.trial import Arm, TrialKey
from tests.comparison.rows import ANSWER, fixture, plan, play

TODAY = date(2026, 3, 2)
TOPICS = tuple(fixture(f"f{place:04d}", topic=f"t{place % 10}") for place in range(100))
BROKEN = tuple(f.id for f in TOPICS if f.slices == (Slice("topic", "t3"),))


def known(scope: Scope, until: date = TODAY) -> Acknowledgement:
    return Acknowledgement(who="ada", reason="refunds move to a form", scope=scope, until=until)


def judge(*acknowledged: Acknowledgement, also: tuple[str, ...] = (), opened: type = ScreenAndConfirm) -> Decision:
    """Head fails the topic t3, and the fixtures named besides."""
    rng = np.random.default_rng(0)

    def world(key: TrialKey) -> float:
        is_hit = key.arm is Arm.HEAD and key.fixture_id in (*BROKEN, *also)
        return float(not is_hit and rng.random() < 0.97)

    what = plan(TOPICS, acknowledged=acknowledged, today=TODAY, policy=Policy(relabellings=400))
    return play(opened(what), answer=world).decision


@pytest.mark.parametrize("opened", [ScreenAndConfirm, SideBySide])
@pytest.mark.parametrize(
    "scope", [Scope(slice=Slice("topic", "t3")), Scope(fixture_ids=BROKEN), Scope(metric="answer")], ids=str
)
def test_what_is_acknowledged_does_not_block_and_is_told(scope: Scope, opened: type) -> None:
    assert judge(opened=opened).verdict is Verdict.FAIL
    decision = judge(known(scope), opened=opened)
    assert decision.verdict is not Verdict.FAIL
    told = [reason for reason in decision.reasons if reason.kind is ReasonKind.ACKNOWLEDGED]
    assert "acknowledged by ada until 2026-03-02 (refunds move to a form)" in told[0].sentence


def test_on_the_day_after_it_counts_no_more() -> None:
    yesterday = known(Scope(slice=Slice("topic", "t3")), until=date(2026, 3, 1))
    assert judge(yesterday).verdict is Verdict.FAIL


@pytest.mark.parametrize("opened", [ScreenAndConfirm, SideBySide])
def test_what_else_got_worse_still_blocks(opened: type) -> None:
    others = tuple(f.id for f in TOPICS if f.slices == (Slice("topic", "t7"),))
    decision = judge(known(Scope(slice=Slice("topic", "t3"))), also=others, opened=opened)
    assert decision.verdict is Verdict.FAIL
    assert decision.reasons[0].slice == Slice("topic", "t7")


def test_acknowledged_fixtures_are_tried_and_shown_with_who_and_why() -> None:
    decision = judge(known(Scope(fixture_ids=BROKEN)))
    notes = {change.fixture_id: change.note for change in decision.changes}
    assert set(BROKEN) <= set(notes)
    assert all("acknowledged by ada" in notes[name] for name in BROKEN)
    assert decision.metrics[0].difference is not None
    assert decision.metrics[0].difference.fixtures == 90


def test_a_broken_floor_is_nobodys_to_wave_through() -> None:
    metric = Metric(name="answer", evaluator="exact_match", floor=0.9)
    what = plan(TOPICS, metric, acknowledged=(known(Scope(metric="answer")),), today=TODAY)
    decision = play(ScreenAndConfirm(what), answer=lambda key: float(key.arm is Arm.BASE)).decision
    assert decision.verdict is Verdict.FAIL
    assert decision.reasons[0].kind is ReasonKind.FLOOR_BROKEN


def test_a_critical_fixture_can_be_acknowledged() -> None:
    fixtures = (*TOPICS, fixture("vital", is_critical=True))

    def fails(key: TrialKey) -> float:
        return float(key.fixture_id != "vital" or key.arm is Arm.BASE)

    assert play(ScreenAndConfirm(plan(fixtures)), answer=fails).decision.verdict is Verdict.FAIL
    what = plan(fixtures, acknowledged=(known(Scope(fixture_ids=("vital",))),), today=TODAY)
    assert play(ScreenAndConfirm(what), answer=fails).decision.verdict is Verdict.PASS


def test_a_plan_with_acknowledgements_needs_to_know_the_day() -> None:
    with pytest.raises(ValueError, match="what day it is"):
        plan(TOPICS, ANSWER, acknowledged=(known(Scope(metric="answer")),))


def test_a_scope_is_one_thing() -> None:
    with pytest.raises(ValueError, match="a metric, or a slice, or fixtures"):
        Scope()
    with pytest.raises(ValueError, match="a metric, or a slice, or fixtures"):
        Scope(metric="answer", fixture_ids=("a",))


def test_nobody_and_no_reason_acknowledge_nothing() -> None:
    with pytest.raises(ValueError, match="who and why"):
        Acknowledgement(who=" ", reason="because", scope=Scope(metric="answer"), until=TODAY)
