"""The targets that the gate set itself, beside what this run measured."""

from dataclasses import dataclass
from math import inf

from power_lib.cells import OURS, Tally
from power_lib.tables import Results, say_calls, say_share, table_head, table_row
from power_lib.worlds import Change

_CHANCE = 1.645
"""Standard errors: one-sided 5 %."""
UNCHANGED = (Change.NONE, Change.SHARED_NOISE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A bound in % on one cell."""

    what: str
    change: Change
    fixtures: int
    trials: int
    bound: float
    is_ceiling: bool
    is_about_calls: bool = False

    def miss(self, tally: Tally) -> float:
        """By how many standard errors the bound is missed; 0 where it is held, infinity for calls."""
        value = 100 * (tally.calls / tally.prs / self.trials if self.is_about_calls else tally.share)
        beyond = value - self.bound if self.is_ceiling else self.bound - value
        if beyond <= 0:
            return 0.0
        return inf if self.is_about_calls else beyond / (100 * tally.error)


def _targets() -> tuple[Target, ...]:
    def found(what: str, change: Change, fixtures: int, trials: int, bound: float) -> Target:
        return Target(what=what, change=change, fixtures=fixtures, trials=trials, bound=bound, is_ceiling=False)

    def at_most(what: str, change: Change, fixtures: int, trials: int, bound: float) -> Target:
        return Target(what=what, change=change, fixtures=fixtures, trials=trials, bound=bound, is_ceiling=True)

    def calls(fixtures: int, trials: int, bound: float) -> Target:
        return Target(
            what="calls on an unchanged build",
            change=Change.NONE,
            fixtures=fixtures,
            trials=trials,
            bound=bound,
            is_ceiling=True,
            is_about_calls=True,
        )

    sizes = [(fixtures, trials) for fixtures in (30, 60, 100, 300) for trials in (1, 3, 5)]
    return (
        *(at_most("false blocks", change, n, t, 2) for change in UNCHANGED for n, t in sizes),
        *(at_most("false blocks under drift", Change.DRIFT, n, t, 5) for n, t in sizes),
        found("a slice of ten halved", Change.SLICE, 300, 1, 99),
        found("a slice of ten halved", Change.SLICE, 100, 3, 90),
        found("5 points worse", Change.UNIFORM_5, 300, 3, 93),
        found("another system, 6-12 worse", Change.OTHER_MUCH_WORSE, 100, 3, 95),
        found("another system, 6-12 worse", Change.OTHER_MUCH_WORSE, 400, 3, 99),
        found("another system, 3-6 worse", Change.OTHER_WORSE, 100, 3, 88),
        found("another system, 3-6 worse", Change.OTHER_WORSE, 400, 3, 98),
        calls(100, 3, 45),
        calls(300, 3, 45),
        calls(100, 5, 33),
        calls(300, 5, 33),
        *(at_most("blocked though better", Change.IMPROVED, n, t, 3) for n, t in sizes),
        *(at_most("blocked though better, another system", Change.OTHER_BETTER, n, 3, 3) for n in (60, 100, 300)),
    )


def list_targets(results: Results) -> str:
    """A row a target; several cells of one target share a row, told by the worst of them."""
    lines = table_head(["target", "bound", "measured (worst cell)", "held"])
    for what, bound, group in _group(_targets()):
        measured = [(target, tally) for target in group if (tally := _find(results, target)) is not None]
        if not measured:
            continue
        target, tally = max(measured, key=lambda pair: _badness(*pair))
        held = _say_held(max(one.miss(found) for one, found in measured))
        lines.append(table_row([what, bound, _say(target, tally), held]))
    return "\n".join(lines)


def _say_held(miss: float) -> str:
    """Few pull requests tell little: what a run misses by chance one time in twenty is neither held nor missed."""
    if not miss:
        return "yes"
    return "**no**" if miss > _CHANCE else "too few to tell"


def _group(targets: tuple[Target, ...]) -> list[tuple[str, str, list[Target]]]:
    groups: dict[tuple[str, str], list[Target]] = {}
    for target in targets:
        sign = "<=" if target.is_ceiling else ">="
        single = "" if target.is_ceiling and not target.is_about_calls else f", N={target.fixtures} T={target.trials}"
        groups.setdefault((target.what + single, f"{sign} {target.bound:g} %"), []).append(target)
    return [(what, bound, group) for (what, bound), group in groups.items()]


def _find(results: Results, target: Target) -> Tally | None:
    wanted = (target.change, target.fixtures, target.trials)
    for cell, tallies in results.items():
        if (cell.change, *cell.key[:2]) == wanted:
            return tallies[OURS]
    return None


def _badness(target: Target, tally: Tally) -> float:
    value = tally.calls / tally.prs if target.is_about_calls else tally.share
    return value if target.is_ceiling else -value


def _say(target: Target, tally: Tally) -> str:
    value = f"{say_calls(tally, target.trials)} %" if target.is_about_calls else f"{say_share(tally)} %"
    return f"{value} at N={target.fixtures} T={target.trials}, {target.change}"
