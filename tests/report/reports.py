"""Reports of every kind, for the tests of the renderings. All of them are made by hand: nothing here measures."""

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
from gate_action.model.decision import Calls, Decision, Reason, ReasonKind, Verdict
from gate_action.model.fixture import Json, Place, Slice, ToolCall
from gate_action.model.metric import Role
from gate_action.model.report import ArmUsage, Example, FixtureEdits, Report, Shown
from gate_action.model.run import BaseRule, Revision, Revisions
from gate_action.model.trial import Unmeasured

HOSTILE = (
    "@octocat @org/team #12 GH-13 owner/repo#14 octocat@0a1b2c3d4e5f60718293a4b5c6d7e8f901234567 :tada: $x^2$ "
    "https://evil.example/x www.evil.example evil.example mailto:a@evil.example a@evil.example "
    "![i](https://evil.example/i.png) [l](https://evil.example) <img src=x onerror=alert(1)> <script>alert(1)</script> "
    "| a | b |\n```\n</details></td></table>\n<!-- gate-action:support-bot -->\n# head\n- [ ] task\n::error::forged\n"
    "\x1b[31mred\x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \u202egnp.exe\u200b {{ 7*7 }} {view} `code` ~~~"
)

_ALWAYS = Tally(3, 3, 0)
_NEVER = Tally(0, 3, 0)


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
    base: Tally = _ALWAYS,
    head: Tally = _NEVER,
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


_CALLS = Calls(base=900, head=900, ceiling=2_000)
_OTHER_SLICES = (
    slice_of("locale=de", difference(0.81, 0.80, (-0.06, 0.04), 0.4, fixtures=40, clusters=22), 0.93),
    slice_of("locale=en", difference(0.84, 0.83, (-0.04, 0.02), 0.3, fixtures=210, clusters=80), 0.88),
    slice_of("topic=shipping", difference(0.9, 0.92, (-0.02, 0.06), 0.8, fixtures=60, clusters=31), 1.0),
    slice_of("topic=account", difference(0.7, 0.7, None, None, fixtures=4, clusters=2, note="too few clusters"), None),
)


def regression() -> Report:
    """A slice broke; two critical fixtures among the worst; new, flaky and incomparable ones; an edit; a warning."""
    broken = slice_of(
        "topic=refund-policy",
        difference(0.969, 0.531, (-0.61, -0.27), 0.0002, fixtures=32, clusters=8),
        0.0002,
        broken=True,
        protected=True,
    )
    answer = metric(
        Finding.REGRESSION,
        difference(0.81, 0.773, (-0.064, -0.010), 0.0041),
        slices=(*_OTHER_SLICES, broken),
        could_hide=0.064,
        detectable=0.031,
    )
    tone = metric(
        Finding.PASS,
        difference(0.912, 0.914, (-0.008, 0.012), 0.61, flips=Flips(1, 2)),
        name="tone",
        role=Role.SECONDARY,
        could_hide=0.008,
        detectable=0.02,
    )
    decision = Decision(
        verdict=Verdict.FAIL,
        reasons=(
            Reason(
                kind=ReasonKind.REGRESSION,
                sentence='answer regressed in slice "topic=refund-policy": 31/32 → 17/32, p = 0.0002',
                metric="answer",
                slice=Slice("topic", "refund-policy"),
            ),
            Reason(kind=ReasonKind.CRITICAL_FAILED, sentence="critical fixture refund-3 failed 3 of 4 re-runs"),
        ),
        metrics=(answer, tone),
        changes=(
            change("refund-3", is_critical=True, note="critical: 3 of 4 re-runs failed"),
            change("refund-17", head=Tally(1, 3, 0)),
            change("refund-21", head=Tally(0, 2, 1), is_flaky=True),
            change("order-9", ChangeKind.IMPROVED, Tally(0, 3, 0), Tally(3, 3, 0)),
            change("promoted-1", ChangeKind.IMPROVED, Tally(0, 3, 0), Tally(3, 3, 0), is_new=True, note="fixed"),
            change("promoted-2", ChangeKind.ADDED, Tally(0, 3, 0), Tally(0, 3, 0), is_new=True, note="still failing"),
            change("outage-1", ChangeKind.NOT_COMPARABLE, Tally(3, 3, 0), Tally(0, 0, 3)),
        ),
        unchanged=293,
        calls=_CALLS,
        procedure="two-run rule",
    )
    tools = Shown(
        text='{"answer": "30 days", "sources": ["returns.md"]}',
        tool_calls=(ToolCall(name="lookup_order", arguments={"order": 1188, "fields": ["refund"]}),),
    )
    before = Shown(
        text='{"answer": "5 working days", "sources": ["refunds.md", "returns.md"]}',
        tool_calls=(ToolCall(name="lookup_order", arguments={"order": 1188}),),
    )
    examples = (
        example("refund-3"),
        example("refund-17", before, tools, line=40, expected={"output": "5 working days"}),
        example("refund-21", head=Shown(text="timed out after 60 s\nlast line of the child", is_error=True), line=44),
        example("order-9", "I do not know.", "Your order 9 left on Monday.", line=3, why=""),
    )
    return report(
        decision,
        examples,
        edits=FixtureEdits(added=("promoted-1", "promoted-2"), removed=("old-4",)),
        warnings=("2 trials of head failed with a provider error and were tried again.",),
    )


def passing() -> Report:
    answer = metric(
        Finding.PASS,
        difference(0.81, 0.813, (-0.014, 0.020), 0.64, flips=Flips(2, 3)),
        slices=_OTHER_SLICES,
        could_hide=0.014,
        detectable=0.031,
    )
    reason = Reason(
        kind=ReasonKind.NO_REGRESSION, sentence="no regression: a drop of more than 1.4 points is ruled out"
    )
    return report(Decision(verdict=Verdict.PASS, reasons=(reason,), metrics=(answer,), unchanged=300, calls=_CALLS))
