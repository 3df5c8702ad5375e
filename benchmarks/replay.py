"""What replay saves, and what the recording proxy costs, on one machine in one run.

    python benchmarks/replay.py [--fixtures 1000] [--changed 20]

Whole processes, start-up included. Provider, proxy and client are processes of their own in the first two figures.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.request import urlopen

from gate_action.clients.proxy.recording import Door, Reach, open_proxy
from gate_action.clients.proxy.tape import open_tape
from gate_action.engine.replay import Recorder
from gate_action.model.trial import Arm

LIBRARY = Path(__file__).parent / "replay_lib"
APP = LIBRARY / "app.py"
OWN_TIME = """
import atexit, resource, sys
place = sys.argv.pop(1)
def tell():
    used = resource.getrusage(resource.RUSAGE_SELF)
    open(place, "w").write(str(used.ru_utime + used.ru_stime))
atexit.register(tell)
from gate_action.__main__ import main
main()
"""
"""The gate; the processor's seconds of its own process are written to the file that is named first."""
GATE = """
schema_version: 1
fixtures: [fixtures]
target: {kind: command, options: {run: [PYTHON, app.py]}, env: [OPENAI_BASE_URL]}
metrics: {answer: {evaluator: contains}}
limits: {concurrency: 8}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixtures", type=int, default=1000)
    parser.add_argument("--changed", type=int, default=20)
    options = parser.parse_args()
    print(f"proxy, one call at a time: {_say_overhead()}")
    print(f"proxy, 1,000 calls of 200 ms, 50 in flight: {_say_w2()}")
    with tempfile.TemporaryDirectory(prefix="replay-bench-") as folder, _model(0.0) as url:
        for line in Pulls(Path(folder), url, options.fixtures).play(options.changed):
            print(line)


def _say_overhead() -> str:
    with _model(0.0) as url:
        direct = asyncio.run(_calls(url, 600, 1, is_proxied=False))
        through = asyncio.run(_calls(url, 600, 1, is_proxied=True))
    one, other = 1000 * median(direct["calls_s"]), 1000 * median(through["calls_s"])
    return f"{one:.2f} ms directly, {other:.2f} ms through it: {other - one:.2f} ms a call at the median (target < 2)"


def _say_w2() -> str:
    with _model(0.2) as url:
        direct = asyncio.run(_calls(url, 1000, 50, is_proxied=False))["wall_s"]
        through = asyncio.run(_calls(url, 1000, 50, is_proxied=True))["wall_s"]
    return f"{direct:.2f} s directly, {through:.2f} s through it: {100 * (through / direct - 1):+.1f} % (target < 5)"


async def _calls(url: str, calls: int, in_flight: int, *, is_proxied: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, open_tape(Path(folder) / "answers.jsonl") as tape:
        door = Door(arm=Arm.BASE, token="bench")  # of no use to anybody
        async with open_proxy(Recorder(tape=tape), Reach(doors=(door,), routes={"openai": f"{url}/v1"})) as proxy:
            target = proxy.url(door, "openai") if is_proxied else f"{url}/v1"
            argv = [sys.executable, str(LIBRARY / "client.py"), target, str(calls), str(in_flight)]
            client = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
            told, _ = await client.communicate()
    measured: dict[str, Any] = json.loads(told)
    return measured


class Taken(NamedTuple):
    own_s: float
    """Of the processor, by the gate's process alone."""
    wall_s: float


class Pulls:
    """A repository and its pull requests, each judged by a gate of its own."""

    def __init__(self, folder: Path, url: str, fixtures: int) -> None:
        self._folder = folder
        self._url = url
        self._fixtures = fixtures
        self._repository = folder / "repository"
        self._runs = 0

    def play(self, changed: int) -> Iterator[str]:
        self._git("init", "--quiet", "--initial-branch=main", str(self._repository), at=self._folder)
        (self._repository / "fixtures").mkdir()
        (self._repository / "fixtures" / "all.jsonl").write_text("".join(map(_row, range(self._fixtures))))
        (self._repository / "gate.yaml").write_text(GATE.replace("PYTHON", sys.executable))
        self._commit(APP.read_text())
        self._git("switch", "--quiet", "-c", "change")
        self._commit(APP.read_text() + "\n# a change of nothing\n")
        calls, _ = self._gate()
        yield f"first pull request of {self._fixtures:,} fixtures, nothing recorded: {calls:,} model calls"
        calls, taken = self._gate()
        yield (
            f"unchanged pull request, recordings at hand: {calls:,} model calls "
            f"({100 * calls / (3 * self._fixtures):.1f} % of N x 3, target <= 5); the gate's own time "
            f"{taken.own_s:.2f} s (target < 2), {taken.wall_s:.2f} s in all"
        )
        told = f"('at length' if int(request['input'].split()[-1]) < {changed} else 'briefly')"
        self._commit(APP.read_text().replace("Answer briefly. ", f"Answer {{{told}}}. "))
        calls, _ = self._gate()
        spots = ceil(0.05 * (self._fixtures - changed))
        yield f"pull request that changes {changed} requests: {calls - spots:,} calls beside {spots} of the spot check"

    def _gate(self) -> tuple[int, Taken]:
        """Model calls of one run, and its time."""
        self._runs += 1
        place = self._folder / f"run{self._runs}"
        own = self._folder / "own_time"
        argv = [
            sys.executable,
            "-c",
            OWN_TIME,
            str(own),
            "run",
            "--repository",
            str(self._repository),
            "--base",
            "main",
        ]
        argv += ["--run-folder", str(place), "--out", str(self._folder / "out")]
        environment = os.environ | {
            "OPENAI_BASE_URL": f"{self._url}/v1",
            "GATE_RECORDINGS": str(self._folder / "recordings"),
        }
        asked, started = self._asked(), time.perf_counter()
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
        wall_s = time.perf_counter() - started
        if done.returncode:
            raise SystemExit(f"the gate ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return self._asked() - asked, Taken(float(own.read_text()), wall_s)

    def _asked(self) -> int:
        with urlopen(f"{self._url}/asked") as reply:
            return int(json.load(reply))

    def _commit(self, app: str) -> None:
        (self._repository / "app.py").write_text(app)
        self._git("add", "--all")
        self._git("-c", "user.name=Bench", "-c", "user.email=bench@example.invalid", "commit", "--quiet", "-m", "x")

    def _git(self, *arguments: str, at: Path | None = None) -> None:
        subprocess.run(["git", *arguments], cwd=at or self._repository, check=True)


def _row(number: int) -> str:
    row = {"id": f"f{number:05}", "input": f"What of thing number {number}", "expected": {"facts": ["fine"]}}
    return json.dumps(row) + "\n"


@contextmanager
def _model(latency_s: float) -> Iterator[str]:
    argv = [sys.executable, str(LIBRARY / "model.py"), str(latency_s)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{json.loads(process.stdout.readline())}"
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
