"""What one procedure asked and was told, stored rows of base among it; panels of it by rounds. Knows no rule."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

from gate_action.comparison.evidence import Asked, Evidence, Panel, pool_scores
from gate_action.comparison.plan import Plan
from gate_action.comparison.statistics.steadiness import Steadiness, measure_steadiness
from gate_action.model.run import EvalRun
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Trial, TrialError, TrialKey

STORED_FROM = 1_000_000
"""Attempts of base from here on are stored rows: no trial is ever asked under such a number."""
RERUNS_FROM = 1_000
"""Attempts of head from here on are the re-runs of critical fixtures: they never count in a mean."""
AGAIN_FROM = 500_000
"""Attempts of head from here on are tries beside base of what head had failed on alone: each stands in for its
attempt minus this.
"""


class Ledger:
    """Evidence with stored rows. Head's own failures wait until base was asked the same (whose failure is it?)."""

    def __init__(self, plan: Plan, stored: Iterable[EvalRun]) -> None:
        self.evidence = Evidence(plan.judged, plan.metrics)
        self._ids = tuple(fixture.id for fixture in plan.judged)
        self._metrics = {metric.name for metric in plan.metrics}
        self._told: dict[TrialKey, Trial] = {}
        self._waiting: dict[TrialKey, list[Scored]] = {}
        self._again: dict[TrialKey, list[Scored]] = {}
        digests = {fixture.id: fixture.digest for fixture in plan.judged}
        rows = [row for row in pool_scores(stored, Arm.BASE, digests, STORED_FROM) if row.metric in self._metrics]
        self.stored = {name: tuple(sorted(told)) for name, told in _attempts(rows).items()}
        self.evidence.tell((), rows)

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None:
        """Raises ValueError for what was told before, and for unknown fixtures and metrics."""
        fresh = list(trials)
        for trial in fresh:
            if trial.key.attempt >= STORED_FROM:
                raise ValueError(f"attempts count to {STORED_FROM - 1}, got {trial.key.attempt}")
            if trial.key in self._told:
                raise ValueError(f"{trial.key} was told twice")
            self._told[trial.key] = trial
        first = [trial for trial in fresh if trial.key.attempt < AGAIN_FROM]
        self.evidence.tell(first, self._hold_back(scores))

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Everything told, by key."""
        return tuple(self._told[key] for key in sorted(self._told))

    def typical_stored(self, fixture_ids: Iterable[str]) -> float:
        """Stored rows of a fixture, in the median."""
        counts = [len(self.stored.get(name, ())) for name in fixture_ids]
        return median(counts) if counts else 0.0

    def count(self, arm: Arm) -> int:
        """Fresh trials: stored rows and replayed ones are no calls."""
        return sum(trial.fresh for key, trial in self._told.items() if key.arm is arm)

    def unanswered(self) -> tuple[TrialKey, ...]:
        """What says whose failure head's own failures are, where base was not tried yet: base's trial and, beside it
        and in the same hour, head's once more.
        """
        pairs = ((key._replace(arm=Arm.BASE), _again(key)) for key in sorted(self._waiting))
        return tuple(key for base, again in pairs if base not in self._told for key in (base, again))

    def charge(self) -> None:
        """Head's own failure scores 0 where base answered the same attempt; where base failed too it is missing.

        Where head answered beside base, after all, that answer counts: it was the hour that failed.
        """
        for key, rows in sorted(self._waiting.items()):
            answered = self._again.get(_again(key)) if self._has_answered(_again(key)) else None
            self.evidence.tell((), answered or [self._charge(row) for row in rows])
        self._waiting.clear()

    def panel(self, metric: str, fixture_ids: Iterable[str], base: Sequence[int], head: Sequence[int]) -> Panel:
        """Fresh rows: these attempts of each arm."""
        ids = tuple(fixture_ids)
        asked: Asked = {(name, arm): due for name in ids for arm, due in ((Arm.BASE, base), (Arm.HEAD, head))}
        return self.evidence.panel(metric, ids, asked)

    def cheap_panel(self, metric: str, fixture_ids: Iterable[str], head: Sequence[int]) -> Panel:
        """These attempts of head against base's stored rows; of fixtures without any, against all base's own."""
        ids = tuple(fixture_ids)
        return self.evidence.panel(metric, ids, self.cheap_rows(ids, head))

    def cheap_rows(
        self, fixture_ids: Iterable[str], head: Sequence[int], own: Sequence[int] = ()
    ) -> dict[tuple[str, Arm], tuple[int, ...]]:
        """Fixture and arm -> attempts, as ``cheap_panel`` takes them. ``own``: attempts of base beside stored rows."""
        asked: dict[tuple[str, Arm], tuple[int, ...]] = {}
        for name in fixture_ids:
            known = (*own, *self.stored.get(name, ()))
            asked[name, Arm.BASE] = known or self.evidence.attempts(name, Arm.BASE)
            asked[name, Arm.HEAD] = tuple(head)
        return asked

    def steadiness(self, metric: str) -> Steadiness:
        """Of every fixture, by its stored rows."""
        asked: Asked = {(name, Arm.BASE): attempts for name, attempts in self.stored.items()}
        return measure_steadiness(self.evidence.panel(metric, self._ids, asked))

    def _hold_back(self, scores: Iterable[Scored]) -> list[Scored]:
        """All but those of head's own failures: these wait for what base answers to the same."""
        kept = []
        for row in scores:
            if row.key.attempt >= AGAIN_FROM:
                key = row.key._replace(attempt=row.key.attempt - AGAIN_FROM)
                self._again.setdefault(row.key, []).append(replace(row, key=key))
            elif self._is_heads_own_failure(row):
                self._waiting.setdefault(row.key, []).append(row)
            else:
                kept.append(row)
        return kept

    def _has_answered(self, key: TrialKey) -> bool:
        return key in self._told and not isinstance(self._told[key].outcome, TrialError)

    def _is_heads_own_failure(self, row: Scored) -> bool:
        if row.key.arm is not Arm.HEAD or not isinstance(row.result, NotScored):
            return False
        trial = self._told.get(row.key)
        if row.result.cause is not NotScoredCause.TRIAL_ERROR or trial is None:
            return False
        return isinstance(trial.outcome, TrialError) and trial.outcome.fault.is_targets_own

    def _charge(self, row: Scored) -> Scored:
        if isinstance(self.evidence.result(row.metric, row.key._replace(arm=Arm.BASE)), float):
            return replace(row, result=Score(value=0.0))
        return row


def _attempts(rows: Iterable[Scored]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row.key.fixture_id, set()).add(row.key.attempt)
    return found


def _again(key: TrialKey) -> TrialKey:
    return key._replace(attempt=key.attempt + AGAIN_FROM)
