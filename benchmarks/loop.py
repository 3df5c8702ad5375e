"""How fast the loop ranks a million turns, and how often it calls an unchanged week a shift.

    python benchmarks/loop.py [--quick] [--write]

`--write` puts the figures into docs/benchmarks/loop.md. Some minutes on two cores; `--quick` takes half a minute.
"""

import argparse
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "loop.md"
MANY, FEW = 2000, 100
TURNS, FEW_TURNS = 1_000_000, 50_000


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few weeks a cell, few turns")
    parser.add_argument("--weeks", type=int, help=f"unchanged weeks a cell; default {MANY:,}")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} as well")
    options = parser.parse_args(arguments)
    from loop_lib.alarms import measure_alarms, render_alarms
    from loop_lib.ranking_speed import measure_ranking, render_ranking

    weeks = options.weeks or (FEW if options.quick else MANY)
    speed = measure_ranking(FEW_TURNS if options.quick else TURNS)
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    page = "\n\n".join(
        [
            "# The loop, measured",
            f"By `python benchmarks/loop.py --weeks {weeks} --write`, on {machine}.",
            render_ranking(speed),
            render_alarms(measure_alarms(weeks), weeks),
        ]
    )
    print(page)
    if options.write:
        PAGE.write_text(page + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
