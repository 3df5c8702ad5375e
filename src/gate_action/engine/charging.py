"""Whose failure is it: what a trial without an output scores. Pure."""

from collections.abc import Iterable, Mapping

from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, TrialError, TrialKey

Scores = Mapping[str, Score | NotScored]


def charge_failure(
    key: TrialKey, error: TrialError, metrics: Iterable[str], counterpart: Scores | None
) -> tuple[Scored, ...]:
    """Scores of a trial that ended in ``error``.

    Head's own failure scores 0 wherever base, asked the same, was scored (``counterpart``: base's scores of that
    fixture and attempt, or of any attempt where base was not asked for this one). All else is missing.
    """
    blames_head = key.arm is Arm.HEAD and error.fault.is_targets_own

    def charge(metric: str) -> Score | NotScored:
        base = (counterpart or {}).get(metric)
        if isinstance(base, NotScored) and base.cause is NotScoredCause.NOT_APPLICABLE:
            return base
        if blames_head and isinstance(base, Score):
            return Score(value=0.0, reason=f"head failed where base answered: {error.detail}")
        return NotScored(cause=NotScoredCause.TRIAL_ERROR, detail=error.detail)

    return tuple(Scored(key=key, metric=metric, result=charge(metric)) for metric in metrics)


def find_counterpart(key: TrialKey, scores: Mapping[TrialKey, Scores], attempts: Iterable[int]) -> Scores | None:
    """Base's scores for head's ``key``: of the same attempt if base was asked for it, else of base's first answer."""
    same = scores.get(TrialKey(key.fixture_id, Arm.BASE, key.attempt))
    if same is not None:
        return same
    others = (scores.get(TrialKey(key.fixture_id, Arm.BASE, attempt)) for attempt in attempts)
    return next((found for found in others if found is not None), None)
