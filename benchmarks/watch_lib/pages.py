"""Tallies -> docs/benchmarks/watch.md."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt

from watch_lib.cells import Cell
from watch_lib.worlds import RETURN_H, World

INTRODUCTION = """\
# How often a watch is wrong, and how much it takes

Written by `python benchmarks/watch.py --write`; not edited by hand. Simulated traffic goes through the code of
`gate-action loop watch` (`gate_action.loop.watching`), which looks at it every hour of the whole watch.

- **Traffic**: turns come by a Poisson process with a daily wave (x 0.3 to 1.7) and half of it on weekends; failures
  have a wave of their own (up to 30 % more or fewer, in the opposite phase), and are 30 % more frequent on weekends.
  The deployment comes at a random hour of the week; the before-window is the seven whole days before its day.
- **One turn a user**: turns are independent. **Five turns a user**: each next turn comes {return_h:.0f} hours later in
  the mean; users differ in their own failure rates (Beta), so that two turns of a user correlate by 0.2, or as the
  table says. Users are on both sides of the deployment.
- **Target**: half of the before-rate. Verdicts are made at 1 % for each of the three claims.
- **Numbers** are % of watches in which the claim was ever made, with their Monte-Carlo standard error in brackets;
  {watches:,} watches a cell.
- **Naive**: the two-proportion z-test of all turns since the deployment against the whole before-window, one-sided 5 %,
  at each look: what a dashboard with error bars does.
"""

POWER = """\
A one-sided 5 % test with 80 % power that looks once needs 343 turns a side (10 to 5 %), 714 (5 to 2.5 %) and 1,826
(2 to 1 %). *Fake fix*: nothing changed, and the watch is to say that the target was missed. Five turns of a user that
correlate by 0.2 are worth 2.8 independent ones; the last rows have three times as many *users* a side."""
ELSE = """\
*Shift*: the part of the traffic that fails three times as often grows from 30 to 60 % at the deployment. *Drawn*: every
failing turn is scored, of the others a quarter, with weight 4. *Seldom*: turns that hardly ever fail. *Alike*: a user's
turns correlate by 0.5."""


def render_page(results: Mapping[Cell, Counter[str]], watches: int) -> str:
    parts = [INTRODUCTION.format(return_h=RETURN_H, watches=watches)]
    parts += ["## Targets", _targets(results)]
    parts += ["## Nothing changed: 14 days, 336 looks", _table(results, "unchanged", _NOTHING)]
    parts += ["## The target was reached: 14 days, 336 looks", _table(results, "reached", _REACHED)]
    parts += [
        "## Power: 7 days, 168 looks, three times the turns a side of a fixed-horizon test",
        POWER,
        _power(results),
    ]
    parts += [
        "## What else may mislead: 14 days, nothing changed",
        ELSE,
        _table(results, "else", _NOTHING),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


_NOTHING = (
    ("held", "held"),
    ("regressed", "regressed"),
    ("naive held", "naive: better"),
    ("naive regressed", "naive: worse"),
)
_REACHED = (("not_held", "not_held"), ("regressed", "regressed"), ("ends held", "held at the end"))


def _targets(results: Mapping[Cell, Counter[str]]) -> str:
    rows = ["| target | bound | worst cell | held |", "| --- | --- | --- | --- |"]
    for turns, bound in ((1, 0.02), (5, 0.05)):
        wrong = [
            (_share(tally, claim), claim, cell, tally)
            for cell, tally in results.items()
            if cell.group in ("unchanged", "reached") and cell.world.turns_a_user == turns
            for claim in (("held", "regressed") if cell.group == "unchanged" else ("not_held", "regressed"))
        ]
        worst, claim, cell, tally = max(wrong, key=lambda row: row[0])
        name = "independent turns" if turns == 1 else "five turns a user"
        rows.append(
            f"| false verdicts of a kind, {name} | <= {bound:.0%} "
            f"| {_say(tally, claim)} `{claim}`, {_name(cell.world)} | {'yes' if worst <= bound else 'no'} |"
        )
    for cell, tally in results.items():
        if cell.group != "power" or cell.world.turns_a_user > 1:
            continue
        rows.append(
            f"| `held` at three times the turns, {_name(cell.world)} | >= 80 % | {_say(tally, 'held')} "
            f"| {'yes' if _share(tally, 'held') >= 0.8 else 'no'} |"
        )
    return "\n".join(rows)


def _table(results: Mapping[Cell, Counter[str]], group: str, columns: Sequence[tuple[str, str]]) -> str:
    lines = ["| traffic | turns a week | turns a user | " + " | ".join(name for _, name in columns) + " |"]
    lines.append("| --- " * (3 + len(columns)) + "|")
    for cell, tally in results.items():
        if cell.group == group:
            said = " | ".join(_say(tally, key) for key, _ in columns)
            label = f"{cell.name}, {_name(cell.world)}" if cell.name else _name(cell.world)
            lines.append(f"| {label} | {cell.world.turns_a_week:,.0f} | {cell.world.turns_a_user} | {said} |")
    return "\n".join(lines)


def _power(results: Mapping[Cell, Counter[str]]) -> str:
    lines = [
        "| change | turns a side | turns a user | `held` | fake fix: `not_held` |",
        "| --- | --- | --- | --- | --- |",
    ]
    fakes = {_traffic(cell.world): tally for cell, tally in results.items() if cell.group == "fake"}
    for cell, tally in results.items():
        if cell.group == "power":
            world, fake = cell.world, fakes[_traffic(cell.world)]
            lines.append(
                f"| {_name(world)} | {world.turns_a_week:,.0f} | {world.turns_a_user} "
                f"| {_say(tally, 'held')} | {_say(fake, 'not_held')} |"
            )
    return "\n".join(lines)


def _traffic(world: World) -> tuple[float, int, float]:
    return world.before, world.turns_a_user, world.turns_a_week


def _name(world: World) -> str:
    if world.before == world.after:
        return f"{100 * world.before:g} %"
    return f"{100 * world.before:g} to {100 * world.after:g} %"


def _share(tally: Counter[str], key: str) -> float:
    return tally[key] / tally["watches"]


def _say(tally: Counter[str], key: str) -> str:
    share, count = _share(tally, key), tally["watches"]
    error = sqrt(max(share * (1 - share), 0.5 / count * (1 - 0.5 / count)) / count)
    return f"{100 * share:.1f} ({100 * error:.1f})"
