"""How long `gate-action --help` takes: the median of several cold processes, against the budget of 0.25 s."""

import statistics
import subprocess
import sys
import time

BUDGET_S = 0.25
RUNS = 15


def start_once() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "gate_action", "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> int:
    start_once()  # the first one reads the disk and writes bytecode
    times = sorted(start_once() for _ in range(RUNS))
    median = statistics.median(times)
    print(f"--help: median {median:.3f} s of {RUNS}, from {times[0]:.3f} to {times[-1]:.3f}; budget {BUDGET_S} s")
    return int(median > BUDGET_S)


if __name__ == "__main__":
    sys.exit(main())
