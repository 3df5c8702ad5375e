"""How often the gate, and other gates' rules, block simulated or recorded pull requests, and what that costs.

    python benchmarks/power.py [--quick] [--write]          simulated pull requests, all sizes
    python benchmarks/power.py --table FILE.csv              recorded trials: unchanged pairs, and pairs of systems
                                                             (system,item_id[,cluster][,category] and trial,score
                                                             or trials,passes)
    python benchmarks/power.py --agree                       the probabilities that the gate prints, put to the test
    python benchmarks/power.py --reach                       the factors of statistics/reach.py, a quarter of an hour

`--write` puts the tables into docs/benchmarks/decision.md. Half an hour on two cores; `--quick` takes three minutes.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from power_lib.cells import Cell, Tallies

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "decision.md"
QUICK_MANY, QUICK_FEW = 200, 25
SUITES = 150
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    # One process a core: numpy's own threads would only wait for each other. Read when numpy is first imported.
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    from power_lib.agreement import measure_agreement, measure_reach, render_agreement, render_reach
    from power_lib.cells import Choice, list_cells, work_off
    from power_lib.pages import render_page
    from power_lib.small_teams import list_small_cells, work_off_small
    from power_lib.worlds import Setting

    if options.table:
        return judge_table(options)
    if options.agree:
        suites = options.prs or SUITES
        settings = [Setting(fixtures=fixtures, trials=3) for fixtures in (60, 100)]
        print(render_agreement(tuple(measure_agreement(setting, suites, options.seed) for setting in settings)))
        return 0
    if options.reach:
        sizes, trials = options.sizes or (30, 60, 100, 300), options.trials or (1, 3, 5)
        settings = [Setting(fixtures=n, trials=t, stored=options.stored) for n in sizes for t in trials]
        print(render_reach(tuple(measure_reach(setting, options.prs or SUITES, options.seed) for setting in settings)))
        return 0
    default = Choice(many=QUICK_MANY, few=QUICK_FEW) if options.quick else Choice()
    choice = Choice(
        many=options.prs or default.many,
        few=options.prs or default.few,
        sizes=tuple(options.sizes or default.sizes),
        trials=tuple(options.trials or default.trials),
        stored=options.stored,
        seed=options.seed,
    )
    cells = list_cells(choice)
    jobs = sorted((job for cell in cells for job in cell.batches()), key=lambda job: -job[0].setting.fixtures)
    small = () if options.sizes or options.trials else list_small_cells(choice)
    small_jobs = [job for cell in small for job in cell.batches()]
    started = time.perf_counter()
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        results = collect(pool.map(work_off, jobs))
        small_results = collect(pool.map(work_off_small, small_jobs))
    page = render_page({cell: results[cell] for cell in cells}, choice, {cell: small_results[cell] for cell in small})
    print(page)
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    if options.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few pull requests a cell")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} as well")
    parser.add_argument("--table", type=Path, help="a CSV of recorded trials")
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of fixtures; default: all")
    parser.add_argument("--trials", type=int, nargs="+", help="ceilings of trials; default: all")
    parser.add_argument("--prs", type=int, help="pull requests in every cell; of a table, for each system and class")
    parser.add_argument("--pairs", type=int, default=40, help="of a table: pairs of systems in each class, at most")
    parser.add_argument("--stored", type=int, default=10, help="stored trials of main")
    parser.add_argument("--agree", action="store_true", help="do the probabilities that the gate prints come true?")
    parser.add_argument("--reach", action="store_true", help="how much larger a drop does the gate need?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    return parser.parse_args(arguments)


def collect(worked: "Iterable[tuple[Cell, Tallies]]") -> "dict[Cell, Tallies]":
    """Sums the batches' tallies by cell."""
    from power_lib.cells import merge_tallies

    results: dict[Cell, Tallies] = {}
    for cell, tallies in worked:
        merge_tallies(results.setdefault(cell, {}), tallies)
    return results


def judge_table(options: argparse.Namespace) -> int:
    """2: the table cannot be read or used."""
    from power_lib.reading_tables import read_table
    from power_lib.recorded import TableError
    from power_lib.recorded_tables import Trying, run_table

    default = Trying()
    trying = Trying(
        prs=options.prs or default.prs,
        pairs=options.pairs,
        trials=tuple(options.trials or default.trials),
        stored=options.stored,
        seed=options.seed,
    )
    try:
        systems = read_table(options.table)
    except TableError as error:
        print(error, file=sys.stderr)
        return 2
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        print(run_table(systems, trying, pool))
    return 0


if __name__ == "__main__":
    sys.exit(main())
