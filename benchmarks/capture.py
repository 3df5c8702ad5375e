"""What capture costs: a call on the request's path, and the service's pace on one core.

pip install -e 'capture[service]' requests       in an environment of its own, as a service would
python benchmarks/capture.py [--write]           puts the table into docs/benchmarks/capture.md; a minute
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import requests

from gate_action_capture import Settings, configure, model_call, record_feedback, shutdown

KEY = "a-key-of-a-benchmark"
ANSWER = "You can return it within 30 days. " * 20
QUESTION = [{"role": "system", "content": "Be kind. " * 30}, {"role": "user", "content": "How long can I return it?"}]
CALLS, STATEMENTS = 400, 3_000
LIMIT_US, LEAST_PACE = 100, 500
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "capture.md"
PACE_S = 0.002
"""Between two calls: a service does other things too, and the exporting thread has its turn."""
OTHER_WORK = json.dumps([{"id": n, "text": "hello " * 20, "numbers": [1.5 * n] * 8} for n in range(400)])


class Cost(NamedTuple):
    """Medians in microseconds: on the clock, and of the calling thread's own work."""

    wall_us: float
    cpu_us: float


def one_call() -> None:
    with model_call(QUESTION, model="m-1", provider="p", prompt_version="7", conversation_id="c") as call:
        call.output(ANSWER, response_id="r", input_tokens=80, output_tokens=200)


def one_statement() -> None:
    record_feedback(join_key="m1", name="thumb", value=True)


def work() -> None:
    """What a request does besides: reads a document of 90 kB again and again."""
    until = time.thread_time() + PACE_S
    while time.thread_time() < until:
        json.loads(OTHER_WORK)


def rest() -> None:
    time.sleep(PACE_S)


def cost_of(act: Callable[[], None], between: Callable[[], None] = work) -> Cost:
    taken = []
    for _ in range(CALLS):
        started, worked = time.perf_counter(), time.thread_time()
        act()
        taken.append((time.perf_counter() - started, time.thread_time() - worked))
        between()
    walls, works = zip(*taken, strict=True)
    return Cost(statistics.median(walls) * 1e6, statistics.median(works) * 1e6)


def time_requests(folder: Path) -> tuple[float, int]:
    """Statements a second, and how many are on the disk; the service has one core of its own."""
    port = "18437"
    environment = {
        **os.environ,
        "GATE_CAPTURE_SPOOL": str(folder),
        "GATE_CAPTURE_KEYS": KEY,
        "GATE_CAPTURE_PORT": port,
        "GATE_CAPTURE_PER_MINUTE": "1000000",
    }
    place = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-m", "gate_action_capture"], env=environment, stderr=subprocess.DEVNULL
    ) as child:
        os.sched_setaffinity(child.pid, {0})
        for _ in range(100):
            try:
                requests.get(f"{place}/healthz", timeout=1)
                break
            except requests.ConnectionError:
                time.sleep(0.1)

        def speak(numbers: range) -> None:
            with requests.Session() as session:
                session.headers["authorization"] = f"Bearer {KEY}"
                for number in numbers:
                    stated = {"join_key": f"m{number}", "name": "thumb", "value": False, "comment": "Not what I asked."}
                    session.post(f"{place}/v1/feedback", json=stated, timeout=10).raise_for_status()

        started = time.perf_counter()
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(speak, [range(n, STATEMENTS, 16) for n in range(16)]))
        taken = time.perf_counter() - started
        child.terminate()
        child.wait(20)
    lines = [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    return STATEMENTS / taken, sum("resourceLogs" in line for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="write the page in docs/benchmarks")
    is_written = parser.parse_args().write
    with tempfile.TemporaryDirectory() as scratch:
        configure(Settings())
        off = cost_of(one_call)
        configure(file=f"{scratch}/calls.jsonl")
        on, stated, rested = cost_of(one_call), cost_of(one_statement), cost_of(one_call, rest)
        shutdown()
        pace, kept = time_requests(Path(scratch) / "spool")
    page = PAGE_TEXT.format(
        calls=CALLS,
        load=os.getloadavg()[0],
        rows="\n".join(
            f"| {name} | {cost.wall_us:.1f} | {cost.cpu_us:.1f} |"
            for name, cost in (
                ("off", off),
                ("a model call, recorded", on),
                ("the same where the process slept between calls", rested),
                ("a statement, in-process", stated),
            )
        ),
        call_us=on.wall_us,
        call_held="yes" if on.wall_us < LIMIT_US else "**no**",
        pace=pace,
        pace_held="yes" if pace >= LEAST_PACE else "**no**",
        kept=f"{kept:,} of {STATEMENTS:,}",
        kept_held="yes" if kept == STATEMENTS else "**no**",
        limit=LIMIT_US,
        least=LEAST_PACE,
    )
    print(page)
    if is_written:
        PAGE.write_text(page, encoding="utf-8")


PAGE_TEXT = """# What capture costs

Written by `python benchmarks/capture.py --write`; not edited by hand. Medians of {calls} calls: a question of two
messages, an answer of 700 characters, tokens and ids; between calls the thread does other work for 2 ms, as a request
does. A process that slept instead has its caches to fill anew, whatever it calls. The load was {load:.1f}: where that
is more than the cores, wall time is mostly waiting, and the thread's own time is what the call takes.

| on the request's path | wall, us | the thread's own, us |
| --- | ---: | ---: |
{rows}

| target | bound | measured | held |
| --- | --- | --- | --- |
| a recorded call, wall | < {limit} us | {call_us:.0f} us | {call_held} |
| the service on one core: feedbacks a second over HTTP | >= {least} | {pace:.0f} | {pace_held} |
| of them on the disk after the service was ended | all | {kept} | {kept_held} |
"""


if __name__ == "__main__":
    main()
