from collections import Counter
from dataclasses import replace
from zlib import crc32

import pytest

from gate_action.comparison.replay.first import ReplayFirst
from gate_action.comparison.replay.replayed import NOTE
from gate_action.model.comparison import Finding
from gate_action.model.decision import Decision, Verdict
from gate_action.model.fixture import Slice
from gate_action.model.replay import ModelCalls, Replaying
from gate_action.model.trial import REPEATS_FROM, Arm, Trial, TrialKey
from tests.comparison.rows import World, fixture, plan, score, trial

TOPICS = tuple(fixture(f"f{place:04d}", topic=f"t{place % 10}") for place in range(200))
NO_SPOTS = Replaying(spot_check=0.0)


def watched(key: TrialKey, *, is_changed: bool = False, is_old: bool = True) -> Trial:
    """Base is answered by an earlier run (or now), head by what base was answered unless it asks something new."""
    is_base = key.arm is Arm.BASE
    is_bought = is_changed if not is_base else not is_old
    if 0 < key.attempt < REPEATS_FROM:
        is_bought = is_base or is_changed
    digest = "new" if is_changed and not is_base else "same"
    calls = ModelCalls(bought=int(is_bought), replayed=int(not is_bought), digest=digest)
    return replace(trial(key), fresh=not calls.is_replayed, calls=calls)


def replay(
    world: World,
    *,
    changed: frozenset[str] = frozenset(),
    is_old: bool = True,
    replaying: Replaying = NO_SPOTS,
    fixtures: int = len(TOPICS),
) -> tuple[Decision, Counter[tuple[Arm, int]]]:
    """Head sends something new for the fixtures that ``changed``."""
    procedure = ReplayFirst(plan(TOPICS[:fixtures]), replaying)
    asked: Counter[tuple[Arm, int]] = Counter()
    while requests := procedure.ask():
        asked.update((request.key.arm, request.key.attempt) for request in requests)
        made = [watched(r.key, is_changed=r.key.fixture_id in changed, is_old=is_old) for r in requests]
        procedure.tell(made, [score(r.key, world(r.key)) for r in requests])
    assert sum(asked.values()) <= procedure.ceiling
    return procedure.decide(), asked


def odd(key: TrialKey) -> bool:
    return int(key.fixture_id[1:]) % 2 == 1


def place_of(key: TrialKey) -> int:
    return int(key.fixture_id[1:])


def test_where_nothing_differs_nothing_is_tested_and_no_call_is_counted() -> None:
    decision, asked = replay(lambda key: float(odd(key)))
    assert (decision.verdict, decision.procedure) == (Verdict.PASS, "replayed")
    assert asked == {(Arm.BASE, 0): 200, (Arm.HEAD, 0): 200}
    assert decision.calls is not None
    assert (decision.calls.base, decision.calls.head) == (0, 0)
    assert decision.metrics[0].difference is not None
    assert decision.metrics[0].difference.interval == (0.0, 0.0)
    assert decision.replay is not None
    assert (decision.replay.exact, decision.replay.fixtures) == (200, 200)


@pytest.mark.parametrize(("broken", "finding"), [(1, Finding.PASS), (2, Finding.REGRESSION)])
def test_a_drop_of_a_point_is_a_regression_without_any_test(broken: int, finding: Finding) -> None:
    decision, asked = replay(lambda key: float(key.arm is Arm.BASE or place_of(key) >= broken))
    assert decision.metrics[0].finding is finding
    assert NOTE in decision.metrics[0].sentence
    repeats = {key: count for key, count in asked.items() if key[1] >= REPEATS_FROM}
    assert set(repeats.values()) == {broken}
    assert len(repeats) == 6


def test_a_slice_that_broke_while_the_mean_rose_is_mixed() -> None:
    def world(key: TrialKey) -> float:
        is_first = Slice("topic", "t0") in TOPICS[place_of(key)].slices
        return float(is_first == (key.arm is Arm.BASE))

    decision, _ = replay(world)
    assert decision.metrics[0].finding is Finding.MIXED
    assert [entry.slice.value for entry in decision.metrics[0].slices if entry.is_broken] == ["t0"]


def test_what_scores_otherwise_when_the_same_answers_are_played_again_blocks_nobody() -> None:
    """An application that draws lots of its own, or asks a model behind our back."""

    def world(key: TrialKey) -> float:
        return float(crc32(repr(key).encode()) % 10 > 4)

    decision, _ = replay(world)
    assert decision.verdict is not Verdict.FAIL
    assert decision.replay is not None
    assert decision.replay.unrepeatable
    assert decision.procedure == "screen and confirm"


def test_an_application_that_is_seen_to_ask_nothing_is_never_taken_for_replayed() -> None:
    procedure = ReplayFirst(plan(TOPICS), NO_SPOTS)
    while requests := procedure.ask():
        made = [replace(trial(r.key), calls=ModelCalls(digest="none")) for r in requests]
        procedure.tell(made, [score(r.key, float(odd(r.key))) for r in requests])
    decision = procedure.decide()
    assert decision.procedure == "screen and confirm"
    assert decision.replay is not None
    assert decision.replay.exact == 0


