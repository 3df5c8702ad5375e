"""The gate's workflows of examples/workflows/ as they stand, run by act against the stateful GitHub."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from standins.github.server import serve
from standins.github.state import FORK_TOKEN, Github
from standins.github.workflows import zip_files
from tests.slow.act_bench import TOP, WORKFLOWS, Bench, asked_to_write
from tests.slow.consumer import GATE, PULL_REQUEST, REPOSITORY, TARGET, PullRequest, git, open_pull_request

pytestmark = [pytest.mark.slow, pytest.mark.needs_podman, pytest.mark.timeout(900)]

_RECORD = """\
#!/usr/bin/env python3
import json, pathlib
rows = [json.loads(line) for line in pathlib.Path("consumer/fixtures/prices.jsonl").read_text().splitlines()]
broken = pathlib.Path("BROKEN").exists()
for row in rows:
    for attempt in range(3):
        topic = row["input"].split()[0]
        wrong = broken and topic in ("refund", "invoice")
        print(json.dumps({"fixture_id": row["id"], "attempt": attempt, "output": "?" if wrong else row["expected"]}))
"""


@dataclass(kw_only=True)
class Shop(Bench):
    """A consumer's repository with one pull request, and GitHub."""

    pull_request: PullRequest

    def fork_event(self) -> dict[str, Any]:
        event: dict[str, Any] = dict(self.pull_request.event())
        event["pull_request"]["head"]["repo"] = {"full_name": "mallory/shop", "default_branch": "main", "name": "shop"}
        return event

    def upstream_event(self, *, event: str, conclusion: str, actor: str) -> dict[str, Any]:
        """The workflow_run after a run of the fork's pull request."""
        head, fork = self.pull_request.head, "mallory/shop"
        run_id = self.github.add_run(head, head_repository=fork, head_branch="change", conclusion=conclusion)
        upstream = {
            "id": run_id,
            "run_attempt": 1,
            "event": event,
            "conclusion": conclusion,
            "head_sha": head,
            "head_branch": "change",
            "head_repository": {"full_name": fork},
            "actor": {"login": actor},
        }
        repository = {"full_name": REPOSITORY, "default_branch": "main", "name": "shop"}
        return {"action": "completed", "workflow_run": upstream, "repository": repository}

    def check_out_main(self) -> None:
        """As a privileged job starts: at the default branch's commit, which origin has."""
        base = self.pull_request.base
        git(self.pull_request.folder, "checkout", "-q", "--detach", base)
        git(self.pull_request.folder, "update-ref", "refs/remotes/origin/main", base)


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    is_broken, gate = getattr(request, "param", (True, ""))
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
    (folder / "scripts").mkdir()
    for name, text in {"record": _RECORD, "deploy": "#!/bin/sh\necho it is deployed\n"}.items():
        script = folder / "scripts" / name
        script.write_text(text)
        script.chmod(0o755)
    extra = {"BROKEN": "yes\n"} if is_broken else {}
    pull_request = open_pull_request(folder, is_broken=is_broken, extra=extra, gate=gate)
    github = Github(repository=REPOSITORY)
    github.open_pull(PULL_REQUEST, pull_request.head, head_ref="change")
    with serve(github) as url:
        yield Shop(clone=folder, pull_request=pull_request, github=github, url=url, scratch=tmp_path)


HTTP = """\
target:
  kind: http
  options:
    start: [python3, consumer/server.py]
    url: "http://127.0.0.1:{port}/answer"
    request: {input: "{{input}}"}
"""
RECORDED = """\
target:
  kind: recorded
  options: {base: recorded/base.jsonl, head: recorded/head.jsonl}
"""
_RECORDED_GATE = GATE.replace(TARGET, RECORDED)


@pytest.mark.parametrize("workflow", ["minimal.yml", "minimal-native.yml", "merge-queue.yml"])
def test_a_group_in_the_queue_is_judged(bench: Shop, workflow: str) -> None:
    """A group that breaks something is stopped; there is no comment to write."""
    group = {
        "head_sha": bench.pull_request.merge,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-abc",
        "base_sha": bench.pull_request.base,
        "base_ref": "refs/heads/main",
    }
    bench.github.commits.add(bench.pull_request.merge)
    repository = {"full_name": REPOSITORY, "default_branch": "main", "name": "shop"}
    log = bench.act(
        workflow, "merge_group", {"merge_group": group, "repository": repository, "action": "checks_requested"}
    )
    assert log.endswith("[exit 1]"), log
    assert bench.conclusions == {"gate-action: shop": "failure"}
    assert not bench.github.comments


