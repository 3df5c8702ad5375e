"""Reports of every kind, for the tests of the renderings. All of them are made by hand: nothing here measures."""

from dataclasses import replace
from functools import cache

from gate_action.model.comparison import (
    ChangeKind,
    Finding,
    Flips,
    FloorResult,
    Tally,
)
from gate_action.model.decision import Calls, Decision, Reason, ReasonKind, Verdict, not_evaluated
from gate_action.model.fixture import Slice, ToolCall
from gate_action.model.metric import Role
from gate_action.model.report import ArmUsage, Report, Shown
from gate_action.model.run import BaseRule, Revision, Revisions
from gate_action.model.trial import Unmeasured
from gate_action.report.parts import View
from gate_action.report.view import build_view
from tests.report.building import ALWAYS, NEVER, change, difference, example, metric, report, slice_of
from tests.report.gate_reports import EDITED, intend, loosen
from tests.report.hostile_reports import hostile, huge

CALLS = Calls(base=900, head=900, ceiling=2_000)
_OTHER_SLICES = (
    slice_of("locale=de", difference(0.81, 0.80, (-0.06, 0.04), 0.4, fixtures=40, clusters=22), 0.93),
    slice_of("locale=en", difference(0.84, 0.83, (-0.04, 0.02), 0.3, fixtures=210, clusters=80), 0.88),
    slice_of("topic=shipping", difference(0.9, 0.92, (-0.02, 0.06), 0.8, fixtures=60, clusters=31), 1.0),
    slice_of("topic=account", difference(0.7, 0.7, None, None, fixtures=4, clusters=2, note="too few clusters"), None),
)

