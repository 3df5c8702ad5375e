"""What the comparison's tests share: small suites, panels from lists, and a world that answers a procedure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gate_action.comparison.evidence import ArmScores, Panel
from gate_action.comparison.plan import Plan
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture, Slice
from gate_action.model.metric import Metric, Policy
from gate_action.model.protocols import Procedure
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Fault, Output, Trial, TrialError, TrialKey

ANSWER = Metric(name="answer", evaluator="exact_match")
Scores = Sequence[Sequence[float | None]]
"""Fixtures down, trials across; None: missing."""
World = Callable[[TrialKey], float | NotScoredCause]


def fixture(name: str, *, topic: str = "", cluster: str = "", is_critical: bool = False) -> Fixture:
    slices = (Slice("topic", topic),) if topic else ()
    return Fixture(id=name, input=name, slices=slices, cluster=cluster, is_critical=is_critical)


def suite(count: int) -> tuple[Fixture, ...]:
    return tuple(fixture(f"f{place:04d}") for place in range(count))


def arm(scores: Scores) -> ArmScores:
    width = max(len(row) for row in scores)
    values, scored, asked = (np.zeros((len(scores), width)) for _ in range(3))
    for place, row in enumerate(scores):
        for trial, score in enumerate(row):
            asked[place, trial] = 1
            if score is not None:
                values[place, trial], scored[place, trial] = score, 1
    return ArmScores(values=values, scored=scored.astype(bool), asked=asked.astype(bool))


def panel(base: Scores, head: Scores, fixtures: tuple[Fixture, ...] = ()) -> Panel:
    return Panel(fixtures=fixtures or suite(len(base)), base=arm(base), head=arm(head))


def clustered(base: Scores, head: Scores, clusters: Sequence[str]) -> Panel:
    named = tuple(fixture(f"f{place:04d}", cluster=name) for place, name in enumerate(clusters))
    return panel(base, head, named)


def plan(fixtures: tuple[Fixture, ...], *metrics: Metric, policy: Policy | None = None, **given: object) -> Plan:
    return Plan(fixtures=fixtures, metrics=metrics or (ANSWER,), policy=policy or Policy(), **given)  # type: ignore[arg-type]  # the tests' own keywords


def score(key: TrialKey, value: float | NotScoredCause, metric: str = "answer") -> Scored:
    result = NotScored(cause=value) if isinstance(value, NotScoredCause) else Score(value=value)
    return Scored(key=key, metric=metric, result=result)


def trial(key: TrialKey, *, is_error: bool = False) -> Trial:
    outcome = TrialError(fault=Fault.PROVIDER, detail="429") if is_error else Output(content="an answer")
    return Trial(key=key, outcome=outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    decision: Decision
    asked: tuple[TrialKey, ...]


def play(procedure: Procedure, **worlds: World) -> Played:
    """Answers what is asked until nothing more is; by metric name, ``answer`` for the usual one."""
    asked: list[TrialKey] = []
    while requests := procedure.ask():
        keys = [request.key for request in requests]
        asked += keys
        tell(procedure, keys, **worlds)
    return Played(decision=procedure.decide(), asked=tuple(asked))


def tell(procedure: Procedure, keys: Sequence[TrialKey], **worlds: World) -> None:
    scores = [score(key, world(key), metric) for metric, world in worlds.items() for key in keys]
    failed = {row.key for row in scores if isinstance(row.result, NotScored)}
    trials = [trial(key, is_error=key in failed) for key in keys]
    procedure.tell(trials, scores)


def keys(fixtures: Sequence[Fixture], base_trials: int, head_trials: int) -> list[TrialKey]:
    counts = {Arm.BASE: base_trials, Arm.HEAD: head_trials}
    return [TrialKey(f.id, arm, attempt) for f in fixtures for arm in Arm for attempt in range(counts[arm])]


def chance(rng: np.random.Generator, base: float, head: float) -> World:
    """Passes by chance, by arm."""
    return lambda key: float(rng.random() < (base if key.arm is Arm.BASE else head))
