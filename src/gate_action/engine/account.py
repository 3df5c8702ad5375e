"""What the report shows of the trials themselves: sums of what they took, and one pair of outputs a changed fixture."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, field

import numpy as np

from gate_action.engine.finished import Finished
from gate_action.engine.journal import Journal
from gate_action.model.comparison import ChangeKind, FixtureChange
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Expected, Fixture, Json, JsonObject, expected_parts
from gate_action.model.metric import Metric, Policy, Role
from gate_action.model.replay import ModelCalls
from gate_action.model.report import ArmUsage, Example, Shown
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Output, Stored, Trial, TrialError, TrialKey, Unmeasured

_MOST_EXAMPLES = 200
_LONGEST_SHOWN = 8000
_EARLIER = Shown(text="(answered in an earlier run of this head, and shown there)")


def sum_usage(trials: Iterable[Trial], strays: Mapping[Arm, ModelCalls] | None = None) -> dict[str, ArmUsage]:
    """By arm: trials, errors, median latency, tokens and cost. A sum over what was reported; none: Unmeasured.

    ``strays``: model calls of which nobody knows the trial.
    """
    sums = {arm: _Sum(calls=strays.get(arm) if strays else None) for arm in Arm}
    for trial in trials:
        sums[trial.key.arm].add(trial)
    return {str(arm): told.close() for arm, told in sums.items() if told.trials}


def mean_cost(trials: Iterable[Trial]) -> float | Unmeasured:
    """US dollars of one trial, of those paid for in full. Unmeasured where one of them is: a mean would be too low."""
    costs = [trial.usage.cost_usd for trial in trials if trial.calls is None or not trial.calls.replayed]
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

    def choose(
        self, changes: Sequence[FixtureChange], find: Callable[[str], Iterable[Finished]]
    ) -> tuple[Example, ...]:
        """In the order of ``changes``; those beyond the first 200 are left out.

        ``find``: a fixture's finished trials, in the order of keys.
        """
        wanted = [change for change in changes[:_MOST_EXAMPLES] if change.fixture_id in self.fixtures]
        if not wanted:
            return ()
        chosen = []
        for change in wanted:
            trials = tuple(find(change.fixture_id))
            chosen.append((change, self._pick(change, Arm.BASE, trials), self._pick(change, Arm.HEAD, trials)))
        keys = frozenset(head.trial.key for _change, _base, head in chosen if head is not None)
        reasons = self.journal.read_reasons(keys)
        return tuple(self._example(change, base, head, reasons) for change, base, head in chosen)

    def _pick(self, change: FixtureChange, arm: Arm, trials: Iterable[Finished]) -> Finished | None:
        """The first trial that passed where the change needs one that passed, and so on; else the first."""
        mine = [one for one in trials if one.trial.key.arm is arm]
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
                is_talk = self.fixtures[finished.trial.key.fixture_id].scenario is not None
                text = _transcript(outcome.messages) if is_talk else outcome.text
                return Shown(text=_cut(text), tool_calls=outcome.tool_calls)


def told_policy(policy: Policy) -> JsonObject:
    """Each rule by its name in gate.yaml."""
    return asdict(policy) | {"protected": [str(one) for one in policy.protected]}


def expected_json(expected: Expected) -> Json:
    """As a person writes it in a row; None where nothing is expected by name."""
    parts = expected_parts(expected)
    if parts.keys() == {"output"}:
        return parts["output"]
    return parts or None


@dataclass(slots=True)
class _Sum:
    """Of one arm's trials, as they come."""

    trials: int = 0
    errors: int = 0
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    """Seconds, of fresh trials."""
    tokens: int | None = None
    cost_usd: float | None = None
    is_unpriced: bool = False
    calls: ModelCalls | None = None

    def add(self, trial: Trial) -> None:
        usage = trial.usage
        self.trials += 1
        self.errors += isinstance(trial.outcome, TrialError)
        if trial.fresh and not isinstance(usage.latency_s, Unmeasured):
            self.latencies.append(usage.latency_s)
        for count in (usage.input_tokens, usage.output_tokens):
            if not isinstance(count, Unmeasured):
                self.tokens = (self.tokens or 0) + count
        if not isinstance(usage.cost_usd, Unmeasured):
            self.cost_usd = (self.cost_usd or 0.0) + usage.cost_usd
        self.is_unpriced |= usage.cost_usd is Unmeasured.UNPRICED
        if trial.calls is not None:
            self.calls = trial.calls if self.calls is None else self.calls.count(trial.calls)

    def close(self) -> ArmUsage:
        cost = Unmeasured.NOT_REPORTED if self.cost_usd is None else self.cost_usd
        return ArmUsage(
            trials=self.trials,
            errors=self.errors,
            latency_median_s=_median(self.latencies) if self.latencies else Unmeasured.NOT_REPORTED,
            tokens=Unmeasured.NOT_REPORTED if self.tokens is None else self.tokens,
            cost_usd=Unmeasured.UNPRICED if self.is_unpriced else cost,
            model_calls=self.calls,
        )


def _median(values: "array[float]") -> float:
    """That of numpy loads its masked arrays first, which takes longer than all the rest of a report's sums."""
    ordered = np.sort(np.frombuffer(values))
    middle = len(ordered) // 2
    return float(ordered[middle] + ordered[~middle]) / 2


def _transcript(messages: Sequence[Json]) -> str:
    """Who said what, in the words of the roles."""
    told = [message for message in messages if isinstance(message, Mapping)]
    return "\n\n".join(f"{message.get('role')}: {message.get('content')}" for message in told)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} […{len(text) - _LONGEST_SHOWN} more]"
