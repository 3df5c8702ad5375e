"""Scores a trial that is no fresh one: what was said of that output in that attempt is not asked again."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import field

from gate_action.engine.cache import Cache, cached_trial
from gate_action.engine.trials import ScoreOutput, Scores
from gate_action.model.cached import CachedTrial
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.score import Scored
from gate_action.model.trial import Output, TrialKey


@dataclass(slots=True, kw_only=True)
class Recall:
    """By the cache first, then by this run: two builds that answer alike are judged once, in each attempt."""

    begin: ScoreOutput
    cache: Cache | None = None
    evaluators: Mapping[str, str] = field(default_factory=dict)
    """By metric: the digest of all that decides its score."""
    found: int = 0
    """Trials that the cache knew every score of."""
    _asked: dict[CachedTrial, "asyncio.Future[Scores]"] = field(default_factory=dict)

    def score(self, fixture: Fixture, key: TrialKey, output: Output) -> Scores | Awaitable[Scores]:
        """As the scorer does. Raises StoreError besides."""
        of = cached_trial(fixture, key.attempt, output)
        known = self._look_up(of, key)
        if known is not None:
            self.found += 1
            return known
        if of not in self._asked:
            begun = self.begin(fixture, key, output)
            if isinstance(begun, tuple):
                return begun
            self._asked[of] = asyncio.ensure_future(begun)
        return _for(key, self._asked[of])

    def _look_up(self, of: CachedTrial, key: TrialKey) -> Scores | None:
        if self.cache is None:
            return None
        found = {metric: self.cache.find_score(evaluator, of) for metric, evaluator in self.evaluators.items()}
        told = {metric: result for metric, result in found.items() if result is not None}
        if len(told) < len(found):
            return None
        return tuple(Scored(key=key, metric=metric, result=result) for metric, result in told.items())


async def _for(key: TrialKey, asked: "asyncio.Future[Scores]") -> Scores:
    return tuple(Scored(key=key, metric=one.metric, result=one.result) for one in await asked)
