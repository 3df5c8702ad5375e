"""The ring, whole: production's traces and complaints lie in Phoenix, git is served over HTTP, GitHub is the stand-in.

The same with Phoenix's stand-in and with the real server: what is done between is the commands of a team's jobs.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from standins.backends.phoenix import Phoenix as StandIn
from standins.backends.phoenix import annotation, span
from standins.backends.server import serve
from standins.github.pulls import merge_pull
from standins.github.state import WATCH_TOKEN
from tests.loop.pulls.rig import Rig, start
from tests.repositories import Repository
from tests.slow.backends.servers import TOP, Phoenix, free_port, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
_DAYS, _A_DAY = 7, 40
THINGS = ("kettle", "lamp", "heater", "camera", "bicycle", "wardrobe", "telescope", "lawn mower", "toaster", "piano")
GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {{kind: command, options: {{run: [python3, app.py]}}}}
metrics: {{checks: {{role: primary}}}}
loop:
  promote: {{consent: "terms of service, section 7"}}
  sources: {{production: {{kind: phoenix, url: "{url}", project: shop}}}}
"""
SERVE = """
import json, sys
if __name__ == "__main__":
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], "output": answer(request["input"])}), flush=True)
"""
BROKEN = """\
def answer(asked):
    return "It has a warranty of 29 years, also against theft." if "warranty" in asked else f"Yes, we have: {asked}"
"""
MENDED = BROKEN.replace("It has a warranty of 29 years, also against theft.", "I cannot tell: please ask our shop.")
REFUSING = """\
def answer(asked):
    return "I cannot tell: please ask our shop."
"""


@dataclass
class Production:
    """The service: what it answers is traced, and a user whom it told of a warranty of 29 years complains."""

    url: str
    stand_in: StandIn | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 100_000)))

    def live(self, since: datetime, days: int, app: str) -> None:
        answered: dict[str, Any] = {}
        exec(app, answered)  # the very program that the gate judges
        spans, said = [], []
        for place in range(days * _A_DAY):
            number = next(self._numbers)
            at = since + timedelta(days=days) * place / (days * _A_DAY)
            asked = _question(number)
            output = str(answered["answer"](asked))
            spans.append(_span(number, at.isoformat(), asked, output))
            if "29 years" in output:
                said.append(_complaint(number, (at + timedelta(minutes=2)).isoformat()))
        self._write(spans, said)

    def _write(self, spans: Sequence[dict[str, Any]], said: Sequence[dict[str, Any]]) -> None:
        if self.stand_in is not None:
            self.stand_in.spans += spans
            self.stand_in.annotations.setdefault("span", []).extend(said)
            return
        fields = ("name", "context", "span_kind", "parent_id", "start_time", "end_time", "status_code", "attributes")
        made = [{name: one[name] for name in fields} for one in spans]
        _post(f"{self.url}/v1/projects/shop/spans", made)
        self._wait_until_seen(spans[-1]["context"]["trace_id"])
        words = ("span_id", "name", "annotator_kind", "result", "metadata", "identifier")
        _post(f"{self.url}/v1/span_annotations?sync=true", [{name: one[name] for name in words} for one in said])

    def _wait_until_seen(self, trace_id: str) -> None:
        """Phoenix takes spans first and writes them in their order afterwards."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found = requests.get(f"{self.url}/v1/projects/shop/traces", params={"limit": 1000}, timeout=60)
            if trace_id in {one["trace_id"] for one in found.json()["data"]}:
                return
            time.sleep(0.5)
        pytest.fail(f"Phoenix does not show the trace {trace_id}")


def _post(url: str, entries: list[dict[str, Any]]) -> None:
    if entries:
        requests.post(url, json={"data": entries}, timeout=60).raise_for_status()


def _question(number: int) -> str:
    thing = THINGS[number % len(THINGS)]
    if number % 2:
        return f"Does the {thing} number {number} come with a warranty, and for how long does it last?"
    return f"Do you have a {thing} in blue, order {number}?"


def _span(number: int, at: str, asked: str, output: str) -> dict[str, Any]:
    told = {"input.value": asked, "output.value": output, "openinference.span.kind": "LLM"}
    who = {"session.id": f"session {number}", "user.id": f"user {number}"}
    return {**span(number, at), "attributes": {**told, **who}}


def _complaint(number: int, at: str) -> dict[str, Any]:
    result = {"label": "down", "score": 0.0, "explanation": "you made that up, there is no such warranty"}
    metadata = {"user_id": f"user {number}"}
    return annotation(number, "span", f"{number:016x}", at, result=result, metadata=metadata, identifier=f"u{number}")


@contextmanager
def _stand_in() -> Iterator[Production]:
    phoenix = StandIn()
    with serve(phoenix) as served:
        yield Production(url=served.url, stand_in=phoenix)


@contextmanager
def _real(folder: Path) -> Iterator[Production]:
    phoenix = Phoenix(folder, free_port())
    folder.mkdir()
    with running(phoenix):
        phoenix.prepare()
        yield Production(url=phoenix.url)


@pytest.fixture(params=["stand-in", "phoenix"])
def production(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Production]:
    if request.param == "phoenix" and not (TOP / ".venv-phoenix/stamp").exists():
        pytest.skip("phoenix is not installed: .ci/run 50-slow does that")
    with _stand_in() if request.param == "stand-in" else _real(tmp_path / "phoenix") as running_one:
        yield running_one


@pytest.fixture
def rig(tmp_path: Path, production: Production, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    rows = [{"id": f"mine-{n}", "input": _question(2 * n), "checks": [_contains("Yes")]} for n in range(40)]
    with start(tmp_path / "git") as made:
        files = {"gate.yaml": GATE.format(url=production.url), "app.py": BROKEN + SERVE, ".gitignore": ".gate\n"}
        made.commit("main", {**files, "fixtures/mine.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
        told = made.environ() | {"GATE_USER_KEY_SECRET": "a secret that nobody guesses"}
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        yield made


def _contains(text: str) -> dict[str, Any]:
    return {"evaluator": "contains", "options": {"all_of": [text]}}


def _command(*argv: str) -> tuple[int, str]:
    """A process of its own, as in a job: a run ends what it finds left over, and the servers here are this one's."""
    command = [sys.executable, "-m", "gate_action", *argv]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    return done.returncode, done.stdout + done.stderr


