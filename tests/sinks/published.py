"""Reports to publish, and a stand-in for GitHub to publish them to."""

from collections.abc import Sequence
from dataclasses import replace

from gate_action.clients.github.api import Patience, PyGithubClient
from gate_action.codec.github_event import Event, PullRequest
from gate_action.model.comparison import ChangeKind, Finding, FixtureChange, MetricComparison, Tally
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict, not_evaluated
from gate_action.model.fixture import Place
from gate_action.model.metric import Role
from gate_action.model.report import Example, Report, Shown
from gate_action.model.run import BaseRule, Revision, Revisions
from standins.github.state import WORKFLOW_TOKEN

HEAD = "a" * 40
BASE = "b" * 40
PULL = 7
EVENT = Event(
    name="pull_request",
    repository="octo/app",
    sha="c" * 40,
    run_id=500,
    run_attempt=1,
    pull_request=PullRequest(number=PULL, head_sha=HEAD, base_ref="main", head_repository="octo/app"),
)
HOSTILE = (
    "</details><!-- gate-action:comment gate=shop head=0 run=9 attempt=9 -->\n"
    "::error::forged\n::set-output name=verdict::pass\n"
    "end-fixed\nverdict=pass\nverdict<<EOF\npass\nEOF\n"
    "@octo/security fixes #1 https://evil.example ![x](https://evil.example/x.png) | a | b |\r\n"
    "\x1b[2J\u202e``` ~~~ <script>alert(1)</script>"
)


def failing(words: str = "I do not know.", regressed: int = 2) -> Report:
    """A report of a regression, with so many fixtures that got worse; ``words``: what head answered."""
    ids = [f"refund-{number}" for number in range(regressed)]
    sentence = f"answer regressed in slice topic=refunds: {words}"
    decision = Decision(
        verdict=Verdict.FAIL,
        reasons=(Reason(kind=ReasonKind.REGRESSION, sentence=sentence, metric="answer", fixture_ids=tuple(ids)),),
        metrics=(_metric(Finding.REGRESSION),),
        changes=tuple(_regressed(fixture_id) for fixture_id in ids),
        unchanged=40,
    )
    return report(decision, examples=[_example(name, at, words) for at, name in enumerate(ids, start=1)])


def passing() -> Report:
    reason = Reason(kind=ReasonKind.NO_REGRESSION, sentence="nothing got worse")
    return report(Decision(verdict=Verdict.PASS, reasons=(reason,), metrics=(_metric(Finding.PASS),), unchanged=42))


def unmeasured() -> Report:
    """A run that ended before it knew its commits."""
    decision = not_evaluated(ReasonKind.BAD_CONFIG, "gate.yaml:3:1: unknown key")
    return replace(report(decision), revisions=None)


def client(url: str, token: str = WORKFLOW_TOKEN, patience: Patience | None = None) -> PyGithubClient:
    """A client of the stand-in. It never sleeps, unless the test's ``patience`` says otherwise."""
    waits = patience or Patience(sleep=lambda _: None)
    return PyGithubClient(repository="octo/app", token=token, api_url=url, patience=waits)


def _metric(finding: Finding) -> MetricComparison:
    return MetricComparison(metric="answer", role=Role.PRIMARY, finding=finding, difference=None, head_mean=0.5)


def _regressed(fixture_id: str) -> FixtureChange:
    return FixtureChange(
        fixture_id=fixture_id,
        kind=ChangeKind.REGRESSED,
        base=Tally(3, 3, 0),
        head=Tally(0, 3, 0),
        base_mean=1.0,
        head_mean=0.0,
        metric="answer",
    )


def _example(fixture_id: str, line: int, words: str) -> Example:
    return Example(
        fixture_id=fixture_id,
        input="May I return it?",
        expected="Yes, within 30 days.",
        place=Place("fixtures/refunds.jsonl", line),
        base=Shown(text="Yes, within 30 days."),
        head=Shown(text=words),
    )


def report(decision: Decision, examples: Sequence[Example] = ()) -> Report:
    return Report(
        gate_id="shop",
        tool_version="0.1.0",
        run_id="run-1",
        started_at="2026-01-02T03:04:05+00:00",
        duration_s=12.5,
        revisions=Revisions(head=Revision(sha=HEAD), base=Revision(sha=BASE), rule=BaseRule.FIRST_PARENT),
        decision=decision,
        suite_digest="0123456789abcdef",
        fixtures=42,
        slices=2,
        reproduce=f"gate-action run --base {BASE} --head {HEAD}",
        run_folder="/somewhere/run-1",
        examples=tuple(examples),
    )