def test_the_workflow_that_the_readme_shows_blocks_a_pull_request_and_uses_all_that_it_may(bench: Shop) -> None:
    shown = re.search(
        r"^name: gate\n.*?(?=^```$)", (TOP / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert shown
    workflow = bench.scratch / "readme.yml"
    workflow.write_text(shown[0], encoding="utf-8")
    log = bench.act(str(workflow), "pull_request", bench.pull_request.event())
    assert log.endswith("[exit 1]"), log
    assert bench.conclusions == {"gate-action: shop": "failure"}
    assert len(bench.github.comments) == 1
    assert bench.token.written == asked_to_write(str(workflow))


def test_the_queues_workflow_leaves_pull_requests_to_the_queue(bench: Shop) -> None:
    log = bench.act("merge-queue.yml", "pull_request", bench.pull_request.event())
    assert log.endswith("[exit 0]"), log
    assert not bench.github.check_runs


@pytest.mark.parametrize("bench", [(True, GATE.replace(TARGET, HTTP))], ids=["broken"], indirect=True)
def test_servers_that_the_gate_starts(bench: Shop) -> None:
    log = bench.act("start-native.yml", "pull_request", bench.pull_request.event())
    assert log.endswith("[exit 1]"), log
    assert bench.conclusions == {"gate-action: shop": "failure"}, log
    assert bench.token.written == asked_to_write("start-native.yml")


@pytest.mark.parametrize(
    ("bench", "code"),
    [((True, _RECORDED_GATE), 1), ((False, _RECORDED_GATE), 0)],
    ids=["broken", "sound"],
    indirect=["bench"],
)
def test_recorded_outputs(bench: Shop, code: int) -> None:
    log = bench.act("recorded.yml", "pull_request", bench.pull_request.event())
    assert log.endswith(f"[exit {code}]"), log
    assert len(list((bench.scratch / "artifacts").iterdir())) == 2


def test_eight_shards_and_a_merge_decide_once(bench: Shop) -> None:
    log = bench.act("eight-shards.yml", "pull_request", bench.pull_request.event())
    assert log.endswith("[exit 1]"), log
    assert len(list((bench.scratch / "artifacts").iterdir())) == 8
    assert bench.conclusions == {"gate-action: shop": "failure"}
    assert len(bench.github.comments) == 1
    assert bench.token.written == asked_to_write("eight-shards.yml")


@pytest.mark.parametrize("bench", [(True, GATE.replace("id: shop\n", ""))], ids=["broken"], indirect=True)
def test_the_fork_safe_pair_end_to_end(bench: Shop) -> None:
    """The fork's own run writes nothing on GitHub; its report reaches the pull request as its own word, neutral."""
    bench.github.pulls[PULL_REQUEST].head_repository = "mallory/shop"
    log = bench.act("forks-gate.yml", "pull_request", bench.fork_event(), token=FORK_TOKEN)
    assert log.endswith("[exit 1]"), log
    assert not bench.github.check_runs
    assert not bench.github.comments
    report = bench.scratch / "artifacts" / "gate-report-gate" / "report.json"
    assert json.loads(report.read_text())["decision"]["verdict"] == "fail"

    told = bench.upstream_event(event="pull_request", conclusion="failure", actor="mallory")
    run_id = told["workflow_run"]["id"]
    bench.github.add_artifact(run_id, "gate-report-gate", zip_files({"report.json": report.read_bytes()}))
    bench.check_out_main()
    log = bench.act("forks-report.yml", "workflow_run", told)
    assert log.endswith("[exit 0]"), log
    assert bench.conclusions == {"gate-action: gate (reported)": "neutral"}
    (comment,) = bench.github.comments.values()
    assert "REPORTED: BLOCKED" in comment["body"]
    assert comment["number"] == PULL_REQUEST
    assert bench.token.written == asked_to_write("forks-report.yml")


@pytest.mark.parametrize("bench", [(True, "")], ids=["broken"], indirect=True)
@pytest.mark.parametrize("is_approved", [True, False], ids=["approved", "not approved"])
def test_a_maintainer_lets_a_forks_commit_run(bench: Shop, *, is_approved: bool) -> None:
    """Nothing of a stranger runs beside secrets before somebody with write access approved exactly that commit."""
    head = bench.pull_request.head
    bench.github.pulls[PULL_REQUEST].head_repository = "mallory/shop"
    bench.github.collaborators["maintainer"] = "write"
    bench.github.add_review(PULL_REQUEST, "maintainer", "APPROVED", head if is_approved else bench.pull_request.base)
    bench.check_out_main()
    event = bench.fork_event() | {"action": "labeled", "label": {"name": "gate-approved"}}
    log = bench.act("forks-allow.yml", "pull_request_target", event)
    assert log.endswith("[exit 1]" if is_approved else "[exit 0]"), log
    assert bench.conclusions == {"gate-action: shop": "failure" if is_approved else "neutral"}


@pytest.mark.parametrize("bench", [(True, "")], ids=["broken"], indirect=True)
def test_a_review_of_a_forks_commit_lets_exactly_that_commit_run(bench: Shop) -> None:
    """The first half has no secret and says nothing that is believed; the second asks GitHub who approved what."""
    head = bench.pull_request.head
    bench.github.pulls[PULL_REQUEST].head_repository = "mallory/shop"
    bench.github.collaborators["maintainer"] = "write"
    review = {"id": 1, "state": "approved", "commit_id": head, "user": {"login": "maintainer"}}
    event = bench.fork_event() | {"action": "submitted", "review": review}
    log = bench.act("forks-review.yml", "pull_request_review", event, token=FORK_TOKEN)
    assert log.endswith("[exit 0]"), log
    assert "follows this one" in log
    assert not bench.github.journal

    bench.check_out_main()
    told = bench.upstream_event(event="pull_request_review", conclusion="success", actor="maintainer")
    log = bench.act("forks-reviewed.yml", "workflow_run", told)
    assert log.endswith("[exit 0]"), log
    assert bench.conclusions == {"gate-action: shop": "neutral"}, "whoever forges the first half gains nothing"
    bench.github.add_review(PULL_REQUEST, "maintainer", "APPROVED", head)
    log = bench.act("forks-reviewed.yml", "workflow_run", told)
    assert log.endswith("[exit 1]"), log
    assert bench.conclusions == {"gate-action: shop": "failure"}
    (comment,) = bench.github.comments.values()
    assert comment["number"] == PULL_REQUEST


_KEPT = GATE + "baselines: {store: branch, options: {remote: /artifacts/store.git}}\n"


@pytest.mark.parametrize("bench", [(True, _KEPT)], ids=["broken"], indirect=True)
def test_a_push_stores_its_run_and_only_a_commit_that_passed_is_deployed(bench: Shop) -> None:
    folder, main = bench.pull_request.folder, bench.pull_request.base
    git(bench.scratch, "init", "-q", "--bare", "artifacts/store.git")
    repository = {"full_name": REPOSITORY, "default_branch": "main", "name": "shop"}
    released = {"action": "published", "release": {"tag_name": "v1"}, "repository": repository}

    log = bench.act("deploy.yml", "release", released)
    assert log.endswith("[exit 1]"), log
    assert "deployed" not in log

    git(folder, "checkout", "-q", "--detach", main)
    pushed = {"ref": "refs/heads/main", "after": main, "before": "0" * 40, "repository": repository}
    log = bench.act("baseline-on-push.yml", "push", pushed)
    assert log.endswith("[exit 0]"), log
    assert main in git(bench.scratch / "artifacts" / "store.git", "ls-tree", "--name-only", "gate-baselines")

    log = bench.act("deploy.yml", "release", released)
    assert log.endswith("[exit 0]"), log
    assert "deployed" in log


def test_every_workflow_to_copy_is_run_by_act() -> None:
    tests = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_act*.py")]
    run = {name for text in tests for name in re.findall(r'"([a-z-]+\.yml)"', text)}
    assert {path.name for path in WORKFLOWS.glob("*.yml")} <= run
