"""The tables of `--table`: how often recorded unchanged pairs, and pairs of systems, are blocked."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from math import inf

import numpy as np

from power_lib.cells import (
    OURS,
    TWO_RUNS,
    Tallies,
    Tally,
    judge_as_two_runs,
    judge_by_screening,
    merge_tallies,
    rule_all,
    tally_played,
)
from power_lib.recorded import Recorded, Replacement, TableError, list_replacements, resample_pair, split_trials
from power_lib.rivals import RULES, view_batch
from power_lib.tables import say_calls, say_share, say_tally, table_head, table_row
from power_lib.worlds import Setting

MOVES = (
    ("more than 12 worse", -inf, -0.12),
    ("6 to 12 worse", -0.12, -0.06),
    ("3 to 6 worse", -0.06, -0.03),
    ("1 to 3 worse", -0.03, -0.01),
    ("less than 1 apart", -0.01, 0.01),
    ("1 to 3 better", 0.01, 0.03),
    ("3 to 6 better", 0.03, 0.06),
    ("more than 6 better", 0.06, inf),
)
"""Pairs of systems by how far the mean moves: from (more than) and to."""
FEWEST_PRS = 10
"""Of one pair, however many pairs there are."""
BATCH = 25
MOST_LISTED = 60
SHOWN_RIVALS = ("any drop", "paired t", "clustered paired t", "McNemar, pooled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying:
    """How recorded trials are played."""

    prs: int = 200
    """Pull requests of each system unchanged, and of each class of pairs."""
    pairs: int = 40
    """At most, of each class."""
    trials: tuple[int, ...] = (1, 3)
    """Ceilings of trials."""
    stored: int = 10
    """Stored trials of base, at most; no more than the table has of a typical item."""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Some pull requests on one pair of systems (or one beside itself)."""

    name: str
    """Of the row that they count in."""
    pair: Replacement
    setting: Setting
    prs: int
    seed: tuple[int, ...]


def run_table(systems: tuple[Recorded, ...], trying: Trying, pool: Executor | None = None) -> str:
    """Markdown. ``pool``: where batches are worked off; None: here."""
    run: Callable[[Iterable[Job]], Iterable[tuple[Job, Tallies]]] = (
        (lambda jobs: map(work_off_job, jobs)) if pool is None else (lambda jobs: pool.map(work_off_job, jobs))
    )
    parts = [_introduce(systems, trying), "## Unchanged"]
    varied = tuple(system for system in systems if system.trials > 1)
    if varied:
        unchanged = _collect(run, [job for system in varied for job in _jobs(_beside_itself(system), trying)])
        parts += [_list_unchanged(varied, unchanged, trying), _compare({"all systems": _sum(unchanged)}, trying)]
        parts += ["### Trials split in two", _list_splits(varied, trying)]
    if len(varied) < len(systems):
        left = ", ".join(system.system for system in systems if system.trials < 2)
        parts.append(f"One trial an item shows no luck, so no unchanged build can be drawn of: {left}.")
    classes = _classify(systems, trying)
    if classes:
        pairs = [pair for chosen in classes.values() for pair in chosen]
        found = _collect(
            run, [job for pair in pairs for job in _jobs(pair, trying, _prs_of_pair(pair, classes, trying))]
        )
        by_class = {
            name: _sum({_name(pair): found[_name(pair)] for pair in chosen}) for name, chosen in classes.items()
        }
        parts += ["## Pairs of systems", _list_classes(classes, by_class, trying), _compare(by_class, trying)]
        parts.append(_list_pairs(pairs, found, trying))
    return "\n\n".join(parts)


def work_off_job(job: Job) -> tuple[Job, Tallies]:
    rng = np.random.default_rng(job.seed)
    batch = resample_pair(job.pair.base, job.pair.head, job.setting, job.prs, rng)
    ours = {OURS: tally_played([judge_by_screening(batch, place, job.setting) for place in range(job.prs)])}
    return job, ours | rule_all(view_batch(batch, job.setting.trials, rng))


Found = Mapping[str, Mapping[int, Tallies]]
"""Row -> trials -> tallies."""


def _collect(run: Callable[[Iterable[Job]], Iterable[tuple[Job, Tallies]]], jobs: Sequence[Job]) -> Found:
    found: dict[str, dict[int, Tallies]] = defaultdict(dict)
    for job, tallies in run(jobs):
        merge_tallies(found[job.name].setdefault(job.setting.trials, {}), tallies)
    return found


def _sum(found: Found) -> Mapping[int, Tallies]:
    total: dict[int, Tallies] = {}
    for by_trials in found.values():
        for trials, tallies in by_trials.items():
            merge_tallies(total.setdefault(trials, {}), tallies)
    return total


def _jobs(pair: Replacement, trying: Trying, prs: int | None = None) -> list[Job]:
    whole = prs or trying.prs
    name = _name(pair)
    return [
        Job(
            name=name,
            pair=pair,
            setting=Setting(fixtures=len(pair.shared), trials=trials, stored=min(trying.stored, pair.base.trials)),
            prs=min(BATCH, whole - start),
            seed=(trying.seed, trials, start, *name.encode()),
        )
        for trials in trying.trials
        for start in range(0, whole, BATCH)
    ]


def _beside_itself(system: Recorded) -> Replacement:
    return Replacement(base=system, head=system)


def _name(pair: Replacement) -> str:
    return pair.base.system if pair.base is pair.head else f"{pair.base.system} -> {pair.head.system}"