@pytest.mark.parametrize("is_old", [True, False])
def test_new_requests_of_a_few_fixtures_leave_the_others_exact(is_old: bool) -> None:
    changed = frozenset(f"f{place:04d}" for place in range(6))
    decision, asked = replay(lambda key: float(odd(key)), changed=changed, is_old=is_old)
    assert decision.verdict is Verdict.PASS
    assert decision.replay is not None
    assert decision.replay.exact == 194
    assert decision.calls is not None
    assert decision.calls.head == 6
    assert asked[Arm.BASE, REPEATS_FROM] == 3  # does base ask the same again?


def test_a_drop_of_the_replayed_counts_exactly_beside_rows_that_are_noise() -> None:
    changed = frozenset(f"f{place:04d}" for place in range(50))

    def world(key: TrialKey) -> float:
        if key.fixture_id in changed:
            return float(crc32(repr(key).encode()) % 10 > 2)
        return float(not (key.arm is Arm.HEAD and place_of(key) >= 190))

    decision, _ = replay(world, changed=changed)
    assert decision.metrics[0].finding in (Finding.REGRESSION, Finding.MIXED)
    assert "150 of 200 fixtures got the same recorded model answers" in decision.metrics[0].sentence


def test_new_requests_that_made_it_worse_are_confirmed_by_fresh_rows() -> None:
    changed = frozenset(f"f{place:04d}" for place in range(40))
    decision, asked = replay(lambda key: float(key.arm is Arm.BASE or key.fixture_id not in changed), changed=changed)
    assert decision.verdict is Verdict.FAIL
    assert sum(asked[Arm.BASE, attempt] for attempt in range(1, 9)) > 0  # its first answers were of an earlier run


def test_a_spot_check_in_the_same_world_costs_a_twentieth() -> None:
    decision, asked = replay(lambda key: float(odd(key)), replaying=Replaying())
    assert asked == {(Arm.BASE, 0): 200, (Arm.HEAD, 0): 200, (Arm.HEAD, 1): 10}
    assert decision.replay is not None
    assert decision.replay.spot_check is not None
    assert (decision.replay.spot_check.fixtures, decision.replay.spot_check.is_stale) == (10, False)


def test_a_spot_check_in_another_world_gives_the_recordings_up() -> None:
    """The provider's model has been replaced since."""
    decision, asked = replay(lambda key: float(key.attempt in (0, *range(REPEATS_FROM, 9999))), replaying=Replaying())
    assert decision.replay is not None
    assert decision.replay.spot_check is not None
    assert decision.replay.spot_check.is_stale
    assert decision.verdict is not Verdict.FAIL
    assert asked[Arm.HEAD, 1] == 200
    assert decision.metrics[0].head_mean == 0.0


@pytest.mark.parametrize(("fixtures", "spots", "is_stale"), [(60, 12, True), (5, 5, True), (4, 4, False)])
def test_where_a_few_spots_score_otherwise_more_are_asked_until_they_can_tell(
    fixtures: int, spots: int, is_stale: bool
) -> None:
    def world(key: TrialKey) -> float:
        return float(key.attempt in (0, *range(REPEATS_FROM, 9999)))

    decision, _ = replay(world, replaying=Replaying(), fixtures=fixtures)
    assert decision.replay is not None
    assert decision.replay.spot_check is not None
    assert (decision.replay.spot_check.fixtures, decision.replay.spot_check.is_stale) == (spots, is_stale)


def test_a_few_spots_that_score_the_same_are_enough() -> None:
    _, asked = replay(lambda key: float(odd(key)), replaying=Replaying(), fixtures=60)
    assert asked[Arm.HEAD, 1] == 3


def test_one_change_that_does_not_repeat_casts_doubt_on_all_of_them() -> None:
    def world(key: TrialKey) -> float:
        if place_of(key) == 0 and key.arm is Arm.HEAD:
            return float(key.attempt >= REPEATS_FROM)
        return float(not (key.arm is Arm.HEAD and place_of(key) < 4 and (key.attempt == 0 or key.attempt > 999)))

    decision, _ = replay(world)
    assert decision.replay is not None
    assert decision.replay.unrepeatable == ("f0000",)
    assert decision.replay.exact == 196
    assert decision.verdict is not Verdict.FAIL


def test_a_drop_of_the_replayed_under_a_mean_that_rose_is_told_as_mixed() -> None:
    changed = frozenset(f"f{place:04d}" for place in range(60))

    def world(key: TrialKey) -> float:
        if key.fixture_id in changed:
            return float(key.arm is Arm.HEAD)
        return float(not (key.arm is Arm.HEAD and place_of(key) % 35 == 34))

    decision, _ = replay(world, changed=changed)
    assert decision.metrics[0].finding is Finding.MIXED
    assert "while the overall mean rose" in decision.metrics[0].sentence
