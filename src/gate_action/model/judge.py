"""How well a model judges, measured against people; what a metric's judge is known to be. Standard library only."""

from enum import StrEnum
from typing import NamedTuple

from gate_action.model.dataclass import dataclass

LEAST_J = 0.5
LEAST_LABELS = 50
"""Of either class. With fewer, or below LEAST_J, a judge warns and does not block (STATISTICS, 'Judges')."""
PASS_LABEL = "pass"  # noqa: S105  # a label's name, no password


class Estimate(NamedTuple):
    """A value and its 95% interval."""

    value: float
    low: float
    high: float


class JudgeClass(StrEnum):
    """What people called an output."""

    PASS = "pass"  # noqa: S105  # as above
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeQuality:
    """A judge against people's labels. ``pass`` is the positive class."""

    sensitivity: Estimate
    """Share of what people pass that the judge passes."""
    specificity: Estimate
    """Share of what people fail that the judge fails."""
    j: Estimate
    """Youden's J: sensitivity + specificity - 1. What a true difference is shrunk by in the judge's scores."""
    kappa: Estimate
    """Cohen's kappa."""
    passes: int
    """Labels of the class pass."""
    fails: int

    @property
    def shortfall(self) -> str:
        """Why the judge may not block, as a clause; empty: it may."""
        for count, what in ((self.passes, JudgeClass.PASS), (self.fails, JudgeClass.FAIL)):
            if count < LEAST_LABELS:
                return f"it was measured on {count} labels of {what}, and {LEAST_LABELS} are needed"
        if self.j.value < LEAST_J:
            return f"its J is {self.j.value:.2f}, and {LEAST_J:.2f} is needed"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRecord:
    """One judge of judges.lock.yaml: what was measured, and of which judge."""

    judge: str
    """Digest of its evaluator, version, prompt, rubric and model."""
    model: str
    labels: str
    """Digest of the labels that it was measured on."""
    quality: JudgeQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class PpiEstimate:
    """The change by people's labels of this pull request, sharpened by the judge's scores (PPI++)."""

    delta: Estimate
    weight: float
    """Lambda: how far the judge's scores were believed; 0: labels alone."""
    labelled: int
    """Fixtures whose answers people labelled on both arms."""
    unlabelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReport:
    """What a reader should know of one metric's judge."""

    metric: str
    model: str
    quality: JudgeQuality | None
    """None: never measured, or measured of another judge."""
    barred: str
    """Why the metric only warns, as a clause; empty: it may block."""
    corrected: Estimate | None
    """The difference as it would be without the judge's errors: delta / J. None: J or the difference is not known."""
    base_length: float | None
    """Mean characters of an answer. A judge that likes long answers can be talked round."""
    head_length: float | None
    ppi: PpiEstimate | None = None