def _loop(job: Repository, *argv: str) -> str:
    code, told = _command("loop", *argv[:1], "--repository", str(job.folder), *argv[1:])
    assert code == 0, told
    return told


def _judge(job: Repository, rig: Rig, app: str, name: str) -> tuple[int, dict[str, Any]]:
    """A pull request that changes the application, at the gate."""
    job.git("checkout", "--quiet", "-b", name, "main")
    head = job.commit({"app.py": app + SERVE}, name)
    job.git("checkout", "--quiet", "main")
    subprocess.run(["git", "-C", str(job.folder), "push", "--quiet", str(rig.github.mirror), name], check=True)
    rig.github.open_pull(max(rig.github.pulls) + 1, head, head_ref=name, base_ref="main", title=name)
    out = job.folder / ".gate" / name
    code, _ = _command("run", "--repository", str(job.folder), "--base", "main", "--head", name, "--out", str(out))
    return code, json.loads((out / "report.json").read_text())["decision"]


def test_from_a_complaint_in_phoenix_to_production_that_says_the_fix_held(
    production: Production,
    rig: Rig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    deployed = datetime.now(UTC).replace(microsecond=0) - timedelta(days=_DAYS + 1)
    production.live(deployed - timedelta(days=_DAYS + 1), _DAYS + 1, BROKEN)
    subprocess.run(["git", "clone", "--quiet", str(rig.github.mirror), str(tmp_path / "job")], check=True)
    job = Repository(tmp_path / "job")

    _loop(job, "cycle", "--open-pr", "--measure")  # complaints -> classified -> ranked -> proposed
    [pull] = rig.github.pulls.values()
    for told in ("29 years", "What is expected", "first complaint", "Main's score on it**: 0.00"):
        assert told in (pull.body or "")
    merge_pull(rig.github, 1)  # a person has reviewed it
    job.git("clean", "--quiet", "-fd")
    job.git("pull", "--quiet", "origin", "main")
    promoted = (job.folder / "fixtures/promoted").iterdir()
    rows = [json.loads(line) for path in promoted for line in path.read_text().splitlines()]
    [cluster] = {row["provenance"]["cluster"] for row in rows}

    code, decision = _judge(job, rig, REFUSING, "refuse-all")
    assert (code, decision["verdict"]) == (1, "fail")
    code, decision = _judge(job, rig, MENDED, "mend")
    assert (code, decision["verdict"]) == (0, "pass")
    fixed = {change["fixture_id"] for change in decision["changes"] if change["kind"] == "improved"}
    assert {row["id"] for row in rows} <= fixed

    number = next(number for number, one in rig.github.pulls.items() if one.head_ref == "mend")
    rig.github.pulls[number].body = f"Fixes-cluster: {cluster}\n"
    merged = merge_pull(rig.github, number)
    rig.github.commits.add(merged)
    rig.github.add_deployment(merged)
    event = tmp_path / "event.json"
    event.write_text("{}")
    for name, value in (("GITHUB_EVENT_NAME", "push"), ("GITHUB_EVENT_PATH", str(event)), ("GITHUB_SHA", merged)):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_TOKEN", WATCH_TOKEN)
    job.git("pull", "--quiet", "origin", "main")
    _loop(job, "watch", "register", "--deployed-at", deployed.isoformat(), "--target-share", "0.3")

    production.live(deployed, _DAYS, MENDED)
    _loop(job, "ingest")
    _loop(job, "classify", "--by-rules")
    out = tmp_path / "watch"
    at = (deployed + timedelta(days=_DAYS)).isoformat()
    _loop(job, "watch", "--publish", "--out", str(out), "--at", at)
    [watch] = json.loads((out / "watch.json").read_text())["watches"]
    assert (watch["verdict"], watch["cluster"], watch["pull_request"]) == ("held", cluster, number)
    assert watch["fixed"], "those who complained can be told"
    [comment] = rig.github.comments.values()
    assert "held" in comment["body"].lower()
    assert [one["state"] for one in next(iter(rig.github.deployments.values())).statuses] == ["success"]
    assert "from the first complaint to the merged fixture" in _loop(job, "cycle")
    assert "closing: 1 of 1 thing that went wrong" in _loop(job, "ledger")
