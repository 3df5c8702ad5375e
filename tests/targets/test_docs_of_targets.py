"""docs/targets.md cannot drift: its table lists every target with every option, and each of its examples runs."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import MISSING, asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from gate_action import plugins
from gate_action.model.fixture import Json
from standins.openai_server import Says, openai_server
from tests.docs_tables import REQUIRED, read_page, read_table
from tests.repositories import Repository

PAGE = read_page("targets.md")
ROWS = read_table(PAGE)
FIXTURE = {"id": "return-used", "input": "Can I return a used tent?", "expected": {"facts": ["30 days"]}}


def plain(value: Any) -> Json:
    return list(value) if isinstance(value, tuple) else asdict(value) if is_dataclass(value) else value  # type: ignore[arg-type]  # an object, no class


def real(cls: Any) -> dict[str, Json]:
    options: dict[str, Json] = {}
    for option in fields(cls):
        made = option.default_factory() if option.default_factory is not MISSING else option.default
        options[option.name] = REQUIRED if made is MISSING else plain(made)
    return options


def files_of(kind: str) -> dict[str, str]:
    """Path -> content, as the section of ``kind`` shows them."""
    [section] = re.findall(rf"^## {kind}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return dict(re.findall(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```", section, re.MULTILINE | re.DOTALL))


def test_the_table_lists_every_target_in_order():
    assert tuple(ROWS) == plugins.names("targets")


@pytest.mark.parametrize("kind", plugins.names("targets"))
def test_the_table_tells_every_option_with_its_default(kind: str):
    assert ROWS[kind] == real(plugins.find("targets", kind))


@asynccontextmanager
async def surroundings(kind: str) -> AsyncIterator[dict[str, str]]:
    """The environment that an example needs: for a prompt, a model on loopback that reads its question."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GIT_"))}
    if kind != "prompt":
        yield kept
        return
    async with openai_server() as server:
        server.otherwise = lambda body: Says(text=f"{body['messages'][0]['content'].splitlines()[0]}")
        yield kept | {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in plugins.names("targets") if kind != "image"])
async def test_the_example_runs_on_both_builds_and_answers_right(tmp_path: Path, kind: str):
    files = files_of(kind)
    if kind == "prompt":
        files["gate.yaml"] = files["gate.yaml"].replace("env: [", "env: [OPENAI_BASE_URL, ")
    repository = Repository.create(tmp_path / "repository")
    repository.commit({**files, "fixtures/first.jsonl": json.dumps(FIXTURE)})
    repository.commit({"README.md": "words"})
    argv = [sys.executable, "-m", "gate_action", "run", "--out", str(tmp_path / "out"), "--run-folder"]
    async with surroundings(kind) as environment:
        child = await asyncio.create_subprocess_exec(
            *argv,
            str(tmp_path / "run"),
            cwd=repository.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        printed, _ = await child.communicate()
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    [metric] = report["decision"]["metrics"]
    assert (metric["difference"]["base_mean"], metric["difference"]["head_mean"]) == (1.0, 1.0), printed.decode()
    assert {arm: usage["errors"] for arm, usage in report["usage"].items()} == {"base": 0, "head": 0}
