"""What a run ends as that could not measure: an error becomes a decision, by its kind."""

from dataclasses import replace

from gate_action.engine.asking import BuildBrokenError
from gate_action.engine.budget import BudgetSpentError
from gate_action.engine.builds import CheckoutError
from gate_action.engine.shards import ShardError
from gate_action.errors import (
    ConfigError,
    GateError,
    InterruptedRunError,
    MissingKeyError,
    NotEvaluatedError,
    StoreError,
    TargetStartError,
)
from gate_action.model.comparison import ChangeKind
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict
from gate_action.model.metric import Forks, Policy
from gate_action.wiring.github.admitting import UnapprovedError


class TimeSpentError(NotEvaluatedError):
    """The run took longer than limits.run_timeout_s. What was measured is kept."""


_KINDS: tuple[tuple[type[GateError], ReasonKind], ...] = (
    (ConfigError, ReasonKind.BAD_CONFIG),
    (MissingKeyError, ReasonKind.MISSING_KEY),
    (TargetStartError, ReasonKind.TARGET_CANNOT_START),
    (BuildBrokenError, ReasonKind.TARGET_CANNOT_START),
    (CheckoutError, ReasonKind.TARGET_CANNOT_START),
    (UnapprovedError, ReasonKind.NOT_APPROVED),
    (BudgetSpentError, ReasonKind.BUDGET_SPENT),
    (ShardError, ReasonKind.SHARDS_INCOMPLETE),
    (TimeSpentError, ReasonKind.TIME_SPENT),
    (StoreError, ReasonKind.STORE_FAILED),
    (InterruptedRunError, ReasonKind.INTERRUPTED),
)


_STOPPED = frozenset({ReasonKind.BUDGET_SPENT, ReasonKind.TIME_SPENT, ReasonKind.STORE_FAILED, ReasonKind.INTERRUPTED})


def decision_for(error: GateError, *, is_fork: bool, policy: Policy | None) -> Decision:
    """NOT_EVALUATED, with the error's words. What a fork's run lacks, secrets or an approval, is softened where
    base's policy says so.

    Raises ``error`` itself where it is none that a run may end with.
    """
    kind = next((kind for errors, kind in _KINDS if isinstance(error, errors)), None)
    if kind is None:
        raise error
    is_softened = False
    if kind is ReasonKind.MISSING_KEY and is_fork:
        kind = ReasonKind.NO_SECRETS
    if kind in (ReasonKind.NO_SECRETS, ReasonKind.NOT_APPROVED):
        is_softened = policy is not None and policy.forks is Forks.NEUTRAL
    sentence = f"{error.message} ({error.hint})" if error.hint else error.message
    reason = Reason(kind=kind, sentence=sentence, detail=_detail(error))
    return Decision(verdict=Verdict.NOT_EVALUATED, reasons=(reason,), is_softened=is_softened)


def decision_of_defect(error: Exception) -> Decision:
    """NOT_EVALUATED, as a defect of ours. The traceback belongs into the log."""
    while isinstance(error, ExceptionGroup):  # what runs side by side fails in groups
        error = error.exceptions[0]
    sentence = f"gate-action itself failed, which is no verdict: {type(error).__name__}: {error}"
    reason = Reason(kind=ReasonKind.DEFECT, sentence=sentence, detail="Please report it, with the job's log.")
    return Decision(verdict=Verdict.NOT_EVALUATED, reasons=(reason,))


def _detail(error: GateError) -> str:
    """What a reader needs to mend it: every problem of a file, or a child's last lines."""
    match error:
        case ConfigError(problems=problems):
            return "\n".join(map(str, problems))
        case TargetStartError(tail=tail):
            return tail
        case ShardError(problems=problems):
            return "\n".join(problems)
        case BuildBrokenError(cause=cause):
            return cause.tail
        case _:
            return ""


def add_what_is_there(refusal: Decision, so_far: Decision | None) -> Decision:
    """A run that was stopped still shows what it measured: findings, changes and calls, under no verdict."""
    if so_far is None or not so_far.metrics or refusal.reasons[0].kind not in _STOPPED:
        return refusal
    first, *others = refusal.reasons
    calls = so_far.calls
    counts = f", {calls.base} trials of base and {calls.head} of head," if calls else ""
    told = f"{first.sentence}; what is there{counts} is shown and decides nothing"
    reasons = (replace(first, sentence=told), *others)
    return replace(
        refusal,
        reasons=reasons,
        metrics=so_far.metrics,
        changes=tuple(one for one in so_far.changes if one.kind is not ChangeKind.NOT_COMPARABLE),  # most: not tried
        unlisted={kind: more for kind, more in so_far.unlisted.items() if kind is not ChangeKind.NOT_COMPARABLE},
        unchanged=so_far.unchanged,
        calls=calls,
        procedure=so_far.procedure,
        spent=so_far.spent,
    )
