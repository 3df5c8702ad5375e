"""The loop's workflows of examples/workflows/ as they stand, run by act: GitHub, git's server and a store beside it.

What each job's token may do is what its workflow declares; all that it declares to write is written.
"""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
import requests
from obstore.store import S3Store

from gate_action.cli.commands import run_command
from gate_action.wiring.loop.opening import LoopOptions, open_loop
from standins.github.pulls import merge_pull
from standins.github.state import TOKENS, WATCH_TOKEN, Pull
from standins.webhook import receive
from tests.loop.pulls.rig import Rig, start
from tests.loop.sync.rows import GATE as SYNCED
from tests.loop.sync.rows import lines, row
from tests.loop.warranties import GATE as COMPLAINED
from tests.loop.warranties import write_turns
from tests.loop.watching.production import CLUSTER, Production
from tests.loop.watching.production import GATE as WATCHED
from tests.slow.act_bench import JOB_TOKEN, Bench, asked_to_write
from tests.sources.conftest import S3, s3  # noqa: F401  # a fixture

pytestmark = [pytest.mark.slow, pytest.mark.needs_podman, pytest.mark.timeout(600)]

HOME = "state: {branch: {name: gate-loop}, key: GATE_STATE_KEY}\n"
SECRETS = {"GATE_STATE_KEY": "a key of the store's, long enough", "GATE_USER_KEY_SECRET": "a secret for users' keys"}
MINE = '{"id": "mine", "input": "Hello?", "checks": [{"evaluator": "contains", "options": {"all_of": ["Hi"]}}]}\n'
SCHEDULED = {"schedule": "17 5 * * *"}


@dataclass(kw_only=True)
class Ring(Bench):
    """GitHub's branches lie behind git's own HTTP server; the clone is of their main."""

    rig: Rig

    @property
    def environ(self) -> dict[str, str]:
        return {"GITHUB_SERVER_URL": self.rig.git_url.removesuffix(f"/{self.github.repository}.git")}

    def check_out(self, files: dict[str, str]) -> None:
        """A commit on main, and a clone of it, whose origin is GitHub's address."""
        self.rig.commit("main", dict(files))
        subprocess.run(["git", "clone", "--quiet", str(self.github.mirror), str(self.clone)], check=True)
        url = f"https://github.com/{self.github.repository}.git"
        subprocess.run(["git", "remote", "set-url", "origin", url], cwd=self.clone, check=True)

    def run(self, workflow: str, event: str, payload: dict[str, Any], **more: Any) -> str:
        repository = {"full_name": self.github.repository, "default_branch": "main", "name": "app"}
        return self.act(workflow, event, payload | {"repository": repository}, environ=self.environ, **more)

    def open_pulls(self) -> list[tuple[int, Pull]]:
        return [(number, pull) for number, pull in self.github.pulls.items() if pull.state == "open"]


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[Ring]:
    with start(tmp_path / "git", writer=JOB_TOKEN) as rig:
        yield Ring(rig=rig, github=rig.github, url=rig.api_url, scratch=tmp_path, clone=tmp_path / "clone")


def test_a_stores_rows_come_as_one_pull_request(ring: Ring, s3: S3) -> None:  # noqa: F811  # the same fixture
    ring.check_out({"gate.yaml": SYNCED, "fixtures/mine.jsonl": '{"id": "mine", "input": "Hello?"}\n'})
    requests.put(f"{s3.endpoint}/promotions", timeout=20).raise_for_status()
    store = S3Store(
        "promotions",
        endpoint=s3.endpoint,
        access_key_id=s3.key,
        secret_access_key=s3.secret,
        region="us-east-1",
        client_options={"allow_http": True},
    )
    obstore.put(store, "promoted/rows.jsonl", lines(row(0), row(1), row(2, split="train")))
    log = ring.run(
        "fixtures-sync.yml",
        "schedule",
        SCHEDULED,
        secrets={"STORE_KEY": s3.key, "STORE_SECRET": s3.secret},
        variables={"STORE": "s3://promotions/promoted", "STORE_ENDPOINT": s3.endpoint},
    )
    assert log.endswith("[exit 0]"), log
    assert "refused, rows.jsonl:3" in log
    [(_, pull)] = ring.open_pulls()
    assert (pull.head_ref, pull.base_ref) == ("gate-action/fixtures", "main")
    assert "wrong 0" in pull.body
    brought = ring.rig.files("gate-action/fixtures")["fixtures/promoted/refunds.jsonl"]
    assert [json.loads(line)["id"] for line in brought.splitlines()] == ["row-0", "row-1"]
    assert {"contents", *ring.token.written} == asked_to_write("fixtures-sync.yml")