def _classify(systems: tuple[Recorded, ...], trying: Trying) -> dict[str, list[Replacement]]:
    """By move; of a class with more pairs than are tried, a random part."""
    rng = np.random.default_rng([trying.seed, 2])
    every = list(list_replacements(systems))
    classes: dict[str, list[Replacement]] = {}
    for name, above, to in MOVES:
        members = [pair for pair in every if above < pair.move <= to]
        chosen = sorted(rng.permutation(len(members))[: trying.pairs].tolist())
        if members:
            classes[name] = [members[place] for place in chosen]
    return classes


def _prs_of_pair(pair: Replacement, classes: Mapping[str, list[Replacement]], trying: Trying) -> int:
    size = next(len(chosen) for chosen in classes.values() if pair in chosen)
    return max(FEWEST_PRS, -(-trying.prs // size))


def _introduce(systems: tuple[Recorded, ...], trying: Trying) -> str:
    sizes = _span([len(system.suite) for system in systems])
    trials = _span([int(count) for system in systems for count in (system.counts.min(), system.counts.max())])
    return (
        f"{len(systems)} systems, {sizes} items each, {trials} trials an item. Pull requests draw trials with"
        f" replacement, a cluster's together; base has at most {trying.stored} stored trials. % blocked, with the"
        " Monte-Carlo standard error; `+ w`: a warning (mixed); calls in % of items x T, both builds together."
    )


def _span(values: Sequence[int]) -> str:
    least, most = min(values), max(values)
    return f"{least}" if least == most else f"{least} to {most}"


def _list_unchanged(systems: tuple[Recorded, ...], found: Found, trying: Trying) -> str:
    names = [*(f"T={t}: {what}" for t in trying.trials for what in ("blocked", "calls")), *SHOWN_RIVALS]
    lines = table_head(["system", "items", "trials", "mean", *names])
    last = max(trying.trials)
    for system in systems:
        by_trials = found[system.system]
        rivals = [say_share(by_trials[last][name]) for name in SHOWN_RIVALS]
        about = [system.system, str(len(system.suite)), str(system.trials), f"{100 * system.rates.mean():.0f} %"]
        lines.append(table_row([*about, *_say_ours(by_trials, trying), *rivals]))
    return f"{trying.prs} pull requests a system; other rules at T={last}.\n\n" + "\n".join(lines)


def _list_splits(systems: tuple[Recorded, ...], trying: Trying) -> str:
    """Only for rules that ask for nothing more."""
    asking_nothing = [rule.name for rule in RULES if rule.needs_two_runs_only]
    total: Tallies = {}
    halves = set()
    for system in systems:
        try:
            rng = np.random.default_rng([trying.seed, 1, *system.system.encode()])
            batch = split_trials(system, trying.prs, rng)
        except TableError:
            continue
        half = batch.head.shape[2]
        halves.add(half)
        setting = Setting(fixtures=len(batch.suite), trials=half, stored=half)
        ours = [judge_as_two_runs(batch, place, setting) for place in range(min(trying.prs, 50))]
        ruled = rule_all(view_batch(batch, half, rng))
        merge_tallies(total, {TWO_RUNS: tally_played(ours)} | {name: ruled[name] for name in asking_nothing})
    lines = table_head(["rule", "blocked, %"])
    lines += [table_row([name, say_share(tally)]) for name, tally in total.items()]
    each = " or ".join(str(half) for half in sorted(halves))
    return f"All systems together, {each} trials an arm, without replacement.\n\n" + "\n".join(lines)


def _list_classes(
    classes: Mapping[str, list[Replacement]], found: Mapping[str, Mapping[int, Tallies]], trying: Trying
) -> str:
    names = [f"T={t}: {what}" for t in trying.trials for what in ("blocked", "calls")]
    lines = table_head(["points", "pairs", "pull requests", *names])
    for name, pairs in classes.items():
        prs = found[name][trying.trials[0]][OURS].prs
        lines.append(table_row([name, str(len(pairs)), str(prs), *_say_ours(found[name], trying)]))
    return "\n".join(lines)


def _list_pairs(pairs: Sequence[Replacement], found: Found, trying: Trying) -> str:
    names = [f"T={t}: {what}" for t in trying.trials for what in ("blocked", "calls")]
    lines = table_head(["pair", "points", "items", *names])
    for pair in pairs[:MOST_LISTED]:
        about = [_name(pair), f"{100 * pair.move:+.1f}", str(len(pair.shared))]
        lines.append(table_row([*about, *_say_ours(found[_name(pair)], trying)]))
    if len(pairs) > MOST_LISTED:
        lines.append(f"\nand {len(pairs) - MOST_LISTED} more pairs")
    return "\n".join(lines)


def _compare(columns: Mapping[str, Mapping[int, Tallies]], trying: Trying) -> str:
    """Every rule, a row; a column for each group of pull requests and ceiling of trials."""
    heads = [f"{name}, T={trials}" for name in columns for trials in trying.trials]
    lines = table_head(["rule", *heads])
    first = next(iter(columns.values()))[trying.trials[0]]
    for rule in first:
        cells = [say_tally(by_trials[trials][rule]) for by_trials in columns.values() for trials in trying.trials]
        lines.append(table_row([f"**{rule}**" if rule == OURS else rule, *cells]))
    return "\n".join(lines)


def _say_ours(by_trials: Mapping[int, Tallies], trying: Trying) -> list[str]:
    tallies: list[tuple[int, Tally]] = [(trials, by_trials[trials][OURS]) for trials in trying.trials]
    return [cell for trials, tally in tallies for cell in (say_tally(tally), say_calls(tally, trials))]