_TOOLS = Shown(
    text='{"answer": "30 days", "sources": ["returns.md"]}',
    tool_calls=(ToolCall(name="lookup_order", arguments={"order": 1188, "fields": ["refund"]}),),
)
_BEFORE = Shown(
    text='{"answer": "5 working days", "sources": ["refunds.md", "returns.md"]}',
    tool_calls=(ToolCall(name="lookup_order", arguments={"order": 1188}),),
)
_EXAMPLES = (
    example("refund-3"),
    example("refund-17", _BEFORE, _TOOLS, line=40, expected={"output": "5 working days"}),
    example("refund-21", head=Shown(text="timed out after 60 s\nlast line of the child", is_error=True), line=44),
    example("order-9", "I do not know.", "Your order 9 left on Monday.", line=3, why=""),
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
        calls=CALLS,
        procedure="two-run rule",
    )
    return report(
        decision,
        _EXAMPLES,
        integrity=EDITED,
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
    return report(Decision(verdict=Verdict.PASS, reasons=(reason,), metrics=(answer,), unchanged=300, calls=CALLS))


def improved() -> Report:
    answer = metric(
        Finding.IMPROVED,
        difference(0.70, 0.79, (0.041, 0.139), 0.9996, flips=Flips(2, 29)),
        slices=_OTHER_SLICES,
        could_hide=0.0,
        detectable=0.031,
    )
    reason = Reason(
        kind=ReasonKind.NO_REGRESSION, sentence="answer improved by 9.0 points (4.1 to 13.9)", metric="answer"
    )
    changes = (change("order-9", ChangeKind.IMPROVED, NEVER, ALWAYS),)
    decision = Decision(
        verdict=Verdict.PASS, reasons=(reason,), metrics=(answer,), changes=changes, unchanged=299, calls=CALLS
    )
    return report(decision, (example("order-9", "I do not know.", "Your order 9 left on Monday.", line=3, why=""),))


def mixed() -> Report:
    broken = slice_of(
        "locale=de", difference(0.9, 0.6, (-0.45, -0.15), 0.001, fixtures=40, clusters=22), 0.004, broken=True
    )
    answer = metric(Finding.MIXED, difference(0.8, 0.83, (0.005, 0.055), 0.99), slices=(broken, *_OTHER_SLICES[1:]))
    sentence = "answer rose by 3.0 points, but fell in slice locale=de (90.0% → 60.0%): acknowledge it or mend it"
    reason = Reason(kind=ReasonKind.MIXED, sentence=sentence, metric="answer", slice=Slice("locale", "de"))
    decision = Decision(
        verdict=Verdict.INCONCLUSIVE,
        reasons=(reason,),
        metrics=(answer,),
        changes=(change("de-4"), change("order-9", ChangeKind.IMPROVED, NEVER, ALWAYS)),
        unchanged=298,
        calls=CALLS,
    )
    return report(decision, (example("de-4", line=88),))


def inconclusive() -> Report:
    """So few fixtures that nothing can be told, under a policy that blocks then."""
    small = difference(
        0.75, 0.583, None, None, fixtures=4, clusters=4, base_trials=12, head_trials=12, flips=Flips(1, 0),
        note="4 informative clusters: a test needs 6",
    )  # fmt: skip
    answer = metric(Finding.INCONCLUSIVE, small, could_hide=0.52, detectable=0.61)
    reason = Reason(
        kind=ReasonKind.INCONCLUSIVE,
        sentence="too few fixtures to tell: a drop of up to 52.0 points could hide",
        metric="answer",
    )
    decision = Decision(
        verdict=Verdict.INCONCLUSIVE,
        reasons=(reason,),
        metrics=(answer,),
        changes=(change("refund-3"),),
        unchanged=3,
        calls=Calls(base=12, head=12, ceiling=24),
        is_blocking_inconclusive=True,
    )
    return report(decision, (example("refund-3"),), fixtures=4, slices=1)


def missing() -> Report:
    answer = metric(
        Finding.ERRORED, None, head_mean=None, missing=0.41, sentence="123 of 300 fixtures have no score on head"
    )
    reason = Reason(
        kind=ReasonKind.TOO_MUCH_MISSING, sentence="41.0% of the scores of answer are missing; at most 5.0% may be"
    )
    decision = Decision(verdict=Verdict.NOT_EVALUATED, reasons=(reason,), metrics=(answer,), calls=CALLS)
    usage = {
        "head": ArmUsage(
            trials=300,
            errors=123,
            latency_median_s=Unmeasured.NOT_REPORTED,
            tokens=Unmeasured.NOT_REPORTED,
            cost_usd=Unmeasured.NOT_REPORTED,
        )
    }
    return report(decision, usage=usage)


def cannot_start() -> Report:
    reason = Reason(
        kind=ReasonKind.TARGET_CANNOT_START,
        sentence="head's build does not start: exit code 1 before it answered anything",
        detail='Traceback (most recent call last):\n  File "serve.py", line 3, in <module>\n    import retrieval\n'
        "ModuleNotFoundError: No module named 'retrieval'",
    )  # fmt: skip
    return report(Decision(verdict=Verdict.NOT_EVALUATED, reasons=(reason,)), usage={})


def without_secrets() -> Report:
    decision = not_evaluated(
        ReasonKind.NO_SECRETS,
        "this pull request comes from a fork, which gets no OPENAI_API_KEY: it is gated in the merge queue",
    )
    return report(replace(decision, is_softened=True), usage={})


def bootstrap() -> Report:
    answer = metric(Finding.PASS, None, head_mean=0.883, floor=FloorResult(floor=0.8, upper=0.93, is_broken=False))
    decision = Decision(
        verdict=Verdict.PASS,
        reasons=(
            Reason(
                kind=ReasonKind.BOOTSTRAP,
                sentence="the first gate of this repository: 60 fixtures, 88.3% of head's answers pass",
            ),
        ),
        metrics=(answer,),
        changes=tuple(
            change(f"demo-{number}", ChangeKind.ADDED, Tally(0, 0, 0), Tally(0, 3, 0), is_new=True)
            for number in range(1, 4)
        ),
        unchanged=57,
        calls=Calls(base=0, head=180, ceiling=180),
    )
    revisions = Revisions(head=Revision(sha="c0ffee1234567890c0ffee1234567890c0ffee12"), base=None, rule=BaseRule.NONE)
    return report(decision, (example("demo-1", None, "No idea."),), revisions=revisions, fixtures=60, slices=3)


def base_broken() -> Report:
    answer = metric(Finding.ERRORED, None, head_mean=0.84)
    reason = Reason(
        kind=ReasonKind.BASE_BROKEN,
        sentence="base does not build, head does: nothing to compare with; floors and critical rules hold",
        detail="error: could not find `Cargo.toml`",
    )
    return report(
        Decision(
            verdict=Verdict.INCONCLUSIVE,
            reasons=(reason,),
            metrics=(answer,),
            calls=Calls(base=0, head=900, ceiling=1800),
        )
    )


def critical_failed() -> Report:
    answer = metric(Finding.PASS, difference(0.81, 0.807, (-0.02, 0.014), 0.4), could_hide=0.02, detectable=0.031)
    reason = Reason(
        kind=ReasonKind.CRITICAL_FAILED,
        sentence="critical fixture never-share-card-numbers failed 4 of 4 re-runs (base passed 3 of 3)",
        fixture_ids=("never-share-card-numbers",),
    )
    worst = change(
        "never-share-card-numbers", head=Tally(0, 7, 0), is_critical=True, note="critical: 4 of 4 re-runs failed"
    )
    decision = Decision(
        verdict=Verdict.FAIL, reasons=(reason,), metrics=(answer,), changes=(worst,), unchanged=299, calls=CALLS
    )
    shown = example(
        "never-share-card-numbers", "I cannot show card numbers.", "The card is 4111 1111 1111 1111.", expected=None
    )
    return report(decision, (shown,))


def floor_broken() -> Report:
    floor = FloorResult(floor=0.8, upper=0.76, is_broken=True)
    answer = metric(
        Finding.PASS, difference(0.72, 0.725, (-0.02, 0.03), 0.6), floor=floor, could_hide=0.02, detectable=0.031
    )
    reason = Reason(
        kind=ReasonKind.FLOOR_BROKEN,
        sentence="answer is below its floor: 72.5%, at most 76.0% with 95% confidence, where 80.0% is asked",
        metric="answer",
    )
    return report(Decision(verdict=Verdict.FAIL, reasons=(reason,), metrics=(answer,), unchanged=300, calls=CALLS))


EVERY = {
    "pass": passing,
    "regression": regression,
    "loosened": lambda: loosen(passing()),
    "intended": lambda: intend(passing()),
    "improved": improved,
    "mixed": mixed,
    "inconclusive": inconclusive,
    "missing": missing,
    "cannot_start": cannot_start,
    "without_secrets": without_secrets,
    "bootstrap": bootstrap,
    "base_broken": base_broken,
    "critical_failed": critical_failed,
    "floor_broken": floor_broken,
    "hostile": hostile,
    "huge": huge,
}


@cache
def view_of(kind: str) -> View:
    """The view of one of `EVERY`, built once."""
    return build_view(EVERY[kind]())
