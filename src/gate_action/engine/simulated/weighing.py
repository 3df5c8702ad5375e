"""What invalid conversations do to a run: counted by cause, and no pass where head has noticeably more. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from gate_action.engine.charging import Tries, fails_more
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict
from gate_action.model.metric import Role
from gate_action.model.report import SimulatedArm
from gate_action.model.scenario import UserFault
from gate_action.model.trial import Arm, Fault, Trial, TrialError

_UNKNOWN = "was not fit"


def count_conversations(trials: Iterable[Trial], arm: Arm) -> SimulatedArm:
    """Of one build. ``trials``: all of the run's with simulated users."""
    mine = [trial.outcome for trial in trials if trial.key.arm is arm]
    invalid = [one for one in mine if isinstance(one, TrialError) and one.fault is Fault.SIMULATED_USER]
    return SimulatedArm(conversations=len(mine), invalid=dict(sorted(Counter(map(_cause, invalid)).items())))


def weigh_conversations(decision: Decision, base: SimulatedArm, head: SimulatedArm) -> Decision:
    """A head whose users are noticeably more often no users never passes by it: what it may hide was not measured.

    Fisher's exact test, one-sided, at 0.1%. Where no metric may block, a warning is enough (``say_difference``).
    """
    may_block = any(metric.role is Role.PRIMARY for metric in decision.metrics)
    if not may_block or decision.verdict is Verdict.FAIL or not _has_more(base, head):
        return decision
    sentence = f"{say_difference(base, head)}: what those would have shown is not known"
    reason = Reason(kind=ReasonKind.TOO_MUCH_MISSING, sentence=sentence)
    others = tuple(one for one in decision.reasons if decision.verdict is not Verdict.PASS)
    return replace(decision, verdict=Verdict.NOT_EVALUATED, reasons=(reason, *others))


def say_difference(base: SimulatedArm, head: SimulatedArm) -> str:
    """Which build's conversations are noticeably more often invalid; empty: neither's."""
    for one, other, more, less in ((base, head, "head", "base"), (head, base, "base", "head")):
        if _has_more(one, other):
            return (
                f"simulated users were invalid in {other.invalid_count} of {other.conversations} conversations with "
                f"{more}, and in {one.invalid_count} of {one.conversations} with {less}"
            )
    return ""


def say_share(base: SimulatedArm, head: SimulatedArm, most: float) -> str:
    """Whether more than the share ``most`` of a build's conversations is invalid; empty: of neither's."""
    told = [
        f"{arm.invalid_count} of {arm.conversations} with {name}"
        for name, arm in (("base", base), ("head", head))
        if arm.invalid_count > most * arm.conversations
    ]
    named = ", ".join(told)
    return f"of the conversations with simulated users {named} are invalid: only the rest counts" if told else ""


def _has_more(base: SimulatedArm, head: SimulatedArm) -> bool:
    arms = [Tries(made=arm.conversations, failed=arm.invalid_count) for arm in (base, head)]
    return bool(base.conversations) and fails_more(*arms)


def _cause(error: TrialError) -> str:
    return next((fault.value for fault in UserFault if f" {fault}," in error.detail), _UNKNOWN)
