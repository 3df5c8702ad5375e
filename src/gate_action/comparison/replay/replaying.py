"""The first round on recorded model answers: which fixtures are compared exactly, whether that can be trusted, and who
judges the others. Knows no proxy: whether a trial was replayed is told with it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from math import ceil

from gate_action.comparison.arrays import np
from gate_action.comparison.column import Result
from gate_action.comparison.evidence import Panel
from gate_action.comparison.ledger import Ledger
from gate_action.comparison.plan import Plan
from gate_action.comparison.reading import ROUNDING
from gate_action.comparison.screen_confirm.confirming import lower_mid_p
from gate_action.comparison.statistics.blocks import pair_arms
from gate_action.model.dataclass import dataclass
from gate_action.model.replay import ModelCalls, Replayed, Replaying, SpotCheck, is_exact_pair
from gate_action.model.score import NotScored, Score, Scored
from gate_action.model.trial import REPEATS_FROM, Arm, Trial, TrialError, TrialKey

REPEATS = 3
"""A fixture that passes half of the time, whatever its model says, looks exact in one of 4^(1 + 3) runs."""
MOST_REPEATED = 100
"""Fixtures; where more changed, these stand for all."""
PROBED = 3
"""Fixtures with new requests of which base is played again: does it ask the same as it did?"""
STALE_P = 0.05
"""Two-sided, of the spot check, by Holm's first step over primary metrics."""
TELLING = 12
"""Fixtures that are sent anew where one of fewer scored otherwise: three can tell nothing, whatever they score."""


