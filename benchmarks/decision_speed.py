"""How long deciding takes: N = 1,000 fixtures, 3 trials an arm, ten stored runs, 21 slices.

    python benchmarks/decision_speed.py [--repeats 5]

The screen-and-confirm procedure is driven to its longest end (a drop everywhere, so that whole fresh rounds are
tested); told are all of its ``ask`` and ``decide`` together, without the trials themselves, and one ``decide`` alone.
"""

import argparse
import time

import numpy as np

from gate_action.comparison.plan import Plan
from gate_action.comparison.screen_confirm.screening import ScreenAndConfirm
from gate_action.model.fixture import Fixture, Slice
from gate_action.model.metric import Metric, Policy
from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Output, Trial, TrialKey

ANSWER = Metric(name="answer", evaluator="exact_match")
OUTPUT = Output(content="")
SUITE = tuple(
    Fixture(id=f"f{n:05d}", input="", slices=(Slice("topic", str(n % 10)), Slice("locale", str(n % 11))))
    for n in range(1000)
)
PLACES = {fixture.id: place for place, fixture in enumerate(SUITE)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    play_once(is_binary=True, seed=0)  # loads scipy
    print("scores       asking and deciding   the last decide   (seconds, median)")
    for is_binary in (True, False):
        times = np.array([play_once(is_binary=is_binary, seed=seed) for seed in range(repeats)])
        whole, last = np.median(times, axis=0)
        print(f"{'binary' if is_binary else 'continuous':<12} {whole:>12.2f} {last:>20.2f}")


def play_once(*, is_binary: bool, seed: int) -> tuple[float, float]:
    """Seconds in ``ask`` and ``decide`` together, and in ``decide`` alone."""
    rng = np.random.default_rng(seed)
    rates = np.where(rng.random(len(SUITE)) < 0.4, rng.beta(1.2, 1.2, len(SUITE)), 0.97)

    def score(key: TrialKey) -> Scored:
        rate = rates[PLACES[key.fixture_id]] - 0.04 * (key.arm is Arm.HEAD)
        value = float(rng.random() < rate) if is_binary else float(np.clip(rng.normal(rate, 0.1), 0, 1))
        return Scored(key=key, metric="answer", result=Score(value=value))

    stored = EvalRun(
        run_id="stored",
        revision=Revision(sha="0" * 40),
        fingerprint=Fingerprint(suite="", evaluators="", target=""),
        fixtures={fixture.id: fixture.digest for fixture in SUITE},
        scores=tuple(score(TrialKey(fixture.id, Arm.BASE, attempt)) for fixture in SUITE for attempt in range(10)),
    )
    procedure = ScreenAndConfirm(Plan(fixtures=SUITE, metrics=(ANSWER,), policy=Policy()), (stored,))
    spent = 0.0
    while True:
        start = time.perf_counter()
        requests = procedure.ask()
        spent += time.perf_counter() - start
        if not requests:
            break
        keys = [request.key for request in requests]
        procedure.tell([Trial(key=key, outcome=OUTPUT) for key in keys], [score(key) for key in keys])
    start = time.perf_counter()
    procedure.decide()
    last = time.perf_counter() - start
    return spent + last, last


if __name__ == "__main__":
    main()
