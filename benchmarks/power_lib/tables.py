"""Tallies -> Markdown: one table a suite size and number of trials, and the targets beside what was measured."""

from collections.abc import Iterable, Mapping, Sequence

from power_lib.cells import OURS, Cell, Tallies, Tally
from power_lib.worlds import Change

SMALL = 1e-9
Results = Mapping[Cell, Tallies]


def summarise(results: Results) -> str:
    """The gate's own procedure: a row a suite size and number of trials, a column a change."""
    changes = [change for change in Change if any(cell.change is change for cell in results)]
    lines = table_head(["N", "T", *changes, "calls, A/A", "calls, drift", "calls, -5"])
    for key in sorted({cell.key for cell in results}):
        found = {cell.change: tallies for cell, tallies in results.items() if cell.key == key}
        row = [str(key[0]), str(key[1])]
        row += [say_tally(found[change][OURS]) if change in found else "" for change in changes]
        for change in (Change.NONE, Change.DRIFT, Change.UNIFORM_5):
            row.append(say_calls(found[change][OURS], key[1]) if change in found else "")
        lines.append(table_row(row))
    return "\n".join(lines)


def compare_rules(results: Results, key: tuple[int, int, int]) -> str:
    """All rules on the same pull requests: a row a rule."""
    found = {cell.change: tallies for cell, tallies in results.items() if cell.key == key}
    changes = [change for change in Change if change in found]
    lines = table_head(["rule", *changes, "calls, A/A"])
    for name in next(iter(found.values())):
        calls = say_calls(found[Change.NONE][name], key[1]) if Change.NONE in found else ""
        cells = [say_tally(found[change][name]) for change in changes]
        lines.append(table_row([f"**{name}**" if name == OURS else name, *cells, calls]))
    return "\n".join(lines)


def table_head(names: Sequence[str]) -> list[str]:
    return [table_row(names), table_row(["---"] * len(names))]


def table_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def say_share(tally: Tally) -> str:
    """Percent blocked, with its Monte-Carlo standard error."""
    return f"{_percent(tally.share)} ({_percent(tally.error)})"


def say_calls(tally: Tally, trials: int) -> str:
    """Percent of N x T, both arms, fresh control included."""
    return f"{100 * tally.calls / tally.prs / trials:.0f}"


def say_tally(tally: Tally) -> str:
    """Percent blocked, and those that end as a warning besides."""
    warned = f" +{_percent(tally.warned / tally.prs)}w" if tally.warned else ""
    return say_share(tally) + warned


def _percent(share: float) -> str:
    return f"{100 * share:.1f}" if SMALL < share < 0.1 else f"{100 * share:.0f}"
