"""The page: what was run, and each target with what was measured."""

import platform
from collections.abc import Iterator
from typing import NamedTuple

from engine_lib.contestants import PEER
from engine_lib.playing import Played, Results

_HEAD = """# How fast and how frugal

Written by `python benchmarks/engine.py --write --large`; not edited by hand. Everything below comes from one run on one
machine ({machine}), contestants in turn, medians of {repeats} (of 3 for W3 and 200,000 rows). A figure is the
whole process: start-up, reading, asking, checking, writing the results down, and its end.

- **gate-action** is `gate-action run` on a repository whose commit brings the gate: one build is run, as the peers run
  one. It reads the fixtures from git, scores, keeps the journal, decides by floors and critical fixtures, and writes
  terminal report, Markdown, HTML and JSON. *base and head* is the same with both builds: twice the trials, and a
  comparison.
- **braintrust** (`{peer}`) is the fastest peer that we know: `EvalAsync` without upload, results written down.
- **floor** is a bare asyncio + aiohttp client that makes the calls, checks and writes the results down.
- Each row has one `exact_match` (90 % pass) and one `contains` (100 %). **W1**: 1,000 rows, answers recorded.
  **W1h**: the same over HTTP from a local server at once, 50 in flight. **W2**: after 200 ms, 50 in flight: 4.0 s are
  ideal. **W3**: 20,000 rows, answers recorded.
- *CPU* is user and system time of the process and its children, *peak* the resident memory of all of them together.

## Targets

| target | bound | measured | held |
| --- | --- | --- | --- |
"""


_WHY = {
    "W1, wall": (
        "half of the CPU time is imports: numpy, rich, Jinja and two hundred small modules (docs/decisions/0034)."
    ),
    "W1h": (
        "the gate's start and its report stand before and after the calls, and a thousand calls at 0 ms are over before"
        " they can hide anything."
    ),
    "first trial": (
        "most of it is imports, aiohttp's beside our own; then git tells both gates and the fixtures, and the checkout"
        " is made."
    ),
    "W2": "what is left is the start before the first call and the decision and report after the last one.",
    "W3, CPU": (
        "half of it is the trial: its fixture is read from the disk, output, trial and two scores are written down with"
        " checksums, and two evaluators give reasons; a fifth is to read, digest and set aside the fixture. No step"
        " takes a tenth: it is some two hundred calls of Python a row."
    ),
    "memory": (
        "fixtures and finished trials lie in columns; what stays of a row is its digest, its id and the table that"
        " finds it, and where its words, its recording and its output lie (docs/decisions/0035)."
    ),
    "": "not looked into yet.",
}
"""Why a target is missed, by the beginning of its name."""


class _Target(NamedTuple):
    name: str
    bound: float
    measured: float
    unit: str

    @property
    def is_held(self) -> bool:
        return self.measured <= self.bound

    def __str__(self) -> str:
        held = "yes" if self.is_held else "**no**"
        return f"| {self.name} | <= {self.bound:g} {self.unit} | {self.measured:.3g} {self.unit} | {held} |"


def render_page(results: Results) -> str:
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    head = _HEAD.format(machine=machine, repeats=results.repeats, peer=PEER[0])
    targets = list(_targets(results))
    rows = "\n".join(map(str, targets))
    return f"{head}{rows}\n\n{_reasons(targets)}## Measured\n\n{_table(results.played)}\n"


def _reasons(targets: list[_Target]) -> str:
    missed = [target.name for target in targets if not target.is_held]
    told = [f"- **{name}**: {_why(name)}" for name in missed]
    return "\n".join(["## What is not reached, and why", "", *told, "", ""]) if told else ""


def _why(name: str) -> str:
    return next(why for start, why in _WHY.items() if name.startswith(start))


def _targets(results: Results) -> Iterator[_Target]:
    yield from _of_w1(results)
    yield from _of_http(results)
    yield from _of_large(results)
    if results.help_s is not None:
        yield _Target("`--help`", 0.25, results.help_s, "s")


def _of_w1(results: Results) -> Iterator[_Target]:
    ours, peer = results.find("W1", "gate-action"), results.find("W1", "braintrust")
    if ours and peer:
        yield _Target("W1, wall beside the fastest peer", 0.9, ours.wall_s / peer.wall_s, "x")
        yield _Target("W1, peak", 70, ours.peak_mib, "MiB")


def _of_http(results: Results) -> Iterator[_Target]:
    for workload, bound in (("W1h", 1.5), ("W2", 1.03)):
        ours, floor = results.find(workload, "gate-action"), results.find(workload, "floor")
        if ours and floor:
            yield _Target(f"{workload}, wall beside the floor", bound, ours.wall_s / floor.wall_s, "x")
            if workload == "W1h" and results.first_trial_s is not None and results.journal_s is not None:
                yield _Target("first trial sent after the start", 0.35, results.first_trial_s, "s")
                yield _Target("the journal's share of W1h's wall time", 10, 100 * results.journal_s / ours.wall_s, "%")


def _of_large(results: Results) -> Iterator[_Target]:
    small, middle, large = (results.find(name, "gate-action") for name in ("W1", "W3", "200,000 rows"))
    peer_small, peer_middle = results.find("W1", "braintrust"), results.find("W3", "braintrust")
    if small and middle:
        yield _Target("W3, CPU a row", 0.06, _a_row(small, middle), "ms")
        if peer_small and peer_middle:
            yield _Target(
                "W3, CPU a row beside the fastest peer (0.06 ms where that one took 0.15)",
                0.4,
                _a_row(small, middle) / _a_row(peer_small, peer_middle),
                "x",
            )
        yield _Target("W3, peak above W1's", 20, middle.peak_mib - small.peak_mib, "MiB")
    if middle and large:
        grown = (large.peak_mib - middle.peak_mib) * 1024 * 1024
        yield _Target("memory a row from 20,000 to 200,000", 150, grown / 180_000, "B")


def _a_row(small: Played, middle: Played) -> float:
    """Milliseconds of CPU."""
    return (middle.cpu_s - small.cpu_s) / 19_000 * 1000


def _table(played: list[Played]) -> str:
    lines = ["| workload | contestant | wall s | CPU s | peak MiB |", "| --- | --- | --: | --: | --: |"]
    lines += [
        f"| {one.workload} | {one.contestant} | {one.wall_s:.2f} | {one.cpu_s:.2f} | {one.peak_mib:.0f} |"
        for one in played
    ]
    return "\n".join(lines)
