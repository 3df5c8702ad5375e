"""What the report shows of the trials themselves: sums of what they took, and one pair of outputs a changed fixture."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from gate_action.engine.journal import Journal
from gate_action.engine.trials import Finished
from gate_action.model.comparison import ChangeKind, FixtureChange
from gate_action.model.fixture import Expected, Fixture, Json, JsonObject, expected_parts
from gate_action.model.metric import Metric, Policy, Role
from gate_action.model.replay import ModelCalls
from gate_action.model.report import ArmUsage, Example, Shown
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Output, Stored, TrialError, TrialKey, Unmeasured

_MOST_EXAMPLES = 200
_LONGEST_SHOWN = 8000
_EARLIER = Shown(text="(answered in an earlier run of this head, and shown there)")


def sum_usage(finished: Iterable[Finished]) -> dict[str, ArmUsage]:
    """By arm: trials, errors, median latency, tokens and cost. A sum over what was reported; none: Unmeasured."""
    by_arm: dict[Arm, list[Finished]] = {}
    for one in finished:
        by_arm.setdefault(one.trial.key.arm, []).append(one)
    return {str(arm): _arm_usage(by_arm[arm]) for arm in Arm if arm in by_arm}


def mean_cost(finished: Sequence[Finished]) -> float | Unmeasured:
    """US dollars of one trial, of those paid for in full. Unmeasured where one of them is: a mean would be too low."""
    bought = [one.trial for one in finished if one.trial.calls is None or not one.trial.calls.replayed]
    costs = [trial.usage.cost_usd for trial in bought]
    unknown = next((cost for cost in costs if isinstance(cost, Unmeasured)), None)
    known = [cost for cost in costs if not isinstance(cost, Unmeasured)]
    if unknown is not None or not known:
        return unknown or Unmeasured.NOT_REPORTED
    return sum(known) / len(known)


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Chooses, for each changed fixture, the attempt that shows the change, and says why it scored what it did."""

    fixtures: Mapping[str, Fixture]
    metrics: tuple[Metric, ...]
    journal: Journal

    def choose(self, changes: Sequence[FixtureChange], finished: Iterable[Finished]) -> tuple[Example, ...]:
        """In the order of ``changes``; those beyond the first 200 are left out."""
        wanted = [change for change in changes[:_MOST_EXAMPLES] if change.fixture_id in self.fixtures]
        if not wanted:
            return ()
        ids = {change.fixture_id for change in wanted}
        trials: dict[tuple[str, Arm], list[Finished]] = {}
        for one in finished:
            if one.trial.key.fixture_id in ids:
                trials.setdefault((one.trial.key.fixture_id, one.trial.key.arm), []).append(one)
        chosen = [
            (change, self._pick(change, Arm.BASE, trials), self._pick(change, Arm.HEAD, trials)) for change in wanted
        ]
        keys = frozenset(head.trial.key for _change, _base, head in chosen if head is not None)
        reasons = self.journal.read_reasons(keys)
        return tuple(self._example(change, base, head, reasons) for change, base, head in chosen)

    def _pick(
        self, change: FixtureChange, arm: Arm, trials: Mapping[tuple[str, Arm], list[Finished]]
    ) -> Finished | None:
        """The first trial that passed where the change needs one that passed, and so on; else the first."""
        mine = trials.get((change.fixture_id, arm), [])
        wants_pass = (change.kind is ChangeKind.IMPROVED) == (arm is Arm.HEAD)
        return next((one for one in mine if self._passes(one) is wants_pass), mine[0] if mine else None)

    def _passes(self, finished: Finished) -> bool:
        bars = {metric.name: metric.pass_at for metric in self.metrics if metric.role is Role.PRIMARY}
        values = [
            (scored.result.value, bars[scored.metric])
            for scored in finished.scores
            if scored.metric in bars and isinstance(scored.result, Score)
        ]
        return bool(values) and all(value >= bar for value, bar in values)

    def _example(
        self,
        change: FixtureChange,
        base: Finished | None,
        head: Finished | None,
        reasons: Mapping[TrialKey, Mapping[str, Scored]],
    ) -> Example:
        fixture = self.fixtures[change.fixture_id]
        told = reasons.get(head.trial.key, {}) if head else {}
        elsewhere = _EARLIER if base is None and head is None else None
        return Example(
            fixture_id=fixture.id,
            input=fixture.input,
            expected=expected_json(fixture.expected),
            place=fixture.place,
            base=self._shown(base) or elsewhere,
            head=self._shown(head) or elsewhere,
            reasons={metric: why for metric, scored in sorted(told.items()) if (why := self._reason(scored, change))},
        )

    def _reason(self, scored: Scored, change: FixtureChange) -> str:
        """Why head's attempt scored what it did: of the metric that moved, and of those that it does not pass."""
        match scored.result:
            case Score(value=value, reason=reason):
                bars = {metric.name: metric.pass_at for metric in self.metrics}
                return reason if scored.metric == change.metric or value < bars[scored.metric] else ""
            case NotScored(cause=NotScoredCause.NOT_APPLICABLE):
                return ""
            case NotScored(cause=cause, detail=detail):
                return f"{cause}: {detail}"

    def _shown(self, finished: Finished | None) -> Shown | None:
        if finished is None:
            return None
        outcome = finished.trial.outcome
        if isinstance(outcome, Stored):
            outcome = self.journal.read_output(outcome)
        match outcome:
            case TrialError():
                return Shown(text=_cut(f"{outcome.detail}\n{outcome.tail}".strip()), is_error=True)
            case Output():
                return Shown(text=_cut(outcome.text), tool_calls=outcome.tool_calls)


