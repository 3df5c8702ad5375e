from datetime import date
from typing import ClassVar

import pytest

from gate_action.comparison.statistics.bounds import zero_flip_bound
from gate_action.config.loading import load_config
from gate_action.config.reach import (
    Reach,
    check_reach,
    clusters_for_alpha,
    clusters_for_margin,
    find_expired,
    smallest_p,
)
from gate_action.model.fixture import Check, Expected, Fixture, Place, Slice, Suite
from tests.files import FilesInMemory


def reach(gate: str, *fixtures: Fixture) -> Reach:
    text = f"schema_version: 1\nfixtures: [f]\ntarget: {{kind: command, options: {{run: [x]}}}}\n{gate}"
    return check_reach(load_config(FilesInMemory({"gate.yaml": text})), Suite(fixtures=fixtures))


def suite_of(count: int, **fields) -> list[Fixture]:
    return [Fixture(id=f"f{number}", input="x", expected=Expected(output="y"), **fields) for number in range(count)]


ANSWER = "metrics: {answer: {evaluator: exact_match}}\n"


def test_sixty_independent_fixtures_can_reach_all_that_the_defaults_ask_for():
    assert reach(ANSWER, *suite_of(60)) == Reach((), ())


def test_a_metric_that_no_fixture_feeds_is_refused_at_its_place():
    gate = "metrics:\n  answer: {evaluator: exact_match}\n  checks: {}\n"
    unchecked = [Fixture(id=str(number), input="x") for number in range(60)]

    problems = reach(gate, *unchecked).problems

    assert [str(problem).partition(" (")[0] for problem in problems] == [
        "gate.yaml:5:11: metrics.answer: would score nothing: of 60 fixtures none has what exact_match needs",
        "gate.yaml:6:11: metrics.checks: would score nothing: of 60 fixtures none has checks of its own",
    ]


@pytest.mark.parametrize(
    ("clusters", "trials", "is_refused"), [(3, 1, True), (4, 1, False), (1, 2, True), (1, 3, False)]
)
def test_too_few_clusters_to_reach_alpha_are_refused_with_the_number_needed(clusters, trials, is_refused):
    problems = reach(f"{ANSWER}policy: {{trials: {trials}, margin: 0.99}}\n", *suite_of(clusters)).problems

    assert bool(problems) is is_refused
    if is_refused:
        assert problems[0].message.startswith("no drop could block")
        assert problems[0].hint == f"it takes {clusters_for_alpha(0.04, trials)} clusters, or more trials"


def test_fixtures_of_one_cluster_count_once():
    assert reach(f"{ANSWER}policy: {{trials: 1}}\n", *suite_of(30, cluster="one document")).problems


def test_several_primary_metrics_share_alpha():
    two = "metrics: {answer: {evaluator: exact_match}, same: {evaluator: exact_match, options: {ignore_case: true}}}\n"

    assert reach(f"{two}policy: {{trials: 1}}\n", *suite_of(4)).problems
    assert not reach(f"{two}policy: {{trials: 1}}\n", *suite_of(5)).problems


@pytest.mark.parametrize(
    ("gate", "fields"),
    [("metrics: {answer: {evaluator: exact_match, floor: 0.9}}\n", {}), (ANSWER, {"is_critical": True})],
)
def test_a_small_suite_that_blocks_by_a_floor_or_a_critical_fixture_is_only_warned(gate, fields):
    found = reach(f"{gate}policy: {{trials: 1}}\n", *suite_of(3, **fields))

    assert found.problems == ()
    assert any("no drop could block" in warning.message for warning in found.warnings)


@pytest.mark.parametrize(("floor", "clusters", "is_refused"), [(0.6, 3, True), (0.64, 3, False), (0.05, 30, True)])
def test_a_floor_that_no_outcome_could_break_is_refused(floor, clusters, is_refused):
    gate = f"metrics: {{answer: {{evaluator: exact_match, floor: {floor}}}}}\n"
    problems = reach(gate, *suite_of(clusters)).problems

    assert [problem.field == "metrics.answer.floor" for problem in problems] == [True] * is_refused


def test_a_margin_that_not_even_an_unchanged_build_can_keep_is_a_warning_with_the_clusters_needed():
    (warning,) = reach(ANSWER, *suite_of(20)).warnings

    assert warning.field == "policy.margin"
    assert "with 20 clusters and no change a drop of 13.9% stays possible, and the margin is 5.0%" in warning.message
    assert warning.hint == "it takes 59 clusters, or a margin above 0.14"


