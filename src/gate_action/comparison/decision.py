"""Findings and events -> Decision: the one table that says what blocks, what stays open and what passes."""

from collections.abc import Iterator

from gate_action.comparison.acknowledging import list_acknowledged
from gate_action.comparison.comparing import Compared, compare_metrics
from gate_action.comparison.critical import CriticalResult, CriticalRule, Standing
from gate_action.comparison.due import due_attempts
from gate_action.comparison.evidence import Asked, Evidence
from gate_action.comparison.pairing import Pairing
from gate_action.comparison.plan import BaseArm, Plan, Way
from gate_action.comparison.sentences import say_count, say_floor
from gate_action.model.comparison import Finding
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import (
    Calls,
    Decision,
    Reason,
    ReasonKind,
    Verdict,
    blocks_when_inconclusive,
    not_evaluated,
)
from gate_action.model.metric import Role
from gate_action.model.trial import Arm

WORST_FIRST = (Verdict.NOT_EVALUATED, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """One thing that was found, and the verdict that it alone would give."""

    verdict: Verdict
    reason: Reason

    @property
    def is_always_told(self) -> bool:
        return self.verdict is not Verdict.PASS or self.reason.kind is ReasonKind.ACKNOWLEDGED


def decide(plan: Plan, evidence: Evidence, way: Way, ceiling: int) -> Decision:
    """The verdict of a run: the worst of what was found, with every reason as grave, and those less grave but PASS.

    ``ceiling``: the most trials that the procedure could have asked for. Equal evidence gives an equal decision.
    """
    if not plan.judged:
        return not_evaluated(ReasonKind.NOTHING_MEASURED, "there is no fixture to judge")
    if not evidence.count(Arm.HEAD):
        return not_evaluated(ReasonKind.NOTHING_MEASURED, "no trial of head was made")
    asked = due_attempts(plan, evidence, way)
    return conclude(
        Weighed(
            plan=plan,
            evidence=evidence,
            tallied=asked,
            compared=compare_metrics(plan, evidence, asked),
            criticals=CriticalRule(plan=plan, can_rerun=way is not Way.TWO_RUNS).judge(evidence),
            way=way,
            # Stored rows are no calls of this run.
            calls=None
            if way is Way.TWO_RUNS
            else Calls(
                base=0 if way is Way.STORED_BASE else evidence.count(Arm.BASE),
                head=evidence.count(Arm.HEAD),
                ceiling=ceiling,
            ),
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """All that a verdict rests on."""

    plan: Plan
    evidence: Evidence
    tallied: Asked
    """The attempts that each fixture's change is told by."""
    compared: tuple[Compared, ...]
    criticals: tuple[CriticalResult, ...]
    way: Way
    calls: Calls | None


def conclude(weighed: Weighed) -> Decision:
    """The table: the worst of what was found, and every fixture that changed."""
    plan, compared, criticals = weighed.plan, weighed.compared, weighed.criticals
    pairing = Pairing(plan=plan, evidence=weighed.evidence, asked=weighed.tallied, criticals=criticals)
    changes = pairing.list_changes()
    finder = _Finder(plan=plan, compared=compared, criticals=criticals, regressed=changes.regressed)
    events = sorted(finder.find(), key=lambda event: WORST_FIRST.index(event.verdict))
    verdict = events[0].verdict
    return Decision(
        verdict=verdict,
        reasons=tuple(e.reason for e in events if verdict is Verdict.PASS or e.is_always_told),
        metrics=tuple(entry.comparison for entry in compared),
        changes=changes.listed,
        unlisted=changes.unlisted,
        unchanged=changes.unchanged,
        calls=weighed.calls,
        procedure=str(weighed.way),
        is_blocking_inconclusive=blocks_when_inconclusive(plan.policy),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finder:
    """Goes through everything that may carry the verdict, in the order in which reasons of equal weight are told."""

    plan: Plan
    compared: tuple[Compared, ...]
    criticals: tuple[CriticalResult, ...]
    regressed: frozenset[str]
    """Ids of the fixtures that got worse."""

    def find(self) -> Iterator[_Event]:
        primary = [entry for entry in self.compared if entry.metric.role is Role.PRIMARY]
        for entry in primary:
            if entry.comparison.finding is Finding.ERRORED:
                kind = ReasonKind.NOTHING_MEASURED if entry.is_unscored else ReasonKind.TOO_MUCH_MISSING
                yield self._event(Verdict.NOT_EVALUATED, kind, entry)
        if self.plan.base is BaseArm.BROKEN:
            sentence = f"base does not run, head does: {self.plan.base_reason or 'no reason was given'}"
            reason = Reason(kind=ReasonKind.BASE_BROKEN, sentence=sentence, detail=self.plan.base_detail)
            yield _Event(verdict=Verdict.INCONCLUSIVE, reason=reason)
        for reason in list_acknowledged(self.plan):
            yield _Event(verdict=Verdict.PASS, reason=reason)
        for entry in primary:
            if entry.is_set_against_base and not self.plan.is_acknowledged(entry.metric.name):
                yield from self._weigh(entry)
            yield from self._weigh_floor(entry)
        for result in self.criticals:
            yield from self._weigh_critical(result)
        if not primary:
            yield self._all_barred()
        elif self.plan.base is not BaseArm.BROKEN and not any(entry.is_set_against_base for entry in primary):
            yield self._bootstrap()

    def _weigh(self, entry: Compared) -> Iterator[_Event]:
        match entry.comparison.finding:
            case Finding.REGRESSION:
                yield self._blocking(ReasonKind.REGRESSION, entry)
            case Finding.MIXED if any(s.is_broken and s.is_protected for s in entry.comparison.slices):
                yield self._blocking(ReasonKind.MIXED, entry)
            case Finding.MIXED:
                yield self._event(Verdict.INCONCLUSIVE, ReasonKind.MIXED, entry)
            case Finding.INCONCLUSIVE:
                yield self._event(Verdict.INCONCLUSIVE, ReasonKind.INCONCLUSIVE, entry)
            case Finding.PASS | Finding.IMPROVED:
                yield self._event(Verdict.PASS, ReasonKind.NO_REGRESSION, entry)
            case Finding.ERRORED:
                return

    def _blocking(self, kind: ReasonKind, entry: Compared) -> _Event:
        """A stored base alone never blocks, unless the policy trusts it: the provider may have drifted since."""
        if self.plan.base is not BaseArm.STORED or self.plan.policy.trust_stored_baseline:
            return self._event(Verdict.FAIL, kind, entry)
        why = f" ({self.plan.base_reason})" if self.plan.base_reason else ""
        prefix = f"suspected against stored rows only, base was not run{why}: "
        return self._event(Verdict.INCONCLUSIVE, ReasonKind.SUSPECTED, entry, prefix)

    def _event(self, verdict: Verdict, kind: ReasonKind, entry: Compared, prefix: str = "") -> _Event:
        slice_ = entry.leading.slice if entry.leading else None
        regressed = self.regressed
        if slice_ is not None:
            regressed &= {fixture.id for fixture in self.plan.judged if slice_ in fixture.slices}
        is_drop = entry.comparison.finding in (Finding.REGRESSION, Finding.MIXED)
        return _Event(
            verdict=verdict,
            reason=Reason(
                kind=kind,
                sentence=prefix + entry.comparison.sentence,
                metric=entry.metric.name,
                slice=slice_,
                fixture_ids=tuple(sorted(regressed)) if is_drop else (),
            ),
        )

    def _weigh_floor(self, entry: Compared) -> Iterator[_Event]:
        floor, mean = entry.comparison.floor, entry.comparison.head_mean
        if floor is not None and floor.is_broken and mean is not None:
            sentence = say_floor(entry.metric, mean, floor)
            reason = Reason(kind=ReasonKind.FLOOR_BROKEN, sentence=sentence, metric=entry.metric.name)
            yield _Event(verdict=Verdict.FAIL, reason=reason)

    def _weigh_critical(self, result: CriticalResult) -> Iterator[_Event]:
        if result.standing not in (Standing.BLOCKED, Standing.OPEN):
            return
        is_blocked = result.standing is Standing.BLOCKED
        is_new = result.fixture_id in self.plan.new_ids and self.plan.base is BaseArm.RUN
        what = "new fixture that base passes" if is_new else "critical fixture"
        if result.fixture_id in self.plan.required:
            what = "a fixture by its approved new expectation:"
        ending = "" if is_blocked else ": too few to tell"
        before = "failed" if result.is_measured else "was not measured on"
        further = f"then failed {result.failed} of {say_count(result.further, 'further trial')}"
        after = further if result.further else "no further trial came out"
        sentence = f"head {before} {what} {result.fixture_id}, and {after}{ending}"
        kind = ReasonKind.CRITICAL_FAILED if is_blocked else ReasonKind.INCONCLUSIVE
        reason = Reason(kind=kind, sentence=sentence, fixture_ids=(result.fixture_id,))
        yield _Event(verdict=Verdict.FAIL if is_blocked else Verdict.INCONCLUSIVE, reason=reason)

    def _all_barred(self) -> _Event:
        """Every metric that was to block may only warn: that nothing blocks is no pass then."""
        why = "; ".join(f"{metric.name}: {metric.barred}" for metric in self.plan.metrics if metric.barred)
        sentence = f"no metric may block, so nothing is decided: {why}"
        return _Event(verdict=Verdict.INCONCLUSIVE, reason=Reason(kind=ReasonKind.INCONCLUSIVE, sentence=sentence))

    def _bootstrap(self) -> _Event:
        is_first = self.plan.base is BaseArm.NONE
        why = self.plan.base_reason or (
            "this change brings the first gate" if is_first else "no old fixture is left to compare"
        )
        sentence = f"nothing to compare with ({why}): only floors and critical fixtures decide"
        return _Event(verdict=Verdict.PASS, reason=Reason(kind=ReasonKind.BOOTSTRAP, sentence=sentence))
