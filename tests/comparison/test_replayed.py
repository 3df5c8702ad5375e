from collections import Counter
from dataclasses import replace

import pytest

from gate_action.comparison.replayed import NOTE
from gate_action.comparison.screening import ScreenAndConfirm
from gate_action.model.comparison import Finding
from gate_action.model.decision import Decision, Verdict
from gate_action.model.fixture import Slice
from gate_action.model.trial import Arm, TrialKey
from tests.comparison.rows import World, fixture, plan, score, trial

TOPICS = tuple(fixture(f"f{place:04d}", topic=f"t{place % 10}") for place in range(200))


def replay(world: World, live: str = "") -> tuple[Decision, Counter[Arm]]:
    """Every first trial is answered by recorded calls, but for one fixture of head's."""
    procedure = ScreenAndConfirm(plan(TOPICS), may_replay=True)
    asked: Counter[Arm] = Counter()
    while requests := procedure.ask():
        asked.update(request.key.arm for request in requests)
        made = [
            replace(trial(r.key), fresh=r.fresh or (r.key.fixture_id == live and r.key.arm is Arm.HEAD))
            for r in requests
        ]
        procedure.tell(made, [score(r.key, world(r.key)) for r in requests])
    return procedure.decide(), asked


def odd(key: TrialKey) -> bool:
    return int(key.fixture_id[1:]) % 2 == 1


def test_where_nothing_differs_nothing_is_tested_and_no_call_is_counted() -> None:
    decision, asked = replay(lambda key: float(odd(key)))
    assert (decision.verdict, decision.procedure) == (Verdict.PASS, "replayed")
    assert asked == {Arm.BASE: 200, Arm.HEAD: 200}
    assert decision.calls is not None
    assert (decision.calls.base, decision.calls.head) == (0, 0)
    assert decision.metrics[0].difference is not None
    assert decision.metrics[0].difference.interval == (0.0, 0.0)


@pytest.mark.parametrize(("broken", "finding"), [(1, Finding.PASS), (2, Finding.REGRESSION)])
def test_a_drop_of_a_point_is_a_regression_without_any_test(broken: int, finding: Finding) -> None:
    decision, _ = replay(lambda key: float(key.arm is Arm.BASE or int(key.fixture_id[1:]) >= broken))
    assert decision.metrics[0].finding is finding
    assert NOTE in decision.metrics[0].sentence


def test_a_slice_that_broke_while_the_mean_rose_is_mixed() -> None:
    def world(key: TrialKey) -> float:
        is_first = Slice("topic", "t0") in TOPICS[int(key.fixture_id[1:])].slices
        return float(is_first == (key.arm is Arm.BASE))

    decision, _ = replay(world)
    assert decision.metrics[0].finding is Finding.MIXED
    assert [entry.slice.value for entry in decision.metrics[0].slices if entry.is_broken] == ["t0"]


def test_one_live_answer_makes_it_an_ordinary_run() -> None:
    decision, _ = replay(lambda key: float(odd(key)), live="f0003")
    assert decision.procedure == "screen and confirm"
