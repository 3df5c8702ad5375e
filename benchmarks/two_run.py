"""How often the two-run rule blocks simulated pull requests, and how long a decision takes.

    python benchmarks/two_run.py [--prs 200] [--seed 0]

A/A: nothing changed. Six in ten fixtures pass 97 % of the time, the others anything from never to always; each of ten
slices holds a tenth of the fixtures. Shared noise: clusters of four fixtures share half of their luck in each trial.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

from gate_action.comparison.arrays import Floats
from gate_action.comparison.evidence import ArmScores, Panel
from gate_action.comparison.findings import judge_metrics
from gate_action.model.comparison import Finding
from gate_action.model.fixture import Fixture, Slice
from gate_action.model.metric import Metric, Policy

ANSWER = Metric(name="answer", evaluator="exact_match")
SIZES = ((30, 3), (60, 3), (100, 1), (100, 3), (300, 1), (300, 3))
CHANGES = (
    "A/A",
    "A/A, shared noise",
    "uniform -3",
    "uniform -5",
    "uniform -10",
    "slice -50 %",
    "scattered -50 %",
    "+5",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Simulates pull requests on one suite size."""

    fixtures: int
    trials: int
    rng: np.random.Generator

    def panels(self, change: str, count: int) -> Iterator[Panel]:
        size = 4 if change == "A/A, shared noise" else 1
        suite = tuple(
            Fixture(id=f"f{n:05d}", input="", slices=(Slice("topic", str(n % 10)),), cluster=f"c{n // size:05d}")
            for n in range(self.fixtures)
        )
        for _ in range(count):
            rates = np.where(self.rng.random(self.fixtures) < 0.4, self.rng.beta(1.2, 1.2, self.fixtures), 0.97)
            yield Panel(fixtures=suite, base=self._arm(rates, size), head=self._arm(self._changed(rates, change), size))

    def _changed(self, rates: Floats, change: str) -> Floats:
        match change.split():
            case ["uniform", points]:
                return np.clip(rates + float(points) / 100, 0, 1)
            case ["slice", *_]:
                return np.where(np.arange(self.fixtures) % 10 == 0, rates / 2, rates)
            case ["scattered", *_]:
                return np.where(self.rng.random(self.fixtures) < 0.1, rates / 2, rates)
            case ["+5"]:
                return np.clip(rates + 0.05, 0, 1)
            case _:
                return rates

    def _arm(self, rates: Floats, size: int) -> ArmScores:
        shape = (self.fixtures, self.trials)
        own = self.rng.random(shape)
        shared = np.repeat(self.rng.random((-(-self.fixtures // size), self.trials)), size, axis=0)[: self.fixtures]
        luck = np.where(self.rng.random(shape) < 0.5, shared, own) if size > 1 else own
        whole = np.ones(shape, bool)
        return ArmScores(values=(luck < rates[:, None]).astype(float), scored=whole, asked=whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prs", type=int, default=200, help="simulated pull requests a cell")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    policy = Policy(relabellings=2000)
    print("% of pull requests blocked (standard error); simulated\n")
    print("| change | " + " | ".join(f"N={n} T={t}" for n, t in SIZES) + " |")
    print("| --- |" + " --- |" * len(SIZES))
    for change in CHANGES:
        cells = []
        for place, (fixtures, trials) in enumerate(SIZES):
            world = World(fixtures=fixtures, trials=trials, rng=np.random.default_rng([options.seed, place]))
            found = [
                judge_metrics({"answer": panel}, (ANSWER,), policy)["answer"].finding
                for panel in world.panels(change, options.prs)
            ]
            share = found.count(Finding.REGRESSION) / len(found)
            cells.append(f"{100 * share:.1f} ({100 * sqrt(share * (1 - share) / len(found)):.1f})")
        print(f"| {change} | " + " | ".join(cells) + " |", flush=True)
    print_times()


def print_times() -> None:
    print("\nSeconds for one decision (best of five), N=1,000, T=3, 21 slices, 10,000 relabellings:")
    rng = np.random.default_rng(0)
    suite = tuple(
        Fixture(id=f"f{n:05d}", input="", slices=(Slice("topic", str(n % 10)), Slice("locale", str(n % 11))))
        for n in range(1000)
    )
    whole = np.ones((1000, 3), bool)
    for kind in ("binary", "continuous"):
        base, head = (rng.random((2, 1000, 3)) * (1 if kind == "continuous" else 1.7)).clip(0, 1)
        arms = [scores if kind == "continuous" else np.floor(scores) for scores in (base, head)]
        panel = Panel(
            fixtures=suite,
            base=ArmScores(values=arms[0], scored=whole, asked=whole),
            head=ArmScores(values=arms[1], scored=whole, asked=whole),
        )
        judge_metrics({"answer": panel}, (ANSWER,), Policy(relabellings=10))  # loads scipy
        print(f"  {kind}: {min(decide_once(panel) for _ in range(5)):.2f}")


def decide_once(panel: Panel) -> float:
    start = time.perf_counter()
    judge_metrics({"answer": panel}, (ANSWER,), Policy())
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
