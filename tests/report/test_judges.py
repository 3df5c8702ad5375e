"""What a reader is told of a judge stands among its metric's notes."""

from dataclasses import replace

from gate_action.model.judge import Estimate, JudgeQuality, JudgeReport, PpiEstimate
from gate_action.report.judges import judge_notes
from gate_action.report.markdown import JOB_SUMMARY, render_markdown
from gate_action.report.terminal import render_terminal
from gate_action.report.view import build_view
from tests.report.reports import passing

QUALITY = JudgeQuality(
    sensitivity=Estimate(0.9, 0.8, 0.95),
    specificity=Estimate(0.8, 0.7, 0.9),
    j=Estimate(0.7, 0.55, 0.82),
    kappa=Estimate(0.69, 0.5, 0.8),
    passes=60,
    fails=55,
)
TOLD = JudgeReport(
    metric="answer",
    model="openai/gpt-4o-mini",
    quality=QUALITY,
    barred="",
    corrected=Estimate(-0.05, -0.09, -0.01),
    base_length=412.4,
    head_length=1655.0,
    ppi=PpiEstimate(delta=Estimate(-0.04, -0.1, 0.02), weight=0.8, labelled=60, unlabelled=240),
)


def test_quality_correction_people_and_lengths_are_told():
    assert judge_notes(TOLD) == (
        (
            "judge openai/gpt-4o-mini: J 0.70 (0.55 to 0.82), kappa 0.69 (0.50 to 0.80), sensitivity 90.0%,"
            " specificity 80.0% on 60 passing and 55 failing labels"
        ),
        "corrected for the judge's errors (delta / J) −5.0 points (−9.0 to −1.0)",  # noqa: RUF001  # as it is shown
        "by people's labels of 60 fixtures (PPI) −4.0 points (−10.0 to +2.0)",  # noqa: RUF001  # as it is shown
        "mean answer 412 characters on base, 1,655 on head",
    )


def test_a_judge_that_may_not_block_says_why_first():
    bare = JudgeReport(
        metric="answer",
        model="",
        quality=None,
        barred="never measured",
        corrected=None,
        base_length=None,
        head_length=None,
    )
    assert judge_notes(bare) == ("only warns: never measured", "judge: never measured as it is now")


def test_the_notes_stand_in_the_terminal_and_in_markdown():
    report = passing()
    name = report.decision.metrics[0].metric
    view = build_view(replace(report, judges=(replace(TOLD, metric=name),)))
    assert "kappa 0.69" in " ".join(render_terminal(view, 200, is_colour=False).split())
    assert "kappa 0.69" in render_markdown(view, JOB_SUMMARY)
