"""Which cells are simulated, with how many pull requests, and the work on one batch of one cell."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from gate_action.comparison.plan import Plan
from gate_action.comparison.procedure import TwoRuns
from gate_action.comparison.screen_confirm.screening import ScreenAndConfirm
from gate_action.model.metric import Policy
from gate_action.model.trial import Arm
from power_lib.playing import ANSWER, Played, play, read_decision, store_runs, tell_rows
from power_lib.rivals import RULES, View, view_batch
from power_lib.worlds import Batch, Change, Setting, draw_batch

OURS = "gate-action"
TWO_RUNS = "gate-action, two runs"
BATCH = 25
SIZES = (30, 60, 100, 300, 400, 1000)
TRIALS = (1, 3, 5)
MANY = (Change.NONE,)
MANY_SIZES = (100, 300)
PAIRS_SIZE, PAIRS_TRIALS = 400, 3
"""Where two targets speak of pairs of systems, and nothing else is asked."""
PAIRS = (Change.OTHER_WORSE, Change.OTHER_MUCH_WORSE)
RELABELLINGS = 2000
"""For slices in the two-run rule and for scores that are not 0 or 1; policy's 10,000 would only take longer."""
MOST_FOR_TWO_RUNS = 100
"""Pull requests a cell that the two-run rule is tried on: it is slower, and has a page of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    change: Change
    setting: Setting
    prs: int
    seed: int

    @property
    def key(self) -> tuple[int, int, int]:
        return self.setting.fixtures, self.setting.trials, self.setting.stored

    def batches(self) -> Iterator[tuple["Cell", int]]:
        for number in range(-(-self.prs // BATCH)):
            yield self, number


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of some pull requests under one rule."""

    prs: int = 0
    blocked: int = 0
    warned: int = 0
    calls: float = 0.0
    """A fixture, both arms together, summed over pull requests."""

    def add(self, other: "Tally") -> None:
        self.prs += other.prs
        self.blocked += other.blocked
        self.warned += other.warned
        self.calls += other.calls

    @property
    def share(self) -> float:
        return self.blocked / self.prs

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of the share; where none or all were blocked, of one pull request otherwise."""
        rate = min(max(self.share, 1 / self.prs), 1 - 1 / self.prs)
        return sqrt(rate * (1 - rate) / self.prs)


Tallies = dict[str, Tally]


def merge_tallies(into: Tallies, tallies: Tallies) -> None:
    """Adds each rule's tally to that of the same rule."""
    for name, tally in tallies.items():
        into.setdefault(name, Tally()).add(tally)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which cells to make."""

    many: int = 5000
    few: int = 400
    sizes: tuple[int, ...] = SIZES
    trials: tuple[int, ...] = TRIALS
    stored: int = 10
    s2: float = 0.08
    seed: int = 0
    changes: tuple[Change, ...] = field(default=tuple(Change))


def list_cells(choice: Choice) -> tuple[Cell, ...]:
    """Unchanged builds many times where the claim rests on them; of the larger suites only what a target speaks of."""
    return tuple(
        Cell(
            change=change,
            setting=Setting(fixtures=fixtures, trials=trials, stored=choice.stored, s2=choice.s2),
            prs=choice.many if change in MANY and fixtures in MANY_SIZES else choice.few,
            seed=choice.seed,
        )
        for fixtures in choice.sizes
        for trials in choice.trials
        for change in choice.changes
        if _is_wanted(change, fixtures, trials)
    )


def _is_wanted(change: Change, fixtures: int, trials: int) -> bool:
    if fixtures == PAIRS_SIZE:
        return trials == PAIRS_TRIALS and change in PAIRS
    return fixtures < max(SIZES) or change in (Change.NONE, Change.UNIFORM_5)


def work_off(job: tuple[Cell, int]) -> tuple[Cell, Tallies]:
    """One batch. The seed depends on the cell and the batch's number only, so any order and any split agree."""
    cell, number = job
    setting = cell.setting
    place = (list(Change).index(cell.change), setting.fixtures, setting.trials, setting.stored, number)
    rng = np.random.default_rng([cell.seed, *place])
    count = min(BATCH, cell.prs - number * BATCH)
    batch = draw_batch(setting, cell.change, count, rng)
    procedures = dict(OWN)
    if number * BATCH >= MOST_FOR_TWO_RUNS:
        del procedures[TWO_RUNS]
    tallies = {
        name: tally_played([judge(batch, row, setting) for row in range(count)]) for name, judge in procedures.items()
    }
    return cell, tallies | rule_all(view_batch(batch, setting.trials, rng))


def rule_all(view: View) -> Tallies:
    tallies = {}
    for rule in RULES:
        ruling = rule.decide(view)
        tallies[rule.name] = Tally(
            prs=len(ruling.blocked), blocked=int(ruling.blocked.sum()), calls=float(ruling.calls.sum())
        )
    return tallies


def judge_by_screening(batch: Batch, place: int, setting: Setting) -> Played:
    stored = store_runs(batch, place)
    return play(ScreenAndConfirm(make_plan(batch, setting), stored), batch, place)


def judge_as_two_runs(batch: Batch, place: int, setting: Setting) -> Played:
    """Head's run against a stored run of as many trials, as if both were recordings."""
    procedure = TwoRuns(make_plan(batch, setting))
    arms = {Arm.BASE: batch.stored[place, :, : setting.trials], Arm.HEAD: batch.head[place, :, : setting.trials]}
    tell_rows(procedure, batch, arms)
    played = read_decision(procedure.decide(), len(batch.suite))
    return Played(
        is_blocked=played.is_blocked, is_warned=played.is_warned, calls=setting.trials, decision=played.decision
    )


def make_plan(batch: Batch, setting: Setting) -> Plan:
    return Plan(
        fixtures=batch.suite, metrics=(ANSWER,), policy=Policy(trials=setting.trials, relabellings=RELABELLINGS)
    )


OWN: Mapping[str, Callable[[Batch, int, Setting], Played]] = {OURS: judge_by_screening, TWO_RUNS: judge_as_two_runs}


def tally_played(played: list[Played]) -> Tally:
    return Tally(
        prs=len(played),
        blocked=sum(one.is_blocked for one in played),
        warned=sum(one.is_warned for one in played),
        calls=sum(one.calls for one in played),
    )
