"""How fast and how frugal ingest is, beside a bare read-and-flatten of the same file with orjson.

python benchmarks/ingest.py [--size 1e9] [--write]     # --write: docs/benchmarks/ingest.md
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from ingest_lib.traffic import SPANS_A_LINE, write_traffic

FLOOR = Path(__file__).parent / "ingest_lib" / "floor.py"
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks" / "ingest.md"
GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: b, head: h}}
metrics: {answer: {evaluator: exact_match}}
state: {path: memory}
"""


class Measured(NamedTuple):
    """One process, from its start to its end."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def measure(folder: Path, *command: str) -> Measured:
    environment = {**os.environ, "GATE_USER_KEY_SECRET": "a secret of a benchmark"}
    started = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {status}")
    child.returncode = 0
    return Measured(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


class Figures(NamedTuple):
    size_mb: float
    spans: int
    floor: Measured
    """The best of three."""
    first: Measured
    again: Measured
    """The best of three."""
    start: Measured
    """Of a command that only opens the store; the best of three."""
    store_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=1e9)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = measure_all(Path(name), int(asked.size))
    page = render(figures)
    print(page)
    if asked.write:
        PAGE.write_text(page)


def measure_all(folder: Path, size: int) -> Figures:
    (folder / "gate.yaml").write_text(GATE)
    traffic = folder / "traces.jsonl"
    spans = write_traffic(traffic, size)
    ingest = (sys.executable, "-m", "gate_action", "loop", "ingest", traffic.name)

    def best(*command: str) -> Measured:
        return min((measure(folder, *command) for _ in range(3)), key=lambda one: one.wall_s)

    return Figures(
        size_mb=traffic.stat().st_size / 1e6,
        spans=spans,
        floor=best(sys.executable, str(FLOOR), traffic.name),
        first=measure(folder, *ingest),
        again=best(*ingest),
        start=best(*ingest[:-2], "status"),
        store_mb=(folder / "memory" / "store.duckdb").stat().st_size / 1e6,
    )


def render(figures: Figures) -> str:
    floor, first, again = figures.floor, figures.first, figures.again
    share, beyond = floor.wall_s / first.wall_s, again.wall_s - figures.start.wall_s
    share_cpu, beyond_cpu = floor.cpu_s / first.cpu_s, again.cpu_s - figures.start.cpu_s
    rows = [
        _row("floor: orjson, each span flattened into one dict, nothing kept", floor, figures.size_mb),
        _row("`loop ingest`, an empty store", first, figures.size_mb),
        _row("`loop ingest` again, nothing changed", again),
        _row("`loop status`: the start-up of any command on this store", figures.start),
    ]
    targets = [
        _target("speed beside the floor, wall", ">= 0.5 x", f"{share:.2f} x", is_held=share >= 0.5),
        _target("speed beside the floor, CPU", ">= 0.5 x", f"{share_cpu:.2f} x", is_held=share_cpu >= 0.5),
        _target("peak memory", "< 300 MiB", f"{first.peak_mb:.0f} MiB", is_held=first.peak_mb < 300),
        _target("a second ingest, beyond start-up, wall", "< 0.5 s", f"{beyond:.2f} s", is_held=beyond < 0.5),
        _target("a second ingest, beyond start-up, CPU", "< 0.5 s", f"{beyond_cpu:.2f} s", is_held=beyond_cpu < 0.5),
    ]
    lines = "\n".join
    return f"""\
# How fast and how frugal ingest is

Written by `python benchmarks/ingest.py --write`; not edited by hand. {figures.size_mb:,.0f} MB of made-up traffic as
the Collector's file exporter writes it: {figures.spans:,} spans, {SPANS_A_LINE} a line, four a trace (agent, retrieval,
tool, model call with its history). Whole processes, start-up and end included. {os.cpu_count()} cores; load
{os.getloadavg()[0]:.1f} at the end: what ran beside it took its share.

| | wall | CPU | peak memory | speed |
| --- | --- | --- | --- | --- |
{lines(rows)}

| target | bound | measured | held |
| --- | --- | --- | --- |
{lines(targets)}

The store takes {figures.store_mb:,.0f} MB: made-up texts repeat themselves more than people do, so that real ones pack
less well.

The floor does not read the JSON inside of attributes (messages, documents, tool results) as ingest must, brings no
traces together, makes no turns and writes nothing. Wall times are those of a machine that others use at the same time;
CPU times suffer less from that. What half of the floor's speed would take, and why memory was preferred, is told in
[decision 30](../decisions/0030-ingest-speed.md).
"""


def _row(name: str, one: Measured, size_mb: float = 0) -> str:
    speed = f"{size_mb / one.wall_s:,.0f} MB/s" if size_mb else ""
    return f"| {name} | {one.wall_s:.2f} s | {one.cpu_s:.2f} s | {one.peak_mb:.0f} MiB | {speed} |"


def _target(name: str, bound: str, measured: str, *, is_held: bool) -> str:
    return f"| {name} | {bound} | {measured} | {'yes' if is_held else '**no**'} |"


if __name__ == "__main__":
    main()
