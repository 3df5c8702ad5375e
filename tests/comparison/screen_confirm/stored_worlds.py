"""Suites, runs of base that were stored, and builds that fail in one way."""

import numpy as np

from gate_action.model.fixture import Fixture
from gate_action.model.metric import Policy
from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.trial import Arm, TrialKey
from tests.comparison.rows import World, fixture, score

QUICK = Policy(relabellings=200)


def topics(count: int, size: int = 10) -> tuple[Fixture, ...]:
    return tuple(fixture(f"f{place:04d}", topic=f"t{place % size}") for place in range(count))


def stored(fixtures: tuple[Fixture, ...], world: World, trials: int = 8, metric: str = "answer") -> EvalRun:
    keys = [TrialKey(f.id, Arm.BASE, attempt) for f in fixtures for attempt in range(trials)]
    return EvalRun(
        run_id="stored",
        revision=Revision(sha="a" * 40),
        fingerprint=Fingerprint(suite="s", evaluators="e", target="t"),
        fixtures={f.id: f.digest for f in fixtures},
        scores=tuple(score(key, world(key), metric) for key in keys),
    )


def always(value: float) -> World:
    return lambda _: value


def broken_topic(rng: np.random.Generator, topic: int, rate: float = 0.2) -> World:
    """Head fails one topic of ten; all else passes nine times of ten."""

    def world(key: TrialKey) -> float:
        is_hit = key.arm is Arm.HEAD and int(key.fixture_id[1:]) % 10 == topic
        return float(rng.random() < (rate if is_hit else 0.9))

    return world
