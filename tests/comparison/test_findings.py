import pytest

from gate_action.comparison.evidence import Panel
from gate_action.comparison.findings import Judgement, is_protected, judge_metrics, measure_floor
from gate_action.model.comparison import Finding
from gate_action.model.fixture import Fixture, Slice
from gate_action.model.metric import Metric, Policy, Role
from tests.comparison.rows import ANSWER, Scores, fixture, panel

QUICK = Policy(relabellings=2000)
GOOD, BAD, HALF = [1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 0.0]


def judge(base: Scores, head: Scores, fixtures: tuple[Fixture, ...] = (), policy: Policy = QUICK) -> Judgement:
    return judge_metrics({"answer": panel(base, head, fixtures)}, (ANSWER,), policy)["answer"]


def sliced(count: int) -> tuple[Fixture, ...]:
    """The first ten are of topic a, the rest of topic b."""
    return tuple(fixture(f"f{place:04d}", topic="a" if place < 10 else "b") for place in range(count))


@pytest.mark.parametrize(
    ("base", "head", "finding"),
    [
        ([GOOD] * 80, [BAD] * 8 + [GOOD] * 72, Finding.REGRESSION),
        ([GOOD] * 80, [GOOD] * 80, Finding.PASS),
        ([GOOD] * 30, [GOOD] * 30, Finding.INCONCLUSIVE),
        ([BAD] * 12 + [GOOD] * 68, [GOOD] * 80, Finding.IMPROVED),
        ([HALF] * 40 + [GOOD] * 40, [GOOD] * 40 + [HALF] * 40, Finding.INCONCLUSIVE),
        ([GOOD], [BAD], Finding.INCONCLUSIVE),
    ],
)
def test_the_finding_of_a_metric(base: Scores, head: Scores, finding: Finding) -> None:
    assert judge(base, head).finding is finding


def test_a_sure_drop_below_the_smallest_effect_does_not_block() -> None:
    base, head = [[0.500, 0.501]] * 50, [[0.495, 0.496]] * 50
    assert judge(base, head).finding is Finding.PASS
    assert judge(base, head, policy=Policy(relabellings=2000, min_effect=0.004)).finding is Finding.REGRESSION


def test_a_broken_slice_is_a_regression_though_the_whole_hardly_moves() -> None:
    base, head = [GOOD] * 10 + [HALF] * 90, [BAD] * 10 + [GOOD] * 25 + [HALF] * 65
    found = judge(base, head, sliced(100))
    assert found.finding is Finding.REGRESSION
    assert [entry.slice.value for entry in found.broken] == ["a"]
    assert not found.has_dropped
    assert found.leading is found.broken[0]


def test_a_broken_slice_under_a_risen_mean_is_mixed() -> None:
    found = judge([GOOD] * 10 + [HALF] * 90, [BAD] * 10 + [GOOD] * 80 + [HALF] * 10, sliced(100))
    assert found.finding is Finding.MIXED
    assert found.leading is not None


def test_a_uniform_drop_is_told_by_the_whole_and_not_by_a_slice() -> None:
    found = judge([GOOD] * 100, [HALF] * 100, sliced(100))
    assert found.has_dropped
    assert found.broken
    assert found.leading is None


def test_missing_scores_that_could_decide_leave_it_open() -> None:
    base = [GOOD] * 72
    head: Scores = [[1.0, 1.0, 1.0]] * 66 + [[1.0, None, None]] * 6
    found = judge(base, head)
    assert found.finding is Finding.INCONCLUSIVE
    assert found.is_open_by_missing


def test_missing_scores_that_cannot_decide_change_nothing() -> None:
    base = [GOOD] * 80
    head: Scores = [[0.0, 0.0, 0.0]] * 20 + [[1.0, 1.0, None]] + [[1.0, 1.0, 1.0]] * 59
    found = judge(base, head)
    assert found.finding is Finding.REGRESSION
    assert not found.is_open_by_missing


def test_an_improvement_that_missing_scores_may_weaken_is_no_regression_either_way() -> None:
    base = [BAD] * 6 + [GOOD] * 94
    head: Scores = [[1.0, 1.0, 1.0]] * 99 + [[None, None, None]]
    assert judge(base, head).finding is Finding.PASS


