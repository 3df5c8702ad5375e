"""The same answers read by two gates: tallies and means by each, and what the one that does not decide would say."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import fmean

from gate_action.comparison.evidence import Evidence
from gate_action.comparison.plan import BaseArm, Plan
from gate_action.comparison.procedure import SideBySide, TwoRuns
from gate_action.errors import ConfigError
from gate_action.model.comparison import Tally
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision, ReasonKind, not_evaluated
from gate_action.model.fixture import Fixture, Suite
from gate_action.model.integrity import FixtureReading, Means, MetricReading, Readings, Sides
from gate_action.model.metric import Metric, Policy
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Trial, TrialKey


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRows:
    """One gate's suite and metrics, and what it made of the trials. Rows of other fixtures and metrics are left out."""

    suite: Suite
    metrics: tuple[Metric, ...]
    policy: Policy
    trials: tuple[Trial, ...]
    scores: tuple[Scored, ...]

    def sides(self, fixture_id: str) -> Sides | None:
        """None: this gate does not have the fixture."""
        fixture = self.suite.by_id.get(fixture_id)
        return None if fixture is None else Sides(*(self._tally(fixture, arm) for arm in Arm))

    def means(self, metric: str) -> Means | None:
        """None: this gate does not have the metric."""
        if all(one.name != metric for one in self.metrics):
            return None
        return Means(*(self._mean(metric, arm) for arm in Arm))

    def _tally(self, fixture: Fixture, arm: Arm) -> Tally:
        evidence = Evidence([fixture], self.metrics)
        evidence.tell((), [row for row in self.scores if row.key.fixture_id == fixture.id])
        passed = [evidence.has_passed(TrialKey(fixture.id, arm, n)) for n in evidence.attempts(fixture.id, arm)]
        return Tally(passed.count(True), len(passed) - passed.count(None), passed.count(None))

    def _mean(self, metric: str, arm: Arm) -> float | None:
        values = [
            row.result.value
            for row in self.scores
            if row.metric == metric and row.key.arm is arm and isinstance(row.result, Score)
        ]
        return fmean(values) if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoGates:
    """The gate that decided and the one that did not."""

    deciding: GateRows
    other: GateRows
    is_head_deciding: bool

    def read(self, fixture_ids: Iterable[str], metrics: Iterable[str], note: str) -> Readings:
        """``fixture_ids`` and ``metrics``: those that the two read differently."""
        preview = self._preview()
        base, head = (self.other, self.deciding) if self.is_head_deciding else (self.deciding, self.other)
        return Readings(
            is_head_deciding=self.is_head_deciding,
            verdict=preview.verdict,
            sentence=preview.reasons[0].sentence,
            fixtures=tuple(
                FixtureReading(fixture_id=name, base=base.sides(name), head=head.sides(name)) for name in fixture_ids
            ),
            metrics=tuple(MetricReading(metric=name, base=base.means(name), head=head.means(name)) for name in metrics),
            note=note,
        )

    def _preview(self) -> Decision:
        """By the two-run rule; where base was hardly run, of head alone."""
        tried = {arm: {t.key.fixture_id for t in self.other.trials if t.key.arm is arm} for arm in Arm}
        fixtures = tuple(one for one in self.other.suite.fixtures if one.id in tried[Arm.HEAD])
        known = self.deciding.suite if not self.is_head_deciding else self.other.suite
        try:
            if len(tried[Arm.BASE]) * 2 < len(tried[Arm.HEAD]):
                return self._alone(fixtures)
            new = frozenset(one.id for one in fixtures if one.id not in known.by_id)
            plan = Plan(fixtures=fixtures, metrics=self.other.metrics, policy=self.other.policy, new_ids=new)
            procedure = TwoRuns(plan)
            procedure.tell(self.other.trials, self.other.scores)
            return procedure.decide()
        except ConfigError as error:
            return not_evaluated(ReasonKind.BAD_CONFIG, error.message)

    def _alone(self, fixtures: Sequence[Fixture]) -> Decision:
        """One trial of head a fixture: floors and critical fixtures are read, nothing is compared."""
        plan = Plan(
            fixtures=tuple(fixtures),
            metrics=self.other.metrics,
            policy=replace(self.other.policy, trials=1),
            base=BaseArm.NONE,
            base_reason="base was not run on these fixtures",
        )
        procedure = SideBySide(plan)
        heads = [trial for trial in self.other.trials if trial.key.arm is Arm.HEAD and trial.key.attempt == 0]
        keys = {trial.key for trial in heads}
        procedure.tell(heads, [row for row in self.other.scores if row.key in keys])
        return procedure.decide()
