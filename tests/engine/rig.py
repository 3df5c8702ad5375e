"""What the engine's tests share: a scripted build, a scoring rule, and what asks for trials."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gate_action.engine.asking import Asker
from gate_action.engine.budget import Purse
from gate_action.engine.pacing import Door, Minute
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Budget, Limits
from gate_action.model.protocols import Try
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Attempt, Fault, Output, Trial, TrialError, TrialKey, TrialRequest


def answer(text: str = "right") -> Attempt:
    return Attempt(outcome=Output(content=text))


def failure(fault: Fault, retry_after_s: float | None = None) -> Attempt:
    return Attempt(outcome=TrialError(fault=fault, detail=f"it {fault}"), retry_after_s=retry_after_s)


@dataclass
class ScriptedBuild:
    """Answers each fixture from its list, in order; the last answer stays."""

    answers: dict[str, list[Attempt]] = field(default_factory=dict)
    seen: list[tuple[str, int]] = field(default_factory=list)

    async def __call__(self, fixture: Fixture, attempt: int) -> Attempt:
        self.seen.append((fixture.id, attempt))
        script = self.answers.get(fixture.id, [answer()])
        return script.pop(0) if len(script) > 1 else script[0]


@dataclass
class RememberingWatcher:
    asked_for: int = 0
    trials: list[Trial] = field(default_factory=list)

    def asked(self, requests: int) -> None:
        self.asked_for += requests

    def started(self, arm: Arm) -> None:
        pass

    def ended(self, arm: Arm) -> None:
        pass

    def so_far(self, decision: Decision) -> None:
        pass

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None:
        self.trials.append(trial)


def open_asker(
    base: Try, head: Try, *, limits: Limits | None = None, budget: Budget | None = None, is_live: bool = True
) -> Asker:
    """Both builds with doors of their own."""
    limits = limits or Limits()
    minute = Minute(limits.pace)
    return Asker(
        tries={Arm.BASE: base, Arm.HEAD: head},
        doors={arm: Door(limits.concurrency, minute) for arm in Arm},
        purse=Purse(budget=budget or Budget()),
        limits=limits,
        is_live=is_live,
    )


async def score_right(fixture: Fixture, key: TrialKey, output: Output) -> tuple[Scored, ...]:
    value = 1.0 if output.content == "right" else 0.0
    return (Scored(key=key, metric="answer", result=Score(value=value, reason=f"said {output.text}")),)


def both_arms(*fixtures: str, attempts: int = 1) -> tuple[TrialRequest, ...]:
    return tuple(
        TrialRequest(key=TrialKey(fixture, arm, attempt))
        for attempt in range(attempts)
        for fixture in fixtures
        for arm in Arm
    )
