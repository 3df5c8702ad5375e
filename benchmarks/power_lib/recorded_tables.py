"""The tables of `--table`: how often recorded unchanged pairs, and pairs of systems, are blocked."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from power_lib.cells import OURS, TWO_RUNS, Tallies, judge_as_two_runs, judge_by_screening, rule_all, tally_played
from power_lib.recorded import Recorded, list_pairs, read_table, resample_pair, split_trials
from power_lib.rivals import RULES, view_batch
from power_lib.tables import say_calls, say_share, table_head, table_row
from power_lib.worlds import Setting

PRS = 200
MOST_STORED = 10


def run_table(path: Path, *, prs: int = PRS, seed: int = 0) -> str:
    """Markdown. Raises TableError for a table that cannot be read."""
    systems = read_table(path)
    return "\n\n".join([*_unchanged(systems, prs, seed), *_pairs(systems, prs, seed)])


def split_table(system: Recorded, prs: int, seed: int) -> str:
    """Each item's trials cut in two: only for rules that ask for nothing more."""
    rng = np.random.default_rng([seed, 1])
    batch = split_trials(system, prs, rng)
    half = batch.head.shape[2]
    setting = Setting(fixtures=len(system.suite), trials=half, stored=half)
    tallies = {TWO_RUNS: tally_played([judge_as_two_runs(batch, place, setting) for place in range(prs)])}
    asking_nothing = {rule.name for rule in RULES if rule.needs_two_runs_only}
    ruled = rule_all(view_batch(batch, half, rng))
    tallies |= {name: tally for name, tally in ruled.items() if name in asking_nothing}
    lines = table_head(["rule", "blocked, %"])
    lines += [table_row([name, say_share(tally)]) for name, tally in tallies.items()]
    title = f"{system.system}: unchanged, {len(system.suite)} items, trials split into {half} + {half}; {prs} splits"
    return title + "\n\n" + "\n".join(lines)


def resampled_table(title: str, base: Recorded, head: Recorded, prs: int, seed: int) -> str:
    """Every rule at one and three trials, on trials drawn with replacement."""
    stored = min(MOST_STORED, base.trials)
    one, three = (_judge(base, head, Setting(fixtures=0, trials=trials, stored=stored), prs, seed) for trials in (1, 3))
    lines = table_head(["rule", "T=1: blocked, %", "calls", "T=3: blocked, %", "calls"])
    for name in one:
        cells = say_share(one[name]), say_calls(one[name], 1), say_share(three[name]), say_calls(three[name], 3)
        lines.append(table_row([name, *cells]))
    how = f"{stored} stored trials, {prs} pull requests, trials drawn with replacement"
    return f"{title}; {how}\n\n" + "\n".join(lines)


def _unchanged(systems: tuple[Recorded, ...], prs: int, seed: int) -> Iterator[str]:
    for system in systems:
        yield split_table(system, prs, seed)
        yield resampled_table(f"{system.system}: unchanged", system, system, prs, seed)


def _pairs(systems: tuple[Recorded, ...], prs: int, seed: int) -> Iterator[str]:
    for base, head in list_pairs(systems):
        shared = sorted({f.id for f in base.suite} & {f.id for f in head.suite})
        move = 100 * (head.restrict(shared).scores.mean() - base.restrict(shared).scores.mean())
        title = f"{base.system} -> {head.system}: {move:+.1f} points on {len(shared)} items"
        yield resampled_table(title, base, head, prs, seed)


def _judge(base: Recorded, head: Recorded, setting: Setting, prs: int, seed: int) -> Tallies:
    rng = np.random.default_rng([seed, setting.trials])
    batch = resample_pair(base, head, setting, prs, rng)
    ours = {OURS: tally_played([judge_by_screening(batch, place, setting) for place in range(prs)])}
    return ours | rule_all(view_batch(batch, setting.trials, rng))