@pytest.mark.parametrize("margin", [0.01, 0.05, 0.1, 0.5])
def test_the_clusters_named_for_a_margin_are_enough_and_one_less_is_not(margin):
    needed = clusters_for_margin(margin)

    assert zero_flip_bound(needed) <= margin < zero_flip_bound(needed - 1)


@pytest.mark.parametrize("alpha", [0.2, 0.04, 0.01, 0.001])
@pytest.mark.parametrize("trials", [1, 2, 3, 5])
def test_the_clusters_named_for_an_alpha_are_enough_and_one_less_is_not(alpha, trials):
    needed = clusters_for_alpha(alpha, trials)

    assert smallest_p(needed, trials) <= alpha
    assert needed == 1 or smallest_p(needed - 1, trials) > alpha


def test_six_clusters_reach_one_percent_at_one_trial():
    assert smallest_p(5, 1) > 0.01 > smallest_p(6, 1)


def test_a_suite_of_any_size_has_a_smallest_p():
    assert smallest_p(200_000, 3) == 0.0


def test_a_protected_slice_that_no_fixture_is_in_is_refused_with_the_nearest():
    fixtures = suite_of(60, slices=(Slice("locale", "de"),))

    (problem,) = reach(f"{ANSWER}policy: {{protected: [locale=dee]}}\n", *fixtures).problems

    assert problem.field == "policy.protected[0]"
    assert problem.hint == "did you mean 'locale=de'?"


@pytest.mark.parametrize(("protected", "is_refused"), [("locale=de", True), ("locale=*", False)])
def test_a_protected_slice_too_small_to_be_shown_broken_is_told(protected, is_refused):
    small = Fixture(id="de", input="x", expected=Expected(output="y"), slices=(Slice("locale", "de"),))

    found = reach(f'{ANSWER}policy: {{protected: ["{protected}"]}}\n', small, *suite_of(60))

    told = found.problems if is_refused else found.warnings
    assert ["a break of locale=de can never be shown" in problem.message for problem in told] == [True]


def test_a_critical_fixture_that_no_primary_metric_scores_is_a_warning():
    idle = Fixture(id="idle", input="x", is_critical=True, checks=(Check(evaluator="contains", options={}),))

    (warning,) = reach(ANSWER, idle, *suite_of(60)).warnings

    assert warning.message == "critical fixtures that no primary metric scores: idle"


def test_a_budget_below_the_first_round_is_a_warning():
    (warning,) = reach(f"{ANSWER}budget: {{max_calls: 100}}\n", *suite_of(60)).warnings

    assert warning.message.startswith("100 calls are less than the 360 trials")


def test_fixtures_past_their_date_are_told_with_their_place():
    old = Fixture(id="old", input="x", expires="2026-01-31", place=Place("f/a.jsonl", 7))
    fresh = Fixture(id="fresh", input="x", expires="2026-02-01")

    (problem,) = find_expired(Suite(fixtures=(old, fresh, *suite_of(1))), date(2026, 2, 1))

    assert str(problem).startswith("f/a.jsonl:7: expires: fixture 'old' was to be reviewed by 2026-01-31")


class Counted(Fixture):
    """Counts how often all of a fixture is asked for."""

    reads: ClassVar[int] = 0

    @property
    def whole(self) -> Fixture:
        Counted.reads += 1
        return self


def test_of_a_large_suite_no_more_is_read_than_it_takes():
    Counted.reads = 0
    fixtures = [Counted(id=f"f{number}", input="x", expected=Expected(output="y")) for number in range(5_000)]

    assert reach(ANSWER, *fixtures) == Reach((), ())

    assert Counted.reads < 2_000


def test_the_last_of_a_large_suite_may_be_the_one_that_feeds_a_metric():
    gate = "metrics:\n  answer: {evaluator: exact_match}\n  checks: {role: secondary}\n"
    checked = Fixture(id="last", input="x", checks=(Check(evaluator="contains", options={"all_of": ["y"]}),))

    assert reach(gate, *suite_of(3_000), checked) == Reach((), ())
    assert reach(gate, *suite_of(3_001)).problems


def test_a_critical_fixture_that_no_primary_metric_scores_is_told_wherever_it_stands():
    idle = Fixture(id="idle", input="x", is_critical=True)

    (warning,) = reach(ANSWER, *suite_of(3_000, is_critical=True), idle).warnings

    assert warning.message == "critical fixtures that no primary metric scores: idle"
