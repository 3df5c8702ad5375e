"""What is told of a metric's judge: how it errs, what that makes of the difference, and what people say."""

from collections.abc import Iterable

from gate_action.model.judge import Estimate, JudgeQuality, JudgeReport
from gate_action.report import words


def judge_notes(judge: JudgeReport) -> tuple[str, ...]:
    """Clauses that stand among the metric's notes."""
    return tuple(_notes(judge))


def _notes(judge: JudgeReport) -> Iterable[str]:
    if judge.barred:
        yield f"only warns: {judge.barred}"
    named = f"judge {judge.model}" if judge.model else "judge"
    yield f"{named}: {_quality(judge.quality)}" if judge.quality else f"{named}: never measured as it is now"
    if judge.corrected:
        yield f"corrected for the judge's errors (delta / J) {_points(judge.corrected)}"
    if judge.ppi:
        yield (f"by people's labels of {words.counted(judge.ppi.labelled, 'fixture')} (PPI) {_points(judge.ppi.delta)}")
    if judge.base_length is not None and judge.head_length is not None:
        yield f"mean answer {judge.base_length:,.0f} characters on base, {judge.head_length:,.0f} on head"


def _quality(quality: JudgeQuality) -> str:
    return (
        f"J {_figure(quality.j)}, kappa {_figure(quality.kappa)}, sensitivity {words.rate(quality.sensitivity.value)},"
        f" specificity {words.rate(quality.specificity.value)}"
        f" on {quality.passes:,} passing and {quality.fails:,} failing labels"
    )


def _figure(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _points(estimate: Estimate) -> str:
    return f"{words.points(estimate.value)} points ({words.points(estimate.low)} to {words.points(estimate.high)})"
