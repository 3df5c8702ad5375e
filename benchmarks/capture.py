"""What capture costs: a call on the request's path, and the service's pace on one core."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from gate_action_capture import Settings, configure, model_call, record_feedback, shutdown

KEY = "a-key-of-a-benchmark"
ANSWER = "You can return it within 30 days. " * 20
QUESTION = [{"role": "system", "content": "Be kind. " * 30}, {"role": "user", "content": "How long can I return it?"}]
CALLS, STATEMENTS = 400, 3_000
PACE_S = 0.002
"""Between two calls: a service does other things too, and the exporting thread has its turn."""


def one_call() -> float:
    started = time.perf_counter()
    with model_call(QUESTION, model="m-1", provider="p", prompt_version="7", conversation_id="c") as call:
        call.output(ANSWER, response_id="r", input_tokens=80, output_tokens=200)
    return time.perf_counter() - started


def time_calls() -> float:
    """The median in microseconds."""
    taken = []
    for _ in range(CALLS):
        taken.append(one_call())
        time.sleep(PACE_S)
    return statistics.median(taken) * 1e6


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
    with tempfile.TemporaryDirectory() as scratch:
        configure(Settings())
        off = time_calls()
        configure(file=f"{scratch}/calls.jsonl")
        on = time_calls()
        started = time.perf_counter()
        for number in range(CALLS):
            record_feedback(join_key=str(number), name="thumb", value=True)
        stated = (time.perf_counter() - started) / CALLS * 1e6
        shutdown()
        pace, kept = time_requests(Path(scratch) / "spool")
    print(f"a call, off                    {off:8.1f} us")
    print(f"a call, recorded               {on:8.1f} us   {on / 100:5.2f} of the limit of 100 us")
    print(f"a statement, in-process        {stated:8.1f} us")
    print(
        f"statements a second, one core  {pace:8.0f}      {pace / 500:5.2f} times the limit of 500,"
        f" {kept} of {STATEMENTS} kept"
    )


if __name__ == "__main__":
    main()
