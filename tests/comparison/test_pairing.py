import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.comparison.critical import CriticalRule
from gate_action.comparison.due import due_attempts
from gate_action.comparison.evidence import Evidence
from gate_action.comparison.pairing import Pairing, classify_change, say_new
from gate_action.comparison.plan import Plan, Way
from gate_action.comparison.shortlist import Changes
from gate_action.model.comparison import ChangeKind, Tally
from gate_action.model.decision import MOST_LISTED
from gate_action.model.metric import Metric, Role
from gate_action.model.score import NotScoredCause
from gate_action.model.trial import Arm, TrialKey
from tests.comparison.rows import ANSWER, fixture, plan, score, suite

Outcomes = dict[str, tuple[list[float], list[float]]]
TONE = Metric(name="tone", evaluator="regex")


def list_changes(what: Plan, outcomes: Outcomes, metric: str = "answer") -> Changes:
    evidence = Evidence(what.judged, what.metrics)
    for name, arms in outcomes.items():
        for arm, values in zip(Arm, arms, strict=True):
            rows = [score(TrialKey(name, arm, place), value, metric) for place, value in enumerate(values)]
            evidence.tell((), rows)
    criticals = CriticalRule(plan=what, can_rerun=False).judge(evidence)
    asked = due_attempts(what, evidence, Way.TWO_RUNS)
    return Pairing(plan=what, evidence=evidence, asked=asked, criticals=criticals).list_changes()


def kind(base: list[float], head: list[float]) -> ChangeKind:
    changes = list_changes(plan(suite(1)), {"f0000": (base, head)})
    found = [change.kind for change in changes.listed if change.kind is not ChangeKind.UNCHANGED]
    return found[0] if found else ChangeKind.UNCHANGED


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        ([1], [0], ChangeKind.REGRESSED),
        ([0], [1], ChangeKind.IMPROVED),
        ([1, 1, 1], [0, 0, 1], ChangeKind.REGRESSED),
        ([1, 1, 0], [0, 0, 0], ChangeKind.REGRESSED),
        ([1, 1, 0], [0, 0, 1], ChangeKind.UNCHANGED),
        ([1, 1, 1], [0, 1, 1], ChangeKind.UNCHANGED),
        ([1, 1], [0, 1], ChangeKind.UNCHANGED),
        ([1, 1], [0, 0], ChangeKind.REGRESSED),
        ([0, 0, 0, 1], [1, 1, 1, 1, 0, 1, 1], ChangeKind.IMPROVED),
        ([0.9, 0.9, 0.9], [0.1, 0.1, 0.1], ChangeKind.REGRESSED),
        ([0.9, 0.9, 0.9], [0.3, 0.3, 0.3], ChangeKind.UNCHANGED),
        ([], [], ChangeKind.NOT_COMPARABLE),
        ([1, 1, 1], [], ChangeKind.NOT_COMPARABLE),
    ],
)
def test_what_became_of_a_fixture(base: list[float], head: list[float], expected: ChangeKind) -> None:
    assert kind(base, head) is expected


MIRROR = {ChangeKind.REGRESSED: ChangeKind.IMPROVED, ChangeKind.IMPROVED: ChangeKind.REGRESSED}
scores = st.lists(st.sampled_from([0.0, 0.2, 0.6, 1.0]), min_size=1, max_size=5)


@given(base=scores, head=scores)
def test_swapping_base_and_head_mirrors_the_change(base: list[float], head: list[float]) -> None:
    there, back = kind(base, head), kind(head, base)
    assert there is MIRROR.get(back, back)


