"""From a report to the one view that every rendering shows. All words are chosen here."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from gate_action.model.decision import Decision, ReasonKind, Verdict
from gate_action.model.fixture import Json
from gate_action.model.judge import JudgeReport
from gate_action.model.report import ArmUsage, Report
from gate_action.model.run import Revisions
from gate_action.report import words
from gate_action.report.changes import cards, change_groups
from gate_action.report.figures import metric_rows, missed, slice_rows
from gate_action.report.integrity import gate_part
from gate_action.report.judges import judge_notes
from gate_action.report.parts import ChangeGroup, Fact, Headline, MetricRow, Tone, UsageRow, View
from gate_action.report.record import say_record, say_stored
from gate_action.report.replay import say_replay
from gate_action.report.simulated import say_simulated

_WORDS: Final = {
    Verdict.PASS: ("PASS", Tone.GOOD),
    Verdict.FAIL: ("BLOCKED", Tone.BAD),
    Verdict.INCONCLUSIVE: ("INCONCLUSIVE", Tone.CAUTION),
    Verdict.NOT_EVALUATED: ("NOT EVALUATED", Tone.CAUTION),
}
_MOST_SENTENCE: Final = 1_000
_MOST_DETAIL: Final = 4_000


def build_view(report: Report) -> View:
    """All that the report tells, in words. Hostile texts are cut to length here and escaped by the renderings."""
    decision = report.decision
    examples = {example.fixture_id: example for example in report.examples}
    groups = change_groups(decision, examples)
    shown = cards(decision.changes, examples)
    return View(
        gate_id=report.gate_id,
        headline=headline(decision),
        summary=_summary(report, groups),
        builds=tuple(_builds(report.revisions)),
        metrics=_with_judges(metric_rows(decision.metrics, [r.sentence for r in decision.reasons]), report.judges),
        slices=slice_rows(decision.metrics),
        groups=groups,
        cards=shown,
        cards_omitted=len(decision.changes) + sum(decision.unlisted.values()) - len(shown),
        usage=tuple(_usage_row(arm, usage) for arm, usage in report.usage.items()),
        calls="; ".join(filter(None, (_calls(decision), say_replay(report), say_simulated(report), _record(report)))),
        missed=tuple(Fact(metric.metric, clause) for metric in decision.metrics if (clause := missed(metric))),
        gate=gate_part(report.integrity),
        warnings=tuple(words.shorten(warning, _MOST_SENTENCE) for warning in report.warnings),
        reproduce=report.reproduce,
        facts=tuple(_facts(report)),
        policy=tuple(Fact(name, _value(value)) for name, value in report.policy.items()),
        run_folder=report.run_folder,
    )


def _with_judges(rows: Iterable[MetricRow], judges: Iterable[JudgeReport]) -> tuple[MetricRow, ...]:
    """Rows of judge metrics say beside their own notes what is known of the judge."""
    told = {judge.metric: judge_notes(judge) for judge in judges}
    return tuple(replace(row, notes=(*row.notes, *told.get(row.name, ()))) for row in rows)


def headline(decision: Decision) -> Headline:
    """The verdict and its reasons, the first one apart."""
    word, tone = _WORDS[decision.verdict]
    if decision.is_reported:
        word, tone = f"REPORTED: {word}", Tone.CAUTION
    first, *others = decision.reasons
    return Headline(
        word=word,
        tone=Tone.BAD if decision.exit_code else tone,  # the page is red when the check is
        tags=tuple(_tags(decision)),
        sentence=words.shorten(first.sentence, _MOST_SENTENCE),
        detail=words.clip(first.detail, characters=_MOST_DETAIL, lines=60),
        further=tuple(words.shorten(reason.sentence, _MOST_SENTENCE) for reason in others),
    )


def _tags(decision: Decision) -> Iterable[str]:
    if decision.is_reported:
        yield "by the pull request's own run, not verified"
    if any(reason.kind is ReasonKind.BOOTSTRAP for reason in decision.reasons):
        yield "bootstrap"
    if decision.verdict is Verdict.INCONCLUSIVE and decision.is_blocking_inconclusive:
        yield "blocks by policy"
    if decision.verdict is Verdict.NOT_EVALUATED and decision.is_softened:
        yield "neutral by policy"


def _summary(report: Report, groups: Iterable[ChangeGroup]) -> str:
    parts = [words.counted(report.fixtures, "fixture")]
    parts += [f"{group.count:,} {group.short}" for group in groups]
    if report.decision.unchanged:
        parts.append(f"{report.decision.unchanged:,} unchanged")
    return " · ".join(parts)


def _builds(revisions: Revisions | None) -> Iterable[Fact]:
    if revisions is None:
        return
    yield Fact("base", revisions.base.short if revisions.base else words.DASH)
    yield Fact("head", revisions.head.short)


def _calls(decision: Decision) -> str:
    calls = decision.calls
    if calls is None:
        return ""
    made = calls.base + calls.head
    return f"{made:,} trials made ({calls.base:,} of base, {calls.head:,} of head), of at most {calls.ceiling:,}"


def _record(report: Report) -> str:
    return say_record(report.record) if report.record else ""


def _usage_row(arm: str, usage: ArmUsage) -> UsageRow:
    return UsageRow(
        arm=arm,
        trials=f"{usage.trials:,}",
        errors=f"{usage.errors:,}",
        latency=words.seconds(usage.latency_median_s),
        tokens=words.tokens(usage.tokens),
        cost=words.usd(usage.cost_usd),
    )


def _facts(report: Report) -> Iterable[Fact]:
    yield from _revisions(report.revisions)
    if report.decision.procedure:
        yield Fact("procedure", report.decision.procedure)
    if report.stored_base:
        yield Fact("stored runs of base", say_stored(report.stored_base))
    known = (("suite", report.suite_digest), ("run", report.run_id))
    yield from (Fact(name, value) for name, value in known if value)
    yield from (Fact("head against base", one.sentence) for one in report.usage_compared)
    yield Fact("started", f"{report.started_at}, took {words.seconds(report.duration_s)}")
    yield Fact("gate-action", report.tool_version)
    yield Fact("verdict", f"exit code {int(report.decision.exit_code)}, check {report.decision.conclusion.value}")


def _revisions(revisions: Revisions | None) -> Iterable[Fact]:
    if revisions is None:
        return
    if revisions.base:
        yield Fact("base", f"{revisions.base.sha} ({revisions.rule.value})")
    else:
        yield Fact("base", revisions.rule.value)
    yield Fact("head", revisions.head.sha)


def _value(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
