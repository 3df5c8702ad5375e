"""The gate against itself: main's stored trials drawn as builds that did not change, judged by the real procedure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace

from gate_action.comparison.arrays import np
from gate_action.comparison.evidence import pool_scores
from gate_action.comparison.plan import Plan
from gate_action.errors import ExitCode
from gate_action.model.dataclass import dataclass
from gate_action.model.forecast import GateRecord
from gate_action.model.judge import Estimate
from gate_action.model.protocols import Procedure
from gate_action.model.run import EvalRun
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Output, Trial, TrialKey, TrialRequest

FEWEST_TRIALS = 4
"""Of a fixture: with fewer, most draws repeat each other, and the gate would look steadier than it is."""
_ANSWER = Output(content="")


def run_selftest(
    plan: Plan, runs: Sequence[EvalRun], open_procedure: Callable[[Plan], Procedure], *, pairs: int, seed: int = 0
) -> GateRecord | None:
    """How many of ``pairs`` unchanged builds the procedure blocks.

    Each trial that it asks for is drawn from the stored trials of its cluster, with replacement and alike for both
    arms, so that no build is better; fixtures of a cluster keep what they share, and noise that a whole run shares is
    not drawn. Fixtures without a stored trial are left out. Blocked is what ends with another exit code than 0. None:
    a typical fixture has fewer than 4 stored trials.
    """
    history = _History(plan, runs)
    if history.typical_trials < FEWEST_TRIALS:
        return None
    plan = replace(plan, fixtures=tuple(fixture for fixture in plan.judged if fixture.id in history.results))
    blocked = 0
    for number in range(pairs):
        draw = _Draw(history=history, rng=np.random.default_rng((seed, number)))
        procedure = open_procedure(plan)
        while asked := procedure.ask():
            procedure.tell(*draw.answer(asked))
        blocked += procedure.decide().exit_code is not ExitCode.PASS
    return GateRecord(runs=len(runs), pairs=pairs, blocked=blocked, rate=clopper_pearson(blocked, pairs))


def clopper_pearson(hits: int, trials: int) -> Estimate:
    """A rate with its exact 95% interval (Clopper and Pearson 1934)."""
    from scipy.special import betaincinv  # scipy loads only where a decision needs it

    low = 0.0 if hits == 0 else float(betaincinv(hits, trials - hits + 1, 0.025))
    high = 1.0 if hits == trials else float(betaincinv(hits + 1, trials - hits, 0.975))
    return Estimate(hits / trials, low, high)


class _History:
    """Stored results by fixture, in the order of trials; attempts that a whole cluster has come first."""

    def __init__(self, plan: Plan, runs: Sequence[EvalRun]) -> None:
        rows = pool_scores(runs, Arm.BASE, {fixture.id: fixture.digest for fixture in plan.judged})
        told: dict[str, dict[int, dict[str, Score | NotScored]]] = {}
        for row in rows:
            told.setdefault(row.key.fixture_id, {}).setdefault(row.key.attempt, {})[row.metric] = row.result
        self.metrics = tuple(metric.name for metric in plan.metrics)
        self.units = {fixture.id: fixture.unit for fixture in plan.judged}
        self.results: Mapping[str, list[dict[str, Score | NotScored]]] = {
            name: [attempts[attempt] for attempt in sorted(attempts)] for name, attempts in told.items()
        }
        counts = sorted(len(self.results.get(name, ())) for name in self.units)
        self.typical_trials = counts[len(counts) // 2] if counts else 0


@dataclass(slots=True, kw_only=True)
class _Draw:
    """One unchanged build beside another."""

    history: _History
    rng: np.random.Generator
    _drawn: dict[tuple[str, Arm, int], float] = field(default_factory=dict)

    def answer(self, asked: Iterable[TrialRequest]) -> tuple[list[Trial], list[Scored]]:
        trials = [Trial(key=request.key, outcome=_ANSWER) for request in asked]
        return trials, [scored for trial in trials for scored in self._score(trial.key)]

    def _score(self, key: TrialKey) -> list[Scored]:
        results = self.history.results[key.fixture_id]
        place = (self.history.units[key.fixture_id], key.arm, key.attempt)
        if place not in self._drawn:
            self._drawn[place] = float(self.rng.random())
        # One number a cluster and trial: fixtures with equally many stored trials take the same one of them.
        told = results[int(self._drawn[place] * len(results))]
        unknown = NotScored(cause=NotScoredCause.TRIAL_ERROR, detail="no stored trial")
        return [Scored(key=key, metric=name, result=told.get(name, unknown)) for name in self.history.metrics]
