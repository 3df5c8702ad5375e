"""Whose failure is it: what a trial without an output scores. Pure."""

from collections.abc import Callable, Iterable, Mapping
from math import comb

from gate_action.model.dataclass import dataclass
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, TrialError, TrialKey

Scores = Mapping[str, Score | NotScored]
_ALIKE_P = 0.001
_WORTH_A_WORD_P = 0.05


@dataclass(slots=True)
class Tries:
    """Of one build: those that came out, and those among them that failed by the build's own fault."""

    made: int = 0
    failed: int = 0


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


def find_counterpart(
    key: TrialKey, find: Callable[[TrialKey], Scores | None], attempts: Iterable[int]
) -> Scores | None:
    """Base's scores for head's ``key``: of the same attempt if base was asked for it, else of base's first answer.

    ``find``: the scores of a finished trial. ``attempts``: those of base, in order.
    """
    same = find(TrialKey(key.fixture_id, Arm.BASE, key.attempt))
    if same is not None:
        return same
    others = (find(TrialKey(key.fixture_id, Arm.BASE, attempt)) for attempt in attempts)
    return next((found for found in others if found is not None), None)


def fail_alike(base: Tries, head: Tries) -> bool:
    """Do both builds fail by themselves, head not noticeably more often? Then it is their surroundings that fail.

    Noticeably: by Fisher's exact test, one-sided, at 0.1%: what is tried again and fails again is charged all the same.
    Where base never failed, head's failures are head's.
    """
    return bool(base.failed and head.failed) and not fails_more(base, head)


def fails_more(base: Tries, head: Tries) -> bool:
    """Does head fail noticeably more often than base? By the test of ``fail_alike``."""
    return head.failed > 0 and _tail(base, head) <= _ALIKE_P


def say_tries(base: Tries, head: Tries) -> str:
    """A word where head fails by itself more often, if only at first: by the same test at 5%. Empty: it does not."""
    if not head.failed or _tail(base, head) > _WORTH_A_WORD_P:
        return ""
    return (
        f"head failed by itself in {head.failed} of {head.made} tries, base in {base.failed} of {base.made}: where "
        "another try was answered, that answer counts"
    )


def _tail(base: Tries, head: Tries) -> float:
    """P(at least as many of all failed tries are head's), were they spread by chance."""
    failed, made = base.failed + head.failed, base.made + head.made
    most = min(failed, head.made)
    ways = sum(comb(head.made, n) * comb(base.made, failed - n) for n in range(head.failed, most + 1))
    return ways / comb(made, failed)
