"""Every event, token and outcome: what is compared, how it ends, and the exact calls that are made on GitHub.

The table is tests/golden/events.txt, for people to read; ``GOLDEN=write`` rewrites it.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gate_action.action import plan
from gate_action.clients.github.workflow import Checkout
from gate_action.codec.github_event import Event, decode_event
from gate_action.errors import ConfigError
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict, not_evaluated
from gate_action.model.report import Report
from gate_action.sinks.opening import Publication, open_sinks
from gate_action.sinks.publishing import publish_all
from standins.github.server import serve
from standins.github.state import APP_TOKEN, FORK_TOKEN, PERSONAL_TOKEN, WORKFLOW_TOKEN, Github
from tests.sinks.published import client, failing, passing, report

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parents[1] / "golden" / "events.txt"
HEAD, BASE, MERGE, TIP, FORK_POINT, BEFORE = (letter * 40 for letter in "abcdef")
TEST_MERGE = Checkout(sha=MERGE, parents=(BASE, HEAD), tip=TIP, merge_base=BASE)
PR_HEAD = Checkout(sha=HEAD, parents=(FORK_POINT,), tip=TIP, merge_base=FORK_POINT)
MAIN = Checkout(sha=TIP, parents=(BEFORE,), tip=TIP, merge_base=TIP)
TOKENS = {
    "workflow": WORKFLOW_TOKEN,
    "read-only": FORK_TOKEN,
    "personal": PERSONAL_TOKEN,
    "app": APP_TOKEN,
    "expired": "ghs_expired",
    "none": "",
}


def _outcome(verdict: Verdict, kind: ReasonKind) -> Report:
    return report(Decision(verdict=verdict, reasons=(Reason(kind=kind, sentence="why"),)))


REPORTS = {
    "pass": passing(),
    "fail": failing(),
    "inconclusive": _outcome(Verdict.INCONCLUSIVE, ReasonKind.INCONCLUSIVE),
    "bad config": report(not_evaluated(ReasonKind.BAD_CONFIG, "gate.yaml:3:1: unknown key")),
    "not affected": _outcome(Verdict.PASS, ReasonKind.NOT_AFFECTED),
}


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """What GitHub writes for an event, and what is checked out."""

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    checkout: Checkout = TEST_MERGE
    environ: Mapping[str, str] = field(default_factory=dict)
    token: str = "workflow"
    """The token that its runs have by default."""


def _pull(home: str | None = "octo/app", **more: Any) -> dict[str, Any]:
    repository = {"full_name": home} if home else None
    head = {"sha": HEAD, "ref": "change", "repo": repository}
    return {
        "number": 7,
        "head": head,
        "base": {"sha": BEFORE, "ref": "main", "repo": {"full_name": "octo/app"}},
        **more,
    }


def _on_pull(name: str, home: str | None = "octo/app", *, action: str = "synchronize", **more: Any) -> Trigger:
    pull = _pull(home, **more.pop("pull", {}))
    return Trigger(name=name, payload={"action": action, "pull_request": pull}, **more)


_REPOSITORY = {"full_name": "octo/app", "default_branch": "main"}
_BOT = {"GITHUB_ACTOR": "dependabot[bot]"}
_GROUP = {"head_sha": MERGE, "base_sha": BEFORE, "base_ref": "refs/heads/main", "head_ref": "refs/heads/gh/pr-7-x"}
TRIGGERS = {
    "pull_request": _on_pull("pull_request"),
    "pull_request, head checked out": _on_pull("pull_request", checkout=PR_HEAD),
    "pull_request, draft": _on_pull("pull_request", pull={"draft": True}),
    "pull_request, labeled": _on_pull("pull_request", action="labeled"),
    "pull_request, fork": _on_pull("pull_request", "mallory/app", token="read-only"),
    "pull_request, deleted fork": _on_pull("pull_request", None, token="read-only"),
    "pull_request, Dependabot": _on_pull("pull_request", environ=_BOT, token="read-only"),
    "pull_request, Dependabot that may write": _on_pull("pull_request", environ=_BOT),
    "pull_request_review": _on_pull("pull_request_review", action="submitted"),
    "pull_request_review, fork": _on_pull("pull_request_review", "mallory/app", token="read-only"),
    "pull_request_target": _on_pull("pull_request_target", checkout=PR_HEAD),
    "pull_request_target, fork": _on_pull("pull_request_target", "mallory/app", checkout=PR_HEAD),
    "pull_request_target, base checked out": _on_pull("pull_request_target", "mallory/app", checkout=MAIN),
    "merge_group": Trigger(
        name="merge_group",
        payload={"action": "checks_requested", "merge_group": _GROUP, "repository": _REPOSITORY},
        checkout=Checkout(sha=MERGE, parents=(BEFORE,), tip=TIP, merge_base=TIP),
    ),
    "push, default branch": Trigger(
        name="push",
        payload={"before": BEFORE, "repository": _REPOSITORY},
        checkout=MAIN,
        environ={"GITHUB_REF": "refs/heads/main", "GITHUB_SHA": TIP},
    ),
    "push, first of all": Trigger(
        name="push",
        payload={"before": "0" * 40, "repository": _REPOSITORY},
        checkout=Checkout(sha=TIP, tip=TIP, merge_base=TIP),
        environ={"GITHUB_REF": "refs/heads/main", "GITHUB_SHA": TIP},
    ),
    "push, other branch": Trigger(
        name="push",
        payload={"before": BEFORE, "repository": _REPOSITORY},
        checkout=PR_HEAD,
        environ={"GITHUB_REF": "refs/heads/change", "GITHUB_SHA": HEAD},
    ),
    "schedule": Trigger(name="schedule", checkout=MAIN, environ={"GITHUB_SHA": TIP}),
    "workflow_dispatch": Trigger(
        name="workflow_dispatch", payload={"repository": _REPOSITORY}, checkout=PR_HEAD, environ={"GITHUB_SHA": HEAD}
    ),
    "workflow_run, own": Trigger(
        name="workflow_run",
        payload={"workflow_run": {"head_sha": HEAD, "head_repository": {"full_name": "octo/app"}}},
        checkout=PR_HEAD,
        environ={"GITHUB_SHA": TIP},
    ),
    "workflow_run, fork's commit": Trigger(
        name="workflow_run",
        payload={"workflow_run": {"head_sha": HEAD, "head_repository": {"full_name": "mallory/app"}}},
        checkout=PR_HEAD,
        environ={"GITHUB_SHA": TIP},
    ),
    "workflow_run, after a review of a fork": Trigger(
        name="workflow_run",
        payload={"workflow_run": {"head_sha": HEAD, "head_repository": {"full_name": "mallory/app"}}},
        checkout=PR_HEAD,
        environ={"GITHUB_SHA": TIP, "GATE_PULL_REQUEST": "7 main"},
    ),
    "local": Trigger(name="", checkout=PR_HEAD, token="none"),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    trigger: str
    token: str
    outcome: str
    before: str = ""
    """What happened before: ``told`` an earlier run of it, ``overtaken`` a later one, ``moved`` the head."""


def _rows() -> Iterator[Row]:
    for name, trigger in TRIGGERS.items():
        for outcome in REPORTS:
            yield Row(trigger=name, token=trigger.token, outcome=outcome)
    for token in ("read-only", "personal", "app", "expired", "none"):
        for outcome in ("pass", "fail"):
            yield Row(trigger="pull_request", token=token, outcome=outcome)
    for before in ("told", "overtaken", "moved"):
        for outcome in ("pass", "fail"):
            yield Row(trigger="pull_request", token="workflow", outcome=outcome, before=before)


ROWS = tuple(_rows())


def _decode(trigger: Trigger, run_id: int = 500) -> Event:
    environ = {
        "GITHUB_EVENT_NAME": trigger.name,
        "GITHUB_REPOSITORY": "octo/app",
        "GITHUB_SHA": MERGE,
        "GITHUB_RUN_ID": str(run_id),
        "GITHUB_RUN_ATTEMPT": "1",
        **trigger.environ,
    }
    return decode_event(environ, json.dumps(trigger.payload).encode())


def _compared(trigger: Trigger) -> str:
    """How the action reads the event: by which rule base was found, and the flags that matter."""
    try:
        argv = plan({}, _decode(trigger), trigger.checkout).argv
    except ConfigError:
        return "refused"
    rule = next((word.partition("=")[2] for word in argv if word.startswith("--base-rule=")), "no base")
    flags = [
        word.removeprefix("--") for word in argv if word in {"--fork", "--if-approved", "--store-run", "--all-paths"}
    ]
    return ", ".join([rule, *flags])


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[Row, tuple[str, str, list[str]]]:
    """Row -> what is compared, how it ends, and the calls."""
    made = {}
    for row in ROWS:
        trigger = TRIGGERS[row.trigger]
        compared = _compared(trigger)
        if compared == "refused":
            made[row] = (compared, "2", list[str]())
            continue
        decision = REPORTS[row.outcome].decision
        ending = f"{int(decision.exit_code)} {decision.conclusion.value}"
        made[row] = (compared, ending, _calls(row, trigger, tmp_path_factory.mktemp("out")))
    return made


def _calls(row: Row, trigger: Trigger, out: Path) -> list[str]:
    github = Github(commits={HEAD, BASE, MERGE, TIP})
    github.open_pull(7, HEAD)
    with serve(github) as url:
        if row.before in ("told", "overtaken"):
            run_id = 499 if row.before == "told" else 501
            _publish(_decode(trigger, run_id), passing(), url, WORKFLOW_TOKEN, out)
        if row.before == "moved":
            github.open_pull(7, TIP)
        github.journal.clear()
        _publish(_decode(trigger), REPORTS[row.outcome], url, TOKENS[row.token], out)
    return [_short(str(call)) for call in github.journal]


def _publish(event: Event, told: Report, url: str, token: str, out: Path) -> None:
    client_or_none = client(url, token) if token else None
    publish_all(open_sinks({}, event, Publication(out=out, is_wanted=True), client_or_none), told)


def _short(call: str) -> str:
    text = call.replace("/repos/octo/app/", "").replace(" -> ", " ")
    return re.sub(r"/\d{3,}", "/:id", re.sub(r"[0-9a-f]{40}", ":sha", text))


def _written(table: Mapping[Row, tuple[str, str, list[str]]]) -> str:
    lines = ["event | token | before | outcome | compared | exit, conclusion | calls"]
    for row, (compared, ending, calls) in table.items():
        cells = (row.trigger, row.token, row.before or "-", row.outcome, compared, ending, ", ".join(calls) or "none")
        lines.append(" | ".join(cells))
    return "\n".join(lines) + "\n"


def test_the_table_is_as_it_was_reviewed(table: dict[Row, tuple[str, str, list[str]]]):
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text(_written(table), encoding="utf-8")
    assert _written(table) == GOLDEN.read_text(encoding="utf-8")
    assert len(table) >= 80


def test_no_run_makes_more_than_ten_calls(table: dict[Row, tuple[str, str, list[str]]]):
    assert max(len(calls) for _, _, calls in table.values()) <= 10


def test_exit_code_and_check_agree_whatever_the_event(table: dict[Row, tuple[str, str, list[str]]]):
    agreed = {"0 success", "0 neutral", "1 failure", "2 failure", "2"}
    assert {ending for _, ending, _ in table.values()} == agreed


def test_a_fork_s_run_and_a_laptop_ask_nothing(table: dict[Row, tuple[str, str, list[str]]]):
    quiet = [row for row in table if (row.trigger.endswith("fork") and row.token == "read-only") or row.token == "none"]
    assert len(quiet) >= 20
    assert {tuple(table[row][2]) for row in quiet} == {()}


def _comments(calls: list[str]) -> bool:
    return any("POST issues" in call for call in calls)


def test_only_pull_requests_are_commented_on(table: dict[Row, tuple[str, str, list[str]]]):
    commented = {row.trigger.partition(",")[0] for row in table if _comments(table[row][2])}
    assert commented == {"pull_request", "pull_request_review", "pull_request_target", "workflow_run"}
    pulls = {row.trigger for row in table if row.trigger.startswith("workflow_run") and _comments(table[row][2])}
    assert pulls == {"workflow_run, after a review of a fork"}


def test_code_that_nobody_reviewed_is_refused_beside_secrets(table: dict[Row, tuple[str, str, list[str]]]):
    refused = {row.trigger for row, (compared, _, _) in table.items() if compared == "refused"}
    assert refused == {"pull_request_target, base checked out", "workflow_run, fork's commit"}
    assert _compared(TRIGGERS["pull_request_target, fork"]) == "merge-base, if-approved"
    assert _compared(TRIGGERS["workflow_run, after a review of a fork"]) == "merge-base, if-approved"
