import pytest

from gate_action.comparison.evidence import Evidence, pool_scores
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Metric, Role
from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.score import NotScoredCause
from gate_action.model.trial import Arm, TrialKey
from tests.comparison.rows import ANSWER, keys, score, suite, trial

TONE = Metric(name="tone", evaluator="llm_judge", pass_at=0.5)
NOTE = Metric(name="note", evaluator="contains", role=Role.SECONDARY)
HEAD_0 = TrialKey("f0000", Arm.HEAD, 0)


def evidence(*metrics: Metric) -> Evidence:
    return Evidence(suite(3), metrics or (ANSWER,))


def test_the_order_of_telling_does_not_matter() -> None:
    told = keys(suite(3), 2, 2)
    rows = [score(key, (int(key.fixture_id[1:]) + key.attempt) / 4) for key in told]
    asked = {(f.id, arm): (0, 1) for f in suite(3) for arm in Arm}
    there, back = evidence(), evidence()
    there.tell((), rows)
    for row in reversed(rows):
        back.tell((), [row])
    panels = [found.panel("answer", ["f0002", "f0000", "f0001"], asked) for found in (there, back)]
    assert [fixture.id for fixture in panels[0].fixtures] == ["f0000", "f0001", "f0002"]
    assert (panels[0].base.values == panels[1].base.values).all()
    assert (panels[0].head.values == panels[1].head.values).all()


def test_a_score_told_twice_is_refused() -> None:
    found = evidence()
    found.tell((), [score(HEAD_0, 1.0)])
    with pytest.raises(ValueError, match=r"'answer' of attempt 0 of fixture 'f0000' on head was told twice"):
        found.tell((), [score(HEAD_0, 1.0)])


def test_a_trial_told_twice_is_refused() -> None:
    found = evidence()
    found.tell([trial(HEAD_0)], ())
    with pytest.raises(ValueError, match="told twice"):
        found.tell([trial(HEAD_0)], ())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.01, 1.01])
def test_a_value_outside_0_to_1_never_becomes_a_score(value: float) -> None:
    with pytest.raises(ValueError, match=r"a score lies in \[0, 1\]"):
        score(HEAD_0, value)


@pytest.mark.parametrize(
    ("key", "metric", "message"),
    [
        (TrialKey("nobody", Arm.HEAD, 0), "answer", "fixture 'nobody'"),
        (HEAD_0, "speed", "metric 'speed'"),
        (TrialKey("f0000", Arm.HEAD, -1), "answer", "attempts count from 0"),
    ],
)
def test_what_is_unknown_is_refused(key: TrialKey, metric: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evidence().tell((), [score(key, 1.0, metric)])


def test_a_fixture_without_the_metric_is_not_missing_it() -> None:
    found = evidence()
    found.tell((), [score(key, NotScoredCause.NOT_APPLICABLE) for key in keys(suite(1), 1, 1)])
    asked = {(f.id, arm): (0,) for f in suite(2) for arm in Arm}
    panel = found.panel("answer", ["f0000", "f0001"], asked)
    assert [fixture.id for fixture in panel.fixtures] == ["f0001"]
    assert (panel.missing, panel.asked) == (2, 2)


def test_a_metric_that_applied_once_applies() -> None:
    found = evidence()
    found.tell((), [score(HEAD_0, 1.0), score(HEAD_0._replace(arm=Arm.BASE), NotScoredCause.NOT_APPLICABLE)])
    assert found.applies("answer", "f0000")


def test_errors_and_silence_are_both_missing() -> None:
    found = evidence()
    found.tell((), [score(HEAD_0, NotScoredCause.TRIAL_ERROR), score(HEAD_0._replace(attempt=1), 0.0)])
    panel = found.panel("answer", ["f0000"], {("f0000", Arm.HEAD): (0, 1, 2), ("f0000", Arm.BASE): (0,)})
    assert panel.head.scored.tolist() == [[False, True, False]]
    assert panel.missing == 3


def test_missing_scores_are_filled_and_others_are_not() -> None:
    found = evidence()
    found.tell((), [score(HEAD_0, 0.25)])
    panel = found.panel("answer", ["f0000"], {("f0000", Arm.HEAD): (0, 1), ("f0000", Arm.BASE): (0,)})
    filled = panel.filled(1.0, 0.0)
    assert filled.head.values.tolist() == [[0.25, 0.0]]
    assert filled.base.values.tolist() == [[1.0]]
    assert filled.missing == 0


@pytest.mark.parametrize(
    ("answer", "tone", "note", "expected"),
    [
        (1.0, 0.5, 0.0, True),
        (1.0, 0.4, 1.0, False),
        (NotScoredCause.TRIAL_ERROR, 1.0, 1.0, None),
        (NotScoredCause.EVALUATOR_ERROR, 0.0, 1.0, False),
        (1.0, NotScoredCause.NOT_APPLICABLE, 1.0, True),
    ],
)
def test_a_trial_passes_by_its_primary_metrics(
    answer: float | NotScoredCause, tone: float | NotScoredCause, note: float, expected: bool | None
) -> None:
    found = evidence(ANSWER, TONE, NOTE)
    found.tell((), [score(HEAD_0, answer), score(HEAD_0, tone, "tone"), score(HEAD_0, note, "note")])
    assert found.has_passed(HEAD_0) is expected


def test_a_trial_that_no_primary_metric_applies_to_neither_passes_nor_fails() -> None:
    found = evidence()
    found.tell((), [score(HEAD_0, NotScoredCause.NOT_APPLICABLE)])
    assert found.has_passed(HEAD_0) is None


def run(run_id: str, fixtures: tuple[Fixture, ...], values: list[float]) -> EvalRun:
    rows = [score(TrialKey(f.id, Arm.HEAD, place), value) for f in fixtures for place, value in enumerate(values)]
    return EvalRun(
        run_id=run_id,
        revision=Revision(sha="a" * 40),
        fingerprint=Fingerprint(suite="s", evaluators="e", target="t"),
        fixtures={f.id: f.digest for f in fixtures},
        scores=tuple(rows),
    )


def test_pooled_runs_count_their_attempts_through_whatever_their_order() -> None:
    fixtures = suite(1)
    runs = [run("b", fixtures, [0.0]), run("a", fixtures, [1.0, 0.5])]
    digests = {fixture.id: fixture.digest for fixture in fixtures}
    pooled = {row.key.attempt: row.result for row in pool_scores(runs, Arm.BASE, digests)}
    again = {row.key.attempt: row.result for row in pool_scores(reversed(runs), Arm.BASE, digests)}
    assert pooled == again
    assert [getattr(pooled[attempt], "value", None) for attempt in range(3)] == [1.0, 0.5, 0.0]
    assert {row.key.arm for row in pool_scores(runs, Arm.BASE, digests)} == {Arm.BASE}


def test_rows_of_an_edited_fixture_are_not_pooled() -> None:
    assert pool_scores([run("a", suite(1), [1.0])], Arm.BASE, {"f0000": "sha256:other"}) == ()
    assert pool_scores([run("a", suite(1), [1.0])], Arm.BASE, {}) == ()