@given(
    base=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    head=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    moves=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
def test_metrics_that_move_both_ways_mirror_too(
    base: tuple[int, int], head: tuple[int, int], moves: tuple[float, float]
) -> None:
    before, after = (Tally(passed, passed + failed, 0) for passed, failed in (base, head))
    there = classify_change(before, after, {"a": moves[0], "b": moves[1]}, has_gap=False)
    back = classify_change(after, before, {"a": -moves[0], "b": -moves[1]}, has_gap=False)
    assert there is MIRROR.get(back, back)


@pytest.mark.parametrize(
    ("base", "head", "note"),
    [
        ([0, 0, 0], [1, 1, 1], "fixed"),
        ([0, 0, 1], [0, 0, 0], "still failing"),
        ([1, 1, 1], [1, 1, 1], "passing"),
        ([1, 1], [0, 1], "undecided; critical: 0 of 1 re-runs failed, which settles nothing"),
        ([], [1, 1], "passing"),
        ([], [0, 0], "failing"),
    ],
)
def test_what_a_new_fixture_shows(base: list[float], head: list[float], note: str) -> None:
    new = plan(suite(1), new_ids=frozenset({"f0000"}))
    (change,) = list_changes(new, {"f0000": (base, head)}).listed
    assert (change.kind, change.note, change.is_new) == (ChangeKind.ADDED, note, True)


def test_a_new_fixture_that_only_base_passes_is_broken_by_head() -> None:
    assert say_new(Tally(3, 3, 0), Tally(0, 3, 0)) == "passes on base, fails on head"


def test_the_worst_comes_first_critical_ones_before_all() -> None:
    fixtures = (*suite(6), fixture("vital", is_critical=True))
    changes = list_changes(
        plan(fixtures, removed=(fixture("gone"),)),
        {
            "f0000": ([0.0] * 3, [1.0] * 3),
            "f0001": ([1.0] * 3, [1.0] * 3),
            "f0002": ([1.0] * 3, [0.0, 0.0, 1.0]),
            "f0003": ([1.0] * 3, [0.0] * 3),
            "f0004": ([1.0] * 3, []),
            "f0005": ([1.0, 0.0, 1.0], [1.0] * 3),
            "vital": ([1.0] * 3, [0.0, 0.0, 1.0]),
        },
    )
    order = ["vital", "f0003", "f0002", "f0004", "gone", "f0000", "f0005"]
    assert [change.fixture_id for change in changes.listed] == order
    assert changes.unchanged == 2
    assert changes.listed[0].note == "critical: 1 of 2 re-runs failed, which settles nothing"
    assert changes.listed[-1].is_flaky


def test_tallies_and_means_are_told() -> None:
    (change,) = list_changes(plan(suite(1)), {"f0000": ([1.0, 1.0, 0.5], [0.0, 0.0, 0.25])}).listed
    assert (change.base, change.head) == (Tally(2, 3, 0), Tally(0, 3, 0))
    assert change.base_mean == pytest.approx(2.5 / 3)
    assert change.head_mean == pytest.approx(0.25 / 3)
    assert change.metric == "answer"


def test_a_metric_that_one_arm_lacks_makes_a_fixture_not_comparable() -> None:
    both = plan(suite(1), ANSWER, TONE)
    changes = list_changes(both, {"f0000": ([1.0], [1.0])})
    assert [change.kind for change in changes.listed] == [ChangeKind.NOT_COMPARABLE]


def test_a_fixture_that_no_primary_metric_applies_to_is_not_listed() -> None:
    what = plan(suite(1))
    evidence = Evidence(what.judged, what.metrics)
    keys = [TrialKey("f0000", arm, 0) for arm in Arm]
    evidence.tell((), [score(key, NotScoredCause.NOT_APPLICABLE) for key in keys])
    asked = due_attempts(what, evidence, Way.TWO_RUNS)
    changes = Pairing(plan=what, evidence=evidence, asked=asked, criticals=()).list_changes()
    assert (changes.listed, changes.unchanged) == ((), 1)


def test_without_a_metric_that_may_block_no_fixture_changed() -> None:
    barred = Metric(name="answer", evaluator="llm_judge", role=Role.SECONDARY, barred="its judge was not measured")
    changes = list_changes(plan(suite(1), barred), {"f0000": ([1.0], [0.0])})
    assert (changes.listed, changes.unchanged) == ((), 1)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.5, 1.0, NotScoredCause.TRIAL_ERROR])), max_size=8))
def test_a_tally_counts_each_trial_as_the_evidence_judges_it(told: list[tuple[bool, float | NotScoredCause]]) -> None:
    both = plan(suite(2), ANSWER, TONE)
    evidence = Evidence(both.judged, both.metrics)
    for attempt, (is_tone, value) in enumerate(told):
        key = TrialKey("f0000", Arm.HEAD, attempt)
        evidence.tell(
            (), [score(key, value, "tone" if is_tone else "answer"), score(key, 1.0, "answer" if is_tone else "tone")]
        )
    keys = [TrialKey("f0000", Arm.HEAD, attempt) for attempt in range(len(told))]
    outcomes = [evidence.has_passed(key) for key in keys]
    asked = {("f0000", Arm.HEAD): tuple(range(len(told)))}
    pairing = Pairing(plan=both, evidence=evidence, asked=asked, criticals=())
    known = next(iter(pairing._known()))
    scored = len(told) - outcomes.count(None)
    assert known.head == Tally(outcomes.count(True), scored, outcomes.count(None))


def test_of_thousands_that_got_worse_the_worst_are_listed_and_all_are_counted() -> None:
    names = [f"f{place:04d}" for place in range(4_200)]
    head = {name: 0.2 if place < 4_000 else 0.0 for place, name in enumerate(names)}
    changes = list_changes(plan(suite(4_200)), {name: ([1.0], [head[name]]) for name in names})
    assert len(changes.listed) == MOST_LISTED
    assert [change.fixture_id for change in changes.listed[:200]] == names[4_000:]
    assert [change.fixture_id for change in changes.listed[200:]] == names[:800]
    assert changes.unlisted == {ChangeKind.REGRESSED: 3_200}
    assert changes.regressed == frozenset(names)
    assert changes.unchanged == 0
