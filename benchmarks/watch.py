"""How often a watch cries wolf under hourly looks, how often it misses, and how many turns it takes.

    python benchmarks/watch.py [--watches 2000] [--write]

`--write` puts the tables into docs/benchmarks/watch.md. A quarter of an hour on two cores.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "watch.md"
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watches", type=int, default=2000, help="simulated watches a cell")
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} as well")
    options = parser.parse_args(arguments)
    # One process a core: numpy's own threads would only wait for each other. Read when numpy is first imported.
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    from watch_lib.cells import list_cells
    from watch_lib.pages import render_page
    from watch_lib.playing import work_off

    cells = list_cells()
    jobs = [
        job for place, cell in enumerate(cells) for job in cell.jobs(options.watches, options.seed + 100_000 * place)
    ]
    started = time.perf_counter()
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        tallies = iter(pool.map(work_off, jobs))
        results = {cell: sum((next(tallies) for _ in cell.jobs(options.watches, 0)), Counter()) for cell in cells}
    page = render_page(results, options.watches)
    print(page)
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    if options.write:
        PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
