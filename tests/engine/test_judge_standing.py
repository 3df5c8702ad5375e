"""A judge metric may block only while its judge is the one that was measured, and was found good enough."""

import pytest

from gate_action.engine.judge_standing import bar_unmeasured, judge_digests
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.engine.scoring import Scorer
from gate_action.model.fixture import Check, Fixture, Suite
from gate_action.model.judge import Estimate, JudgeQuality, JudgeRecord
from gate_action.model.metric import Metric, Role

TONE = Metric(name="tone", evaluator="llm_judge", options={"criteria": "Is it polite?"})
EXACT = Metric(name="answer", evaluator="exact_match")
CHECKS = Metric(name="checks", evaluator="checks")
SUITE = Suite(fixtures=(Fixture(id="f", input="q"),))


def scorer(*metrics: Metric, model: str = "m", suite: Suite = SUITE) -> Scorer:
    return build_scorer(metrics, suite, JudgeDefaults(model=model))


def record(judge: str, *, j: float = 0.8, passes: int = 60, fails: int = 60) -> JudgeRecord:
    told = Estimate(j, j, j)
    quality = JudgeQuality(sensitivity=told, specificity=told, j=told, kappa=told, passes=passes, fails=fails)
    return JudgeRecord(judge=judge, model="m", labels="sha256:" + "b" * 64, quality=quality)


def test_only_judges_have_a_digest():
    assert set(judge_digests(scorer(TONE, EXACT))) == {"tone"}


def test_a_judge_that_was_never_measured_only_warns_and_others_stay():
    tone, exact = bar_unmeasured((TONE, EXACT), scorer(TONE, EXACT), {})
    assert tone.role is Role.SECONDARY
    assert "never measured" in tone.barred
    assert (exact.role, exact.barred) == (Role.PRIMARY, "")


def test_a_measured_judge_stays_primary():
    made = scorer(TONE)
    assert bar_unmeasured((TONE,), made, {"tone": record(judge_digests(made)["tone"])}) == (TONE,)


@pytest.mark.parametrize(
    ("metric", "model"),
    [(TONE, "other"), (Metric(name="tone", evaluator="llm_judge", options={"criteria": "Is it rude?"}), "m")],
)
def test_a_judge_with_another_prompt_or_model_only_warns(metric: Metric, model: str):
    measured = record(judge_digests(scorer(TONE))["tone"])
    (barred,) = bar_unmeasured((metric,), scorer(metric, model=model), {"tone": measured})
    assert barred.role is Role.SECONDARY
    assert "not the one that was measured" in barred.barred


@pytest.mark.parametrize(("j", "passes", "fails"), [(0.49, 60, 60), (0.9, 49, 60), (0.9, 60, 49)])
def test_a_judge_that_was_found_too_weak_or_on_too_few_labels_only_warns(j: float, passes: int, fails: int):
    made = scorer(TONE)
    found = record(judge_digests(made)["tone"], j=j, passes=passes, fails=fails)
    (barred,) = bar_unmeasured((TONE,), made, {"tone": found})
    assert barred.role is Role.SECONDARY
    assert "needed" in barred.barred


def test_a_secondary_judge_needs_no_measurement():
    secondary = Metric(name="tone", evaluator="llm_judge", options=TONE.options, role=Role.SECONDARY)
    assert bar_unmeasured((secondary,), scorer(secondary), {}) == (secondary,)


def test_a_judge_among_a_fixtures_own_checks_makes_them_warn():
    check = Check(evaluator="llm_judge", options={"criteria": "Is it polite?"})
    suite = Suite(fixtures=(Fixture(id="f", input="q", checks=(check,)),))
    (barred,) = bar_unmeasured((CHECKS,), scorer(CHECKS, suite=suite), {})
    assert barred.role is Role.SECONDARY
    assert "fixture f" in barred.barred
