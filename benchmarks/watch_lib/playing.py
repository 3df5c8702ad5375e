"""One simulated watch after another, with what the watch says of each and what a naive test says."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from gate_action.loop.watching.course import Sides, Target, follow
from gate_action.loop.watching.mix import find_shift, reweigh
from gate_action.loop.watching.traffic import Floats, sum_since
from gate_action.loop.watching.verdict import LEVEL, walk
from watch_lib.worlds import World, draw_sides

HALF = Target(share=0.5)
CLAIMS = ("held", "not_held", "regressed")
NAIVE_Z = 1.645
"""One-sided 5 %."""


@dataclass(frozen=True, kw_only=True)
class Job:
    world: World
    watches: int
    seed: int
    is_reweighed: bool = True


def work_off(job: Job) -> Counter[str]:
    """How many watches were ever said to be what, and what they end as."""
    rng = np.random.default_rng(job.seed)
    looks = np.arange(1.0, job.world.days * 24 + 1.0)
    tally: Counter[str] = Counter()
    for _ in range(job.watches):
        sides = draw_sides(job.world, rng)
        tally["watches"] += 1
        tally["turns"] += len(sides.after)
        naive = _look_naively(sides, looks)
        tally.update(f"naive {claim}" for claim, lead in zip(("held", "regressed"), naive, strict=True) if lead)
        if job.is_reweighed and find_shift(sides.before, sides.after).is_told:
            tally["told"] += 1
            before, after = reweigh(sides.before, sides.after)
            sides = Sides(before=before, after=after, lag_h=sides.lag_h)
        codes = walk(follow(sides, HALF, looks, level=LEVEL, days=job.world.days), HALF)
        tally.update(claim for code, claim in enumerate(CLAIMS, start=1) if np.any(codes == code))
        tally.update([f"ends {('undecided', *CLAIMS)[int(codes[-1])]}"])
    return tally


def _look_naively(sides: Sides, looks: Floats) -> tuple[bool, bool]:
    """Two-proportion z, pooled, all turns so far against the whole before-window; did it ever say better, or worse?"""
    after = sum_since(sides.after, 0.0, looks)
    before = float(np.average(sides.before.failing, weights=sides.before.weights))
    turns, count = np.maximum(after.turns, 1.0), len(sides.before)
    pooled = (after.rate * turns + before * count) / (turns + count)
    error = np.sqrt(pooled * (1.0 - pooled) * (1.0 / turns + 1.0 / count))
    z = np.where((after.turns >= 20) & (error > 0), (after.rate - before) / np.maximum(error, 1e-12), 0.0)
    return bool((z <= -NAIVE_Z).any()), bool((z >= NAIVE_Z).any())
