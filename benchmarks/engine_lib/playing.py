"""Plays the workloads, contestants in turn, so that all of them meet the same minutes of the machine."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from engine_lib.contestants import Contestants
from engine_lib.journalling import time_journal
from engine_lib.measuring import Measured, measure
from engine_lib.workloads import make_suite

_SMALL, _MIDDLE, _LARGE = 1_000, 20_000, 200_000
_W2_LATENCY_S = 0.2


class Played(NamedTuple):
    """Medians of one contestant on one workload."""

    workload: str
    contestant: str
    wall_s: float
    cpu_s: float
    peak_mib: float
    """The worst of the runs."""


@dataclass(kw_only=True)
class Results:
    repeats: int
    played: list[Played] = field(default_factory=list)
    help_s: float | None = None
    first_trial_s: float | None = None
    journal_s: float | None = None

    def find(self, workload: str, contestant: str) -> Played | None:
        return next((one for one in self.played if (one.workload, one.contestant) == (workload, contestant)), None)


@dataclass(frozen=True, kw_only=True)
class Player:
    contestants: Contestants
    repeats: int
    only: frozenset[str] = frozenset()

    def play(self, *, is_large: bool) -> Results:
        results = Results(repeats=self.repeats)
        self._recorded(results, "W1", _SMALL, self.repeats)
        self._both_builds(results, "W1 base and head", _SMALL)
        self._over_http(results, "W1h", 0.0)
        self._over_http(results, "W2", _W2_LATENCY_S)
        self._recorded(results, "W3", _MIDDLE, min(3, self.repeats))
        self._both_builds(results, "W3 base and head", _MIDDLE)
        if is_large:
            self._recorded(results, "200,000 rows", _LARGE, min(3, self.repeats))
        self._help(results)
        return results

    def _recorded(self, results: Results, name: str, rows: int, repeats: int) -> None:
        if not self._is_wanted(name):
            return
        suite = make_suite(self._folder(name), rows)
        who = {
            "gate-action": partial(self._measure, self.contestants.gate_run(suite)),
            "braintrust": partial(self._measure, self.contestants.peer_run(suite)),
            "floor": partial(self._measure, self.contestants.floor_run(suite)),
        }
        if rows == _LARGE:
            del who["braintrust"]
        results.played += _medians(name, who, repeats)

    def _both_builds(self, results: Results, name: str, rows: int) -> None:
        if not self._is_wanted(name):
            return
        suite = make_suite(self._folder(name), rows, has_base=True)
        run = partial(self._measure, self.contestants.gate_run(suite, has_base=True))
        results.played += _medians(name, {"gate-action": run}, min(3, self.repeats))

    def _over_http(self, results: Results, name: str, latency_s: float) -> None:
        if not self._is_wanted(name):
            return
        answers = make_suite(self._folder(f"{name} answers"), _SMALL).answers
        with _served(answers, latency_s) as url:
            suite = make_suite(self._folder(name), _SMALL, url=url)
            firsts: list[float] = []

            def run_gate() -> Measured:
                _first_question(url)
                measured = self._measure(self.contestants.gate_run(suite))
                firsts.append(_first_question(url) - measured.started)
                return measured

            who: dict[str, Callable[[], Measured]] = {
                "gate-action": run_gate,
                "braintrust": partial(self._measure, self.contestants.peer_run(suite, url)),
                "floor": partial(self._measure, self.contestants.floor_run(suite, url)),
            }
            results.played += _medians(name, who, self.repeats)
            if not latency_s:
                results.first_trial_s = statistics.median(firsts[1:])
                results.journal_s = time_journal(suite, self.contestants.scratch / "journal", self.repeats)

    def _help(self, results: Results) -> None:
        run = partial(self._measure, [str(self.contestants.gate), "--help"])
        results.help_s = _medians("help", {"gate-action": run}, 3 * self.repeats)[0].wall_s

    def _measure(self, argv: list[str]) -> Measured:
        return measure(argv, self.contestants.scratch)

    def _folder(self, name: str) -> Path:
        return self.contestants.scratch / name.replace(" ", "-")

    def _is_wanted(self, name: str) -> bool:
        return not self.only or name in self.only


def _medians(name: str, who: Mapping[str, Callable[[], Measured]], repeats: int) -> list[Played]:
    """The first run of each reads the disk and writes bytecode, and does not count."""
    runs: dict[str, list[Measured]] = {contestant: [] for contestant in who}
    for _ in range(repeats + 1):
        for contestant, run in who.items():
            runs[contestant].append(run())
    return [
        Played(
            name,
            contestant,
            statistics.median(one.wall_s for one in measured[1:]),
            statistics.median(one.cpu_s for one in measured[1:]),
            statistics.median(one.peak_mib for one in measured[1:]),
        )
        for contestant, measured in runs.items()
    ]


@contextmanager
def _served(answers: Path, latency_s: float) -> Iterator[str]:
    argv = [sys.executable, str(Path(__file__).with_name("server.py")), str(answers), str(latency_s)]
    server = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/"
    finally:
        server.terminate()
        server.wait()


def _first_question(url: str) -> float:
    """Monotonic clock at the server's first question since this was asked last; 0.0: there was none."""
    with urlopen(url) as reply:
        return float(json.load(reply)["first"] or 0.0)
