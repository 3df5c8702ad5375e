"""The bricks of the tests' reports: differences, metrics, slices, changes and examples with fitting defaults."""

from dataclasses import replace

from gate_action.model.comparison import (
    ChangeKind,
    Difference,
    Finding,
    FixtureChange,
    Flips,
    Interval,
    MetricComparison,
    SliceComparison,
    Tally,
)
from gate_action.model.decision import Decision
from gate_action.model.fixture import Json, Place, Slice
from gate_action.model.integrity import Area, Effect, GateChange
from gate_action.model.metric import Role
from gate_action.model.report import ArmUsage, Example, Report, Shown
from gate_action.model.run import BaseRule, Revision, Revisions
from gate_action.model.trial import Unmeasured

ALWAYS = Tally(3, 3, 0)
NEVER = Tally(0, 3, 0)


def example(
    fixture_id: str,
    base: str | Shown | None = "Refunds take 5 working days.",
    head: str | Shown | None = "Refunds take 30 working days, I think.",
    *,
    line: int = 12,
    why: str = "expected “5 working days”",
    expected: Json = "5 working days",
) -> Example:
    return Example(
        fixture_id=fixture_id,
        input="How long does a refund take after I sent the shoes back?",
        expected=expected,
        place=Place("fixtures/refunds.jsonl", line),
        base=Shown(text=base) if isinstance(base, str) else base,
        head=Shown(text=head) if isinstance(head, str) else head,
        reasons={"answer": why},
    )


def change(
    fixture_id: str,
    kind: ChangeKind = ChangeKind.REGRESSED,
    base: Tally = ALWAYS,
    head: Tally = NEVER,
    **more: object,
) -> FixtureChange:
    made = FixtureChange(
        fixture_id=fixture_id,
        kind=kind,
        base=base,
        head=head,
        base_mean=base.passed / base.scored if base.scored else None,
        head_mean=head.passed / head.scored if head.scored else None,
        metric="answer",
    )
    return replace(made, **more)  # type: ignore[arg-type]  # the few fields that a test sets by name


def difference(
    base: float, head: float, interval: tuple[float, float] | None, p: float | None, **more: object
) -> Difference:
    made = Difference(
        base_mean=base,
        head_mean=head,
        delta=head - base,
        interval=Interval(*interval) if interval else None,
        p_value=p,
        fixtures=300,
        clusters=104,
        base_trials=900,
        head_trials=900,
        flips=Flips(to_fail=14, to_pass=3),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # as above


def slice_of(
    name: str, part: Difference, p: float | None, *, broken: bool = False, protected: bool = False
) -> SliceComparison:
    dimension, value = name.split("=", 1)
    return SliceComparison(
        slice=Slice(dimension, value), difference=part, adjusted_p=p, is_broken=broken, is_protected=protected
    )


def metric(finding: Finding, difference: Difference | None, name: str = "answer", **more: object) -> MetricComparison:
    made = MetricComparison(
        metric=name,
        role=Role.PRIMARY,
        finding=finding,
        difference=difference,
        head_mean=difference.head_mean if difference else None,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # as above


def report(decision: Decision, examples: tuple[Example, ...] = (), **more: object) -> Report:
    made = Report(
        gate_id="support-bot",
        tool_version="0.1.0",
        run_id="20260301-120000-3f9a",
        started_at="2026-03-01T12:00:00Z",
        duration_s=200.0,
        revisions=Revisions(
            head=Revision(sha="c0ffee1234567890c0ffee1234567890c0ffee12"),
            base=Revision(sha="feedbeef98765432feedbeef98765432feedbeef"),
            rule=BaseRule.MERGE_BASE,
        ),
        decision=decision,
        suite_digest="sha256:5f2b8c0d",
        fixtures=300,
        slices=12,
        reproduce="gate-action run --base feedbeef98 --head c0ffee1234 --seed 0",
        run_folder="/runs/20260301-120000-3f9a",
        usage={
            "base": ArmUsage(trials=900, errors=0, latency_median_s=0.84, tokens=412_338, cost_usd=0.4123),
            "head": ArmUsage(trials=900, errors=2, latency_median_s=1.31, tokens=538_101, cost_usd=0.5381),
            "judge": ArmUsage(
                trials=600,
                errors=0,
                latency_median_s=Unmeasured.NOT_REPORTED,
                tokens=120_000,
                cost_usd=Unmeasured.UNPRICED,
            ),
        },
        examples=examples,
        policy={"trials": 3, "margin": 0.05, "on_inconclusive": "pass", "protected": []},
    )
    return replace(made, **more)  # type: ignore[arg-type]  # as above


def gate_change(area: Area, subject: str, effect: Effect, base: str = "", head: str = "", **more: str) -> GateChange:
    made = GateChange(area=area, subject=subject, effect=effect, what="edited", base=base, head=head)
    return replace(made, **more)  # type: ignore[arg-type]  # as above
