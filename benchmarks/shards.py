"""W3 in eight shards on one machine, beside one run of it: is the decision the same to the byte? What does each take?

    python benchmarks/shards.py [--rows 20000] [--count 8]

The shards run one after the other, as they share this machine's cores; on a matrix each has a machine of its own.
"""

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from engine_lib.measuring import Measured, measure
from engine_lib.workloads import make_suite

_GATE = (sys.executable, "-m", "gate_action")
_CODES = (0, 1)
"""A verdict, whichever: more than one is no measurement."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--count", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as scratch:
        return compare(Path(scratch), rows=options.rows, count=options.count)


def compare(folder: Path, *, rows: int, count: int) -> int:
    """0 where both decisions are the same bytes."""
    repository = folder / "repository"
    make_suite(repository, rows, has_base=True)
    said = ("--repository", str(repository), "--base", "main")
    whole = _run(folder, "whole", "run", *said)
    _tell("one run", whole)
    shards = [_run(folder, f"shard-{at}", "run", *said, "--shard", f"{at}/{count}") for at in range(1, count + 1)]
    for at, shard in enumerate(shards, start=1):
        _tell(f"shard {at}/{count}", shard)
    merged = _run(folder, "merged", "merge", *(str(folder / f"shard-{at}") for at in range(1, count + 1)), *said)
    _tell("merge", merged)
    decisions = [(folder / name / "decision.json").read_bytes() for name in ("whole", "merged")]
    digest = hashlib.sha256(decisions[0]).hexdigest()[:16]
    is_same = decisions[0] == decisions[1]
    print(f"{rows} rows: decision.json ({len(decisions[0])} bytes, {digest}) is {'the same' if is_same else 'ANOTHER'}")
    return 0 if is_same else 1


def _run(folder: Path, name: str, command: str, *said: str) -> Measured:
    argv = [*_GATE, command, *said, "--run-folder", str(folder / name), "--out", str(folder / f"{name}-out")]
    return measure(argv, folder, codes=_CODES)


def _tell(what: str, measured: Measured) -> None:
    print(
        f"{what:12} {measured.wall_s:6.2f} s  cpu {measured.cpu_s:6.2f} s  peak {measured.peak_mib:4.0f} MiB",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