def test_a_cycle_opens_its_pull_request_and_leaves_its_store_sealed_on_a_branch(
    ring: Ring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_turns(ring.scratch / "turns.csv")
    turns = (ring.scratch / "turns.csv").read_text(encoding="utf-8")
    ring.check_out({"gate.yaml": COMPLAINED + HOME, "turns.csv": turns, "fixtures/mine.jsonl": MINE})
    log = ring.run("loop-cycle.yml", "schedule", SCHEDULED, secrets=SECRETS)
    assert log.endswith("[exit 0]"), log
    [(_, pull)] = ring.open_pulls()
    assert (pull.head_ref, pull.base_ref) == ("gate-action/loop", "main")
    for told in ("What happened", "kettle", "What is expected", "Why it was chosen"):
        assert told in pull.body
    brought = ring.rig.files("gate-action/loop")
    assert any("kettle" in content for path, content in brought.items() if path.startswith("fixtures/promoted/"))
    assert {"contents", *ring.token.written} == asked_to_write("loop-cycle.yml")
    held = subprocess.run(
        ["git", "-C", str(ring.github.mirror), "archive", "gate-loop"], check=True, capture_output=True
    ).stdout
    assert b"kettle" not in held
    _be_the_next_job(ring, monkeypatch)
    capsys.readouterr()
    assert run_command(["loop", "status", "--repository", str(ring.clone)]) == 0
    assert f"{'turn':<20} {8:>12,}" in capsys.readouterr().out


def test_a_push_registers_its_fix_and_an_hourly_look_tells_what_production_says(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One fix went out eight days ago, and answers fail more often since; the next one is merged after that is told."""
    gate = WATCHED.replace("state: {path: memory}\n", HOME)
    ring.check_out({"gate.yaml": gate, "fixtures/mine.jsonl": MINE})
    merged = _merge_fix(ring, "first")
    ring.github.add_deployment(merged)
    _be_the_next_job(ring, monkeypatch)
    deployed = datetime.now(UTC) - timedelta(days=8)
    with open_loop(LoopOptions(repository=ring.clone, config="gate.yaml")) as (_, store):
        Production(deployed=deployed, after=((24 * 8, 0.3),), an_hour=5).fill(store)
    by_hand = ["register", "--pull", "1", "--commit", merged, "--deployed-at", deployed.isoformat()]
    assert run_command(["loop", "watch", "--repository", str(ring.clone), *by_hand]) == 0

    with receive() as receiver:
        hooked = {"GATE_WATCH_WEBHOOK": receiver.url, "GATE_WATCH_WEBHOOK_KEY": "a key of the webhook's"}
        log = ring.run("loop-watch.yml", "schedule", SCHEDULED, jobs=["watch"], secrets=SECRETS | hooked)
    assert log.endswith("[exit 0]"), log
    assert "regressed" in log.lower(), log
    (issue,) = ring.github.issues.values()
    assert CLUSTER in issue.body
    (comment,) = ring.github.comments.values()
    assert comment["number"] == 1
    (deployment,) = ring.github.deployments.values()
    assert [status["state"] for status in deployment.statuses] == ["failure"]
    [(_, told)] = receiver.taken
    assert json.loads(told)["verdict"] == "regressed"
    assert [path.name for path in (ring.scratch / "artifacts" / "gate-watch").iterdir()] == ["watch.html"]
    assert {"contents", *ring.token.written} == asked_to_write("loop-watch.yml", ["watch"])

    pushed = _merge_fix(ring, "second")
    payload = {"ref": "refs/heads/main", "before": merged, "after": pushed}
    log = ring.run("loop-watch.yml", "push", payload, jobs=["register"], secrets=SECRETS)
    assert log.endswith("[exit 0]"), log
    assert f"{CLUSTER}: watched from" in log
    entries = [json.loads(ring.rig.git("show", f"gate-watch:{name}")) for name in _names(ring) if "entry" in name]
    assert {entry["commit"] for entry in entries} == {merged, pushed}
    assert {"contents", *ring.token.written} == asked_to_write("loop-watch.yml", ["register"])


def _be_the_next_job(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    ring.github.tokens[JOB_TOKEN] = TOKENS[WATCH_TOKEN]
    told = {"GITHUB_TOKEN": JOB_TOKEN, "GITHUB_REPOSITORY": ring.github.repository, "GITHUB_API_URL": ring.url}
    for name, value in (told | ring.environ | SECRETS).items():
        monkeypatch.setenv(name, value)


def _merge_fix(ring: Ring, branch: str) -> str:
    """A pull request that says what it fixes, merged and checked out. Its commit."""
    ring.rig.git("branch", branch, "main")
    head = ring.rig.commit(branch, {f"{branch}.txt": "A fix.\n"})
    number = max(ring.github.pulls, default=0) + 1
    ring.github.open_pull(
        number, head, head_ref=branch, base_sha=ring.rig.tip("main"), body=f"Fixes-cluster: {CLUSTER}"
    )
    merged = merge_pull(ring.github, number)
    ring.github.commits.add(merged)
    subprocess.run(["git", "pull", "--quiet", str(ring.github.mirror), "main"], cwd=ring.clone, check=True)
    return merged


def _names(ring: Ring) -> list[str]:
    return ring.rig.git("ls-tree", "-r", "--name-only", "gate-watch").split()