def drop(fixtures: int) -> Panel:
    """Each of the fixtures turns from pass to fail; the p value is that of as many coin tosses."""
    return panel([[1.0]] * 100, [[0.0]] * fixtures + [[1.0]] * (100 - fixtures))


def test_holm_asks_more_of_two_primary_metrics_than_of_one() -> None:
    other = Metric(name="tone", evaluator="regex")
    panels = {"answer": drop(4), "tone": drop(0)}  # p = 0.031 for four flips
    assert judge_metrics({"answer": drop(4)}, (ANSWER,), QUICK)["answer"].finding is Finding.REGRESSION
    assert judge_metrics(panels, (ANSWER, other), QUICK)["answer"].finding is not Finding.REGRESSION
    both = judge_metrics({"answer": drop(4), "tone": drop(9)}, (ANSWER, other), QUICK)
    assert {judgement.finding for judgement in both.values()} == {Finding.REGRESSION}


def test_an_alpha_of_0_switches_a_test_off() -> None:
    policy = Policy(relabellings=2000, alpha_global=0.0)
    assert judge([GOOD] * 80, [BAD] * 8 + [GOOD] * 72, policy=policy).finding is not Finding.REGRESSION
    policy = Policy(relabellings=2000, alpha_slices=0.0)
    assert judge([GOOD] * 80, [BAD] * 8 + [GOOD] * 72, policy=policy).finding is Finding.REGRESSION


def test_secondary_metrics_take_nothing_from_primary_ones() -> None:
    secondary = [Metric(name=f"s{n}", evaluator="regex", role=Role.SECONDARY) for n in range(5)]
    panels = {"answer": drop(4)} | {metric.name: drop(0) for metric in secondary}
    assert judge_metrics(panels, (ANSWER, *secondary), QUICK)["answer"].finding is Finding.REGRESSION


def test_secondary_metrics_warn_at_a_false_discovery_rate_of_ten_percent() -> None:
    secondary = [Metric(name=f"s{n}", evaluator="regex", role=Role.SECONDARY) for n in range(3)]
    found = judge_metrics({"s0": drop(4), "s1": drop(3), "s2": drop(0)}, tuple(secondary), QUICK)
    # The p values are 0.031, 0.0625 and 1: below a third and two thirds of 10 %.
    assert [found[f"s{n}"].finding for n in range(3)] == [Finding.REGRESSION, Finding.REGRESSION, Finding.PASS]


def test_a_protected_dimension_protects_its_values() -> None:
    policy = Policy(protected=(Slice("locale", "*"), Slice("topic", "refunds")))
    assert is_protected(Slice("locale", "de"), policy)
    assert is_protected(Slice("topic", "refunds"), policy)
    assert not is_protected(Slice("topic", "returns"), policy)


@pytest.mark.parametrize(("passes", "is_broken"), [(10, True), (15, True), (22, False), (29, False)])
def test_a_floor_breaks_when_the_upper_bound_is_below_it(passes: int, is_broken: bool) -> None:
    scores = [[1.0]] * passes + [[0.0]] * (30 - passes)
    floor = measure_floor(Metric(name="answer", evaluator="e", floor=0.8), panel(scores, scores))
    assert floor is not None
    assert floor.is_broken is is_broken
    assert (floor.upper < 0.8) is is_broken


def test_missing_scores_cannot_break_a_floor() -> None:
    scores: Scores = [[1.0]] * 14 + [[0.0]] * 8 + [[None]] * 8
    floor = measure_floor(Metric(name="answer", evaluator="e", floor=0.85), panel(scores, scores))
    whole = measure_floor(Metric(name="answer", evaluator="e", floor=0.85), panel(scores[:22], scores[:22]))
    assert whole is not None
    assert whole.is_broken
    assert floor is not None
    assert not floor.is_broken


def test_without_a_floor_or_a_score_there_is_no_floor_result() -> None:
    assert measure_floor(ANSWER, panel([[1.0]], [[1.0]])) is None
    assert measure_floor(Metric(name="answer", evaluator="e", floor=0.5), panel([[1.0]], [[None]])) is None
