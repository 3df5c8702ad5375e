"""Suites of 30 and 60 fixtures with one stored run of main, or none: the gate beside fixed rules at equal calls."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from power_lib.cells import (
    BATCH,
    MOST_FOR_TWO_RUNS,
    OURS,
    TWO_RUNS,
    Cell,
    Choice,
    Tallies,
    judge_as_two_runs,
    judge_by_screening,
    rule_all,
    tally_played,
)
from power_lib.rivals import RULES, view_batch
from power_lib.tables import say_tally, table_head, table_row
from power_lib.worlds import Batch, Change, Setting, draw_batch

SIZES = (30, 60)
STORED = (1, 0)
TRIALS = 3
CHANGES = (
    Change.NONE,
    Change.DRIFT,
    Change.UNIFORM_5,
    Change.UNIFORM_10,
    Change.SLICE,
    Change.SCATTERED,
    Change.OTHER_MUCH_WORSE,
    Change.OTHER_BETTER,
)
ATTEMPTS = 40
"""Fresh trials that may be asked for, a fixture and arm."""
INTRODUCTION = """\
T = 3, which a small suite may exceed for an open question: up to four times. A fixed rule always makes the same calls:
so many trials of head against the stored one, or so many of both builds side by side. Calls are per fixture, both
builds together. At equal calls means equal on an unchanged build, which is what most pull requests are; the last column
has what the gate spends on one that is 5 points worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What a fixed rule is given."""

    trials: int
    """Of head, and of base where it is run."""
    is_beside: bool
    """Is base run side by side? No: it has its stored trial."""

    @property
    def calls(self) -> int:
        return self.trials * (2 if self.is_beside else 1)

    @property
    def words(self) -> str:
        return f"{self.trials} of each build" if self.is_beside else f"{self.trials} of head, 1 stored"

    def give(self, batch: Batch) -> Batch:
        """The same pull requests, with base's rows where rules look for them."""
        return replace(batch, stored=batch.base[:, :, : self.trials]) if self.is_beside else batch


def designs(stored: int) -> tuple[Design, ...]:
    """Those of as many calls as the gate makes on an unchanged build, and the next larger."""
    beside = Design(trials=2, is_beside=True)
    if stored:
        return Design(trials=3, is_beside=False), beside
    return beside, Design(trials=3, is_beside=True)


def list_small_cells(choice: Choice) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            change=change,
            setting=Setting(fixtures=fixtures, trials=TRIALS, stored=stored, s2=choice.s2, attempts=ATTEMPTS),
            prs=choice.few,
            seed=choice.seed,
        )
        for fixtures in SIZES
        for stored in STORED
        for change in CHANGES
    )


def work_off_small(job: tuple[Cell, int]) -> tuple[Cell, Tallies]:
    """One batch of one cell."""
    cell, number = job
    setting = cell.setting
    rng = np.random.default_rng(
        [cell.seed, 3, list(Change).index(cell.change), setting.fixtures, setting.stored, number]
    )
    count = min(BATCH, cell.prs - number * BATCH)
    batch = draw_batch(setting, cell.change, count, rng)
    tallies: Tallies = {OURS: tally_played([judge_by_screening(batch, place, setting) for place in range(count)])}
    for design in designs(setting.stored):
        given = design.give(batch)
        ruled = rule_all(view_batch(given, design.trials, rng))
        found = {rule.name: ruled[rule.name] for rule in RULES if rule.needs_two_runs_only}
        if number * BATCH < MOST_FOR_TWO_RUNS:
            fixed = Setting(fixtures=setting.fixtures, trials=design.trials)
            found[TWO_RUNS] = tally_played([judge_as_two_runs(given, place, fixed) for place in range(count)])
        for name, tally in found.items():
            tally.calls = float(design.calls * tally.prs)
            tallies[f"{name} ({design.words})"] = tally
    return cell, tallies


def render_small_teams(results: Mapping[Cell, Tallies]) -> str:
    parts = [INTRODUCTION]
    for fixtures, stored in sorted(
        {(c.setting.fixtures, c.setting.stored) for c in results}, key=lambda k: (k[0], -k[1])
    ):
        found = {
            cell.change: tallies
            for cell, tallies in results.items()
            if (cell.setting.fixtures, cell.setting.stored) == (fixtures, stored)
        }
        title = "one stored run" if stored else "no stored run"
        parts += [f"### N = {fixtures}, {title}", _table(found)]
    return "\n\n".join(parts)


def _table(found: Mapping[Change, Tallies]) -> str:
    changes = [change for change in CHANGES if change in found]
    lines = table_head(["rule", *changes, "calls, A/A", "calls, -5"])
    for name in found[changes[0]]:
        calls = [
            f"{found[change][name].calls / found[change][name].prs:.1f}" if change in found else ""
            for change in (Change.NONE, Change.UNIFORM_5)
        ]
        shown = f"**{name}**" if name == OURS else name
        lines.append(table_row([shown, *(say_tally(found[change][name]) for change in changes), *calls]))
    return "\n".join(lines)
