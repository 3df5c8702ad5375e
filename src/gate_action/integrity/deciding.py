"""What a change to the gate does to the verdict: unapproved loosening blocks, an approval is told."""

from dataclasses import replace

from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict
from gate_action.model.integrity import Approval, Effect, Integrity, Way

_MOST_NAMED = 3


def weigh_integrity(decision: Decision, integrity: Integrity) -> Decision:
    """The decision with what the change does to its own gate. Loosening that nobody approved is FAIL.

    A run that could not measure stays so, but never green: what a change does to the gate is known without secrets.
    """
    if not integrity.loosening:
        return decision
    if integrity.is_approved:
        approved = Reason(kind=ReasonKind.APPROVED, sentence=_say_approved(integrity))
        return replace(decision, reasons=(*decision.reasons, approved))
    loosened = Reason(kind=ReasonKind.LOOSENED, sentence=say_loosened(integrity))
    if decision.verdict is Verdict.NOT_EVALUATED and not decision.is_softened:
        return replace(decision, reasons=(*decision.reasons, loosened))
    others = [reason for reason in decision.reasons if decision.verdict is not Verdict.PASS or _is_told(reason)]
    reasons = (*others, loosened) if decision.verdict is Verdict.FAIL else (loosened, *others)
    return replace(decision, verdict=Verdict.FAIL, reasons=reasons, is_softened=False)


def say_loosened(integrity: Integrity) -> str:
    """What loosens the gate, in a sentence of bounded length."""
    loosening = integrity.loosening
    named = ", ".join(f"{change.subject} {change.what}" for change in loosening[:_MOST_NAMED])
    more = f" and {len(loosening) - _MOST_NAMED} more" if len(loosening) > _MOST_NAMED else ""
    surely = any(change.effect is Effect.LOOSENS for change in loosening)
    verb = "loosens" if surely else "may loosen"
    return f"this change {verb} the gate that judges it, and nobody approved that: {named}{more}"


def say_who(approval: Approval) -> str:
    """Who approved, and how."""
    match approval.way:
        case Way.LANDED:
            return "let in by who may write to this branch"
        case Way.QUEUED:
            return "brought by earlier entries of the merge queue, which their own runs gate"
        case Way.SUPPOSED:
            return "supposed, as --as-if-approved asks: nobody approved"
        case Way.REVIEW | Way.LABEL:
            return f"approved by {approval.who} ({approval.way}, at {approval.commit[:10]})"


def _say_approved(integrity: Integrity) -> str:
    who = "; ".join(map(say_who, integrity.approvals))
    count = len(integrity.loosening)
    return f"what this change does to the gate ({count} change{'s' * (count != 1)}) decides: {who}"


def _is_told(reason: Reason) -> bool:
    return reason.kind is ReasonKind.ACKNOWLEDGED
