"""Records as a year of pushes makes them: one suite, mostly passing, partly noisy, a fixture edited now and then."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, TrialKey

PRINT = Fingerprint(suite="sha256:" + "5" * 64, evaluators="sha256:" + "e" * 64, target="sha256:" + "7" * 64)
_START = datetime(2026, 1, 1, tzinfo=UTC)


def a_year_of_runs(count: int, *, fixtures: int, trials: int = 3, edited: int = 1) -> Iterator[EvalRun]:
    """Two metrics each: a binary one and, for every third fixture, a judge's in hundredths.

    ``edited``: fixtures that change, with every fortieth push, or with each where there are several.
    """
    luck = random.Random(1)
    rates = [luck.betavariate(4, 0.6) for _ in range(fixtures)]
    digests = {f"topic-{number % 17}/fixture-{number}": _digest(luck) for number in range(fixtures)}
    for push in range(count):
        if push % 40 == 0 or edited > 1:
            digests |= {name: _digest(luck) for name in luck.sample(list(digests), edited)}
        began = _START + push * timedelta(minutes=72)
        yield EvalRun(
            run_id=f"{began:%Y%m%dT%H%M%SZ}-{luck.getrandbits(32):08x}",
            revision=Revision(sha=hashlib.sha1(str(push).encode()).hexdigest(), tree=_digest(luck)[7:47]),
            fingerprint=PRINT,
            fixtures=dict(digests),
            scores=tuple(_scores(luck, list(digests), rates, trials)),
            trial_cost_usd=round(luck.uniform(0.001, 0.002), 6),
        )


def _scores(luck: random.Random, names: list[str], rates: list[float], trials: int) -> Iterator[Scored]:
    for number, name in enumerate(names):
        for attempt in range(trials):
            key = TrialKey(name, Arm.BASE, attempt)
            yield Scored(key=key, metric="answer", result=Score(value=float(luck.random() < rates[number])))
            if number % 3 == 0:
                yield Scored(key=key, metric="tone", result=Score(value=round(luck.betavariate(8, 2), 2)))


def _digest(luck: random.Random) -> str:
    return f"sha256:{luck.getrandbits(256):064x}"