@dataclass(slots=True, kw_only=True)
class ReplayedRound:
    """Attempt 0 of both builds, once it was told."""

    plan: Plan
    replaying: Replaying
    ledger: Ledger
    trials: dict[TrialKey, Trial] = field(default_factory=dict)
    """Everything told."""
    repeats: dict[tuple[TrialKey, str], Score | NotScored] = field(default_factory=dict)
    """By trial and metric."""
    exact: tuple[str, ...] = ()
    unrepeatable: tuple[str, ...] = ()
    spot_check: SpotCheck | None = None

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None:
        """Repeats are kept apart: they tell of no mean."""
        told, rows = list(trials), list(scores)
        self.trials.update({trial.key: trial for trial in told})
        self.repeats.update({(row.key, row.metric): row.result for row in rows if _is_repeat(row.key)})
        self.ledger.tell(
            [trial for trial in told if not _is_repeat(trial.key)], [row for row in rows if not _is_repeat(row.key)]
        )

    def check(self) -> Iterator[list[TrialKey]]:
        """Yields what is to be tried, and goes on when it was told."""
        paired = [fixture.id for fixture in self.plan.paired]
        same = [name for name in paired if is_exact_pair(*(self._calls(name, arm) for arm in Arm))]
        if not any((calls := self._calls(name, Arm.HEAD)) and calls.is_replayed for name in same):
            same = []  # whoever asks no model that we know of may ask one that we do not
        changed = [name for name in same if self._has_changed(name)]
        noisy = {name for name in changed if self._has_changed(name, self.replaying.noisy)}
        doubtful = [name for name in changed if name not in noisy]
        repeated = doubtful[:: max(1, ceil(len(doubtful) / MOST_REPEATED))]
        tried = set(repeated)
        for number in range(REPEATS):
            probed = [name for name in paired if name not in same][:PROBED] if number == 0 else []
            yield [TrialKey(name, arm, REPEATS_FROM + number) for name in repeated for arm in Arm] + [
                TrialKey(name, Arm.BASE, REPEATS_FROM) for name in probed
            ]
            repeated = [name for name in repeated if self._is_repeated(name, number)]
        lost = tried - set(repeated)
        self.unrepeatable = tuple(sorted(lost))
        doubted = set(doubtful) if lost else set[str]()  # one that draws lots casts doubt on every other change
        self.exact = tuple(name for name in same if name not in noisy and name not in doubted)
        yield from self._check_spots()

    @property
    def is_stale(self) -> bool:
        return self.spot_check is not None and self.spot_check.is_stale

    @property
    def findings(self) -> Replayed:
        return Replayed(
            exact=len(self.exact),
            fixtures=len(self.plan.paired),
            unrepeatable=self.unrepeatable,
            spot_check=self.spot_check,
        )

    def _check_spots(self) -> Iterator[list[TrialKey]]:
        lots = sorted(self.exact, key=self._lot)
        chosen = lots[: ceil(len(lots) * self.replaying.spot_check)]
        if not chosen:
            return
        yield [TrialKey(name, Arm.HEAD, 1) for name in sorted(chosen)]
        self.spot_check = self._weigh(chosen)
        more = lots[len(chosen) : TELLING] if any(map(self._scores_otherwise, chosen)) else []
        if more and not self.spot_check.is_stale:
            yield [TrialKey(name, Arm.HEAD, 1) for name in sorted(more)]
            self.spot_check = self._weigh(chosen + more)
        if self.spot_check.is_stale:
            self.exact = ()

    def _weigh(self, chosen: Sequence[str]) -> SpotCheck:
        """Of the primary metric that tells most."""
        panels = [self._spots(metric.name, chosen) for metric in self.plan.primary]
        found = [self._compare(panel, len(panels)) for panel in panels]
        return max(found, key=lambda one: (one.is_stale, abs(one.fresh_mean - one.replayed_mean)))

    def _scores_otherwise(self, name: str) -> bool:
        replayed, fresh = TrialKey(name, Arm.HEAD, 0), TrialKey(name, Arm.HEAD, 1)
        return any(
            not _is_equal(self._result(metric.name, replayed), self._result(metric.name, fresh))
            for metric in self.plan.primary
        )

    def _lot(self, name: str) -> str:
        return hashlib.sha256(f"{self.replaying.salt} {self.plan.policy.seed} {name}".encode()).hexdigest()

    def _spots(self, metric: str, names: Sequence[str]) -> Panel:
        """Head's replayed trials as base, its fresh ones as head."""
        replayed = self.ledger.evidence.panel(metric, names, {(name, Arm.HEAD): (0,) for name in names})
        fresh = self.ledger.evidence.panel(metric, names, {(name, Arm.HEAD): (1,) for name in names})
        return Panel(fixtures=replayed.fixtures, base=replayed.head, head=fresh.head)

    def _compare(self, panel: Panel, metrics: int) -> SpotCheck:
        pairs = pair_arms(panel)
        if not pairs.ids:
            return SpotCheck(fixtures=len(panel.fixtures), replayed_mean=0.0, fresh_mean=0.0, is_stale=False)
        mirrored = pair_arms(Panel(fixtures=panel.fixtures, base=panel.head, head=panel.base))
        lowest = min(lower_mid_p(side, self.plan.policy) for side in (pairs, mirrored))
        return SpotCheck(
            fixtures=len(pairs.ids),
            replayed_mean=round(float(np.mean(pairs.base_means)), 9),
            fresh_mean=round(float(np.mean(pairs.head_means)), 9),
            is_stale=2 * lowest * metrics <= STALE_P,
        )

    def _calls(self, name: str, arm: Arm) -> ModelCalls | None:
        trial = self.trials.get(TrialKey(name, arm, 0))
        return trial.calls if trial else None

    def _has_changed(self, name: str, metrics: Iterable[str] | None = None) -> bool:
        chosen = [metric.name for metric in self.plan.primary] if metrics is None else metrics
        return any(not _is_equal(*(self._result(metric, TrialKey(name, arm, 0)) for arm in Arm)) for metric in chosen)

    def _is_repeated(self, name: str, number: int) -> bool:
        """Did both builds score the same again?"""
        return all(
            _is_equal(self._result(metric.name, key), self._repeat(metric.name, key, number))
            for metric in self.plan.primary
            for key in (TrialKey(name, arm, 0) for arm in Arm)
        )

    def _result(self, metric: str, key: TrialKey) -> Result | None:
        return self.ledger.evidence.result(metric, key)

    def _repeat(self, metric: str, key: TrialKey, number: int) -> Result | None:
        """A failure of its own scores what it scored at first, if it failed then as well."""
        repeat = key._replace(attempt=REPEATS_FROM + number)
        if _has_failed(self.trials.get(repeat)) and _has_failed(self.trials.get(key)):
            return self._result(metric, key)
        match self.repeats.get((repeat, metric)):
            case Score(value=value):
                return float(value)
            case NotScored(cause=cause):
                return cause
            case None:
                return None


def _has_failed(trial: Trial | None) -> bool:
    return trial is not None and isinstance(trial.outcome, TrialError)


def _is_repeat(key: TrialKey) -> bool:
    return key.attempt >= REPEATS_FROM


def _is_equal(one: Result | None, other: Result | None) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= ROUNDING
    return one == other
