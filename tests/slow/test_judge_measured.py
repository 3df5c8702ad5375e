"""A judge's way to a say: a run that it may not block, people's labels, its measurement, a run that it blocks."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gate_action.__main__ import main
from standins.openai_server import OpenAIServer, Says, openai_server
from tests.evaluators.examples import judgement
from tests.repositories import Repository

pytestmark = pytest.mark.slow

_APP = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], "output": ANSWER}), flush=True)
"""
_GOOD, _BAD = f"ANSWER = 'Gladly.'\n{_APP}", f"ANSWER = 'Go away.'\n{_APP}"
_GATE = """
schema_version: 1
id: desk
fixtures: [fixtures]
target: {kind: command, options: {run: [python3, app.py]}}
metrics: {tone: {evaluator: llm_judge, options: {criteria: Is it polite?}}}
policy: {trials: 1}
judge: {model: openai/tiny, key: OPENAI_API_KEY, labels: labels.jsonl}
"""


def judge(body: Mapping[str, Any]) -> Says:
    """Hears the tone of every answer."""
    answer = json.loads(body["messages"][1]["content"])["answer"]
    return Says(text=json.dumps(judgement("pass" if answer == "Gladly." else "fail", quotes=[answer])))


async def run(repository: Repository, server: OpenAIServer, name: str) -> tuple[int, dict[str, Any]]:
    place = repository.folder.parent / name
    keep = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "INPUT_", "GIT_"))}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gate_action", "run", "--repository", str(repository.folder)),
        *("--out", str(place / "out"), "--run-folder", str(place / "run")),
        env=keep | {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url, "OPENAI_API_BASE": server.url},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await child.communicate()
    assert child.returncode in {0, 1}, told.decode()
    return child.returncode, json.loads((place / "out" / "report.json").read_text(encoding="utf-8"))


def label(folder: Path, repository: Repository) -> None:
    """People agree with the judge."""
    sheet = folder / "sheet.jsonl"
    assert main(["judge", "label", str(folder / "first" / "run"), "--out", str(sheet), "--count", "60"]) == 0
    rows = [json.loads(line) for line in sheet.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["label"] = "pass" if row["shown"]["output"] == "Gladly." else "rude"
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (repository.folder / "labels.jsonl").write_text(text, encoding="utf-8")


async def test_a_judge_blocks_once_it_was_measured_and_not_before(tmp_path: Path):
    repository = Repository.create(tmp_path / "repository")
    rows = "".join(json.dumps({"id": f"f{number}", "input": f"q{number}"}) + "\n" for number in range(60))
    base = repository.commit({"gate.yaml": _GATE, "fixtures/all.jsonl": rows, "app.py": _GOOD})
    repository.commit({"app.py": _BAD})
    async with openai_server(otherwise=judge) as server:
        code, report = await run(repository, server, "first")
        assert (code, report["decision"]["verdict"]) == (0, "inconclusive")
        assert "never measured" in report["decision"]["reasons"][0]["sentence"]
        label(tmp_path, repository)
        argv = ["--run", str(tmp_path / "first" / "run"), "--repository", str(repository.folder)]
        assert main(["judge", "calibrate", str(repository.folder / "labels.jsonl"), *argv]) == 0
        lock, labels = ((repository.folder / name).read_text("utf-8") for name in ("judges.lock.yaml", "labels.jsonl"))
        repository.git("checkout", "--quiet", "-B", "main", base)
        repository.commit({"judges.lock.yaml": lock, "app.py": _GOOD})
        repository.commit({"app.py": _BAD, "labels.jsonl": labels})
        code, report = await run(repository, server, "second")
    assert (code, report["decision"]["verdict"]) == (1, "fail")
    (told,) = report["judges"]
    assert (told["barred"], told["quality"]["j"][0]) == ("", 1.0)
    assert told["corrected"][0] == pytest.approx(-1.0)
    assert (told["base_length"], told["head_length"]) == (7.0, 8.0)
