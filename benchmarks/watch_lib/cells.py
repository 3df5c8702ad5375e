"""What is simulated: worlds by name, and how they are cut into jobs."""

from dataclasses import dataclass

from watch_lib.playing import Job
from watch_lib.worlds import World

FIXED_TURNS = {0.1: 343, 0.05: 714, 0.02: 1826}
"""Turns a side of a test that looks once: from this rate to half of it, one-sided 5 %, 80 % power."""
BATCH = 100


@dataclass(frozen=True, kw_only=True)
class Cell:
    group: str
    world: World
    name: str = ""
    is_reweighed: bool = True

    def jobs(self, watches: int, seed: int) -> list[Job]:
        return [
            Job(world=self.world, watches=min(BATCH, watches - done), seed=seed + done, is_reweighed=self.is_reweighed)
            for done in range(0, watches, BATCH)
        ]


def list_cells() -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for rate, turns in FIXED_TURNS.items():
        for users in (1, 5):
            for times in (1, 3):
                world = World(turns_a_week=times * turns, before=rate, after=rate, turns_a_user=users)
                cells.append(Cell(group="unchanged", world=world))
                better = World(turns_a_week=times * turns, before=rate, after=rate / 2, turns_a_user=users)
                cells.append(Cell(group="reached", world=better))
            for group, after in (("power", rate / 2), ("fake", rate)):
                short = World(turns_a_week=3 * turns, before=rate, after=after, turns_a_user=users, days=7)
                cells.append(Cell(group=group, world=short))
    for rate in (0.1, 0.05):
        for group, after in (("power", rate / 2), ("fake", rate)):
            many = World(turns_a_week=15 * FIXED_TURNS[rate], before=rate, after=after, turns_a_user=5, days=7)
            cells.append(Cell(group=group, world=many))
    shift = World(turns_a_week=3000, before=0.05, after=0.05, is_shifting=True)
    cells += [
        Cell(group="else", name="shift, reweighed", world=shift),
        Cell(group="else", name="shift, not reweighed", world=shift, is_reweighed=False),
        Cell(group="else", name="drawn", world=World(turns_a_week=3000, before=0.05, after=0.05, drawn=0.25)),
        Cell(group="else", name="seldom", world=World(turns_a_week=1000, before=0.005, after=0.005)),
        Cell(group="else", name="seldom", world=World(turns_a_week=200, before=0.02, after=0.02)),
        Cell(
            group="else",
            name="alike",
            world=World(turns_a_week=1000, before=0.1, after=0.1, turns_a_user=5, alikeness=0.5),
        ),
        Cell(
            group="else",
            name="alike, ten turns",
            world=World(turns_a_week=1000, before=0.1, after=0.1, turns_a_user=10, alikeness=0.5),
        ),
    ]
    return tuple(cells)
