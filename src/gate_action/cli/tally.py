"""Counts what a run does while it does it, by build. Knows no terminal."""

from collections.abc import Callable
from dataclasses import field

from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision, Verdict
from gate_action.model.trial import Arm, Trial, TrialError, Unmeasured

_WORDS = {
    Verdict.PASS: "no regression",
    Verdict.FAIL: "worse: it would be blocked",
    Verdict.INCONCLUSIVE: "not settled",
    Verdict.NOT_EVALUATED: "not evaluated",
}


@dataclass(slots=True)
class ArmTally:
    """Of one build."""

    done: int = 0
    running: int = 0
    replayed: int = 0
    errors: int = 0
    cost_usd: float | None = None
    """None: no trial has told what it cost."""

    def count(self, trial: Trial) -> None:
        self.done += 1
        self.replayed += not trial.fresh
        self.errors += isinstance(trial.outcome, TrialError)
        if not isinstance(trial.usage.cost_usd, Unmeasured):
            self.cost_usd = (self.cost_usd or 0.0) + trial.usage.cost_usd


@dataclass(slots=True)
class Tally:
    """A Watcher that counts. ``clock`` in seconds."""

    clock: Callable[[], float]
    arms: dict[Arm, ArmTally] = field(default_factory=lambda: {arm: ArmTally() for arm in Arm})
    rounds: int = 0
    verdict: str = ""
    """What would be decided now; empty: the first round is under way."""
    asked_in_round: int = 0
    done_in_round: int = 0
    began_at: float = field(init=False)
    round_began_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.began_at = self.round_began_at = self.clock()

    def ask(self, requests: int) -> None:
        self.rounds += 1
        self.asked_in_round, self.done_in_round, self.round_began_at = requests, 0, self.clock()

    def count(self, trial: Trial) -> None:
        self.done_in_round += 1
        self.arms[trial.key.arm].count(trial)

    def judge(self, decision: Decision) -> None:
        self.verdict = _WORDS[decision.verdict]

    @property
    def gone_s(self) -> float:
        return self.clock() - self.began_at

    @property
    def left_s(self) -> float | None:
        """Of this round, at the pace that it has had. None: nothing is known yet."""
        if not self.done_in_round or not self.asked_in_round:
            return None
        pace = (self.clock() - self.round_began_at) / self.done_in_round
        return pace * (self.asked_in_round - self.done_in_round)

    def __str__(self) -> str:
        """On one line."""
        errors = [f"{arm} {one.errors}" for arm, one in self.arms.items() if one.errors]
        replayed = sum(one.replayed for one in self.arms.values())
        costs = [one.cost_usd for one in self.arms.values() if one.cost_usd is not None]
        parts = [
            f"round {self.rounds}: {self.done_in_round} of {self.asked_in_round} trials",
            f"replayed {replayed}" if replayed else "",
            f"errors {', '.join(errors)}" if errors else "",
            f"{sum(costs):.2f} USD" if costs else "",
            f"{say_seconds(self.gone_s)} gone",
            f"so far {self.verdict}" if self.verdict else "",
        ]
        return "; ".join(part for part in parts if part)


def say_seconds(seconds: float) -> str:
    """``1.2 s``, ``48 s``, ``12:05``, ``1:02:03``."""
    if seconds < 10:  # noqa: PLR2004  # where a tenth tells something
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004  # a minute
        return f"{whole} s"
    minutes, seconds_left = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours}:{minutes_left:02}:{seconds_left:02}" if hours else f"{minutes}:{seconds_left:02}"
