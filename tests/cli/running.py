"""Runs `gate-action run` on a repository of the test's own, and reads what it left.

In a fork of this process, which saves each run half a second of imports; in a process of its own where that counts.
"""

import json
import os
import pkgutil
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import gate_action
from gate_action.__main__ import main
from tests.repositories import Repository

JSONL_APP = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], "output": answer(request["input"])}), flush=True)
"""
GOOD = "def answer(text): return text.upper()\n" + JSONL_APP
BAD_SLICE = "def answer(text): return text if 'refund' in text else text.upper()\n" + JSONL_APP
BROKEN = "import nothing_of_that_name\n"

GATE = """
schema_version: 1
id: shout
fixtures: [fixtures]
target: {kind: command, options: {run: [python3, app.py]}}
metrics: {answer: {evaluator: exact_match}}
policy: {trials: 2}
limits: {concurrency: 4, trial_timeout_s: 10}
"""


def rows(count: int = 70, refunds: int = 12) -> str:
    """``refunds`` of ``count`` fixtures are about refunds."""
    lines = []
    for number in range(count):
        topic = "refund" if number < refunds else "other"
        text = f"{topic} {number}"
        row = {"id": f"f{number}", "input": text, "expected": text.upper(), "slices": {"topic": topic}}
        lines.append(json.dumps(row))
    return "\n".join(lines) + "\n"


_LONGEST_S = 60


@dataclass(frozen=True)
class Ran:
    code: int
    stdout: str
    stderr: str
    out: Path
    run_folder: Path

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.out / "report.json").read_text(encoding="utf-8"))
        return report

    @property
    def verdict(self) -> str:
        return str(self.report["decision"]["verdict"])

    @property
    def reasons(self) -> list[str]:
        return [reason["kind"] for reason in self.report["decision"]["reasons"]]


class Called(NamedTuple):
    code: int
    stdout: str
    stderr: str


def options_for(repository: Repository, *options: str) -> list[str]:
    place = repository.folder.parent
    return [
        *("run", "--repository", str(repository.folder)),
        *("--out", str(place / "out"), "--run-folder", str(place / "run"), *options),
    ]


def argv_for(repository: Repository, *options: str) -> list[str]:
    return [sys.executable, "-m", "gate_action", *options_for(repository, *options)]


def environment(**more: str) -> dict[str, str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_", "GIT_"))}
    return keep | more


def call(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Called:
    """A command of ours in a fork of this process, which has all modules already."""
    if sys.platform != "linux":  # elsewhere the system's own libraries take no fork
        return call_process(argv, env)
    _import_all()
    with TemporaryFile() as stdout, TemporaryFile() as stderr:
        streams = (stdout.fileno(), stderr.fileno())
        forked = get_context("fork").Process(target=_become, args=(argv, environment(**(env or {})), *streams))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads of fakes: the child needs none of their locks
            forked.start()
        forked.join(_LONGEST_S)
        if forked.exitcode is None:
            forked.kill()
            forked.join()
        code = forked.exitcode
        forked.close()
        assert code is not None
        told = [(stream.seek(0), stream.read().decode())[1] for stream in (stdout, stderr)]
    return Called(code, *told)


@cache
def _import_all() -> None:
    """What commands import at first use as well: forks would, each of them again."""
    ours = (module.name for module in pkgutil.walk_packages(gate_action.__path__, "gate_action."))
    for name in (*ours, "github", "jinja2", "numpy", "rich.table", "scipy.special"):
        import_module(name)


def _become(argv: Sequence[str], env: Mapping[str, str], stdout: int, stderr: int) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115  # to the end
    sys.exit(main(argv))


def call_process(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Called:
    """The same, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "gate_action", *argv],
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST_S,
        env=environment(**(env or {})),
    )
    return Called(done.returncode, done.stdout, done.stderr)


def run(repository: Repository, *options: str, env: Mapping[str, str] | None = None, as_process: bool = False) -> Ran:
    called = (call_process if as_process else call)(options_for(repository, *options), env)
    place = repository.folder.parent
    return Ran(*called, place / "out", place / "run")


def pids_of(marker: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if marker.encode() in command and b"gate_action" not in command:
            found.append(int(folder.name))
    return found
