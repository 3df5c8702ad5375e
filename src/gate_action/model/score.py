"""One metric's value for one trial, or the reason why there is none."""

from enum import StrEnum

from gate_action.model.dataclass import dataclass
from gate_action.model.trial import TrialKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """``value`` in [0, 1]; ``reason`` is one sentence for the reader of the report."""

    value: float
    reason: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.value <= 1.0:
            raise ValueError(f"a score lies in [0, 1], got {self.value!r}")


class NotScoredCause(StrEnum):
    NOT_APPLICABLE = "not_applicable"
    """The fixture lacks what the evaluator needs."""
    TRIAL_ERROR = "trial_error"
    EVALUATOR_ERROR = "evaluator_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotScored:
    cause: NotScoredCause
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A metric's outcome for a trial, as the journal and the procedure take it."""

    key: TrialKey
    metric: str
    result: Score | NotScored