def told_policy(policy: Policy) -> JsonObject:
    """Each rule by its name in gate.yaml."""
    return asdict(policy) | {"protected": [str(one) for one in policy.protected]}


def expected_json(expected: Expected) -> Json:
    """As a person writes it in a row; None where nothing is expected by name."""
    parts = expected_parts(expected)
    if parts.keys() == {"output"}:
        return parts["output"]
    return parts or None


def _arm_usage(finished: Sequence[Finished]) -> ArmUsage:
    trials = [one.trial for one in finished]
    told = [trial.usage.latency_s for trial in trials if trial.fresh]
    latencies = [latency for latency in told if not isinstance(latency, Unmeasured)]
    tokens = [
        count
        for trial in trials
        for count in (trial.usage.input_tokens, trial.usage.output_tokens)
        if not isinstance(count, Unmeasured)
    ]
    costs = [trial.usage.cost_usd for trial in trials if not isinstance(trial.usage.cost_usd, Unmeasured)]
    unpriced = any(trial.usage.cost_usd is Unmeasured.UNPRICED for trial in trials)
    return ArmUsage(
        trials=len(trials),
        errors=sum(isinstance(trial.outcome, TrialError) for trial in trials),
        latency_median_s=float(np.median(latencies)) if latencies else Unmeasured.NOT_REPORTED,
        tokens=sum(tokens) if tokens else Unmeasured.NOT_REPORTED,
        cost_usd=Unmeasured.UNPRICED if unpriced else sum(costs) if costs else Unmeasured.NOT_REPORTED,
        model_calls=_sum_calls([trial.calls for trial in trials if trial.calls is not None]),
    )


def _sum_calls(watched: Sequence[ModelCalls]) -> ModelCalls | None:
    return (
        ModelCalls(
            bought=sum(calls.bought for calls in watched),
            replayed=sum(calls.replayed for calls in watched),
            failed=sum(calls.failed for calls in watched),
            saved_tokens=sum(calls.saved_tokens for calls in watched),
            saved_usd=sum(calls.saved_usd for calls in watched),
        )
        if watched
        else None
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} […{len(text) - _LONGEST_SHOWN} more]"
