"""What is measured already when a run begins: by the run that goes on, or by shards on other machines."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field

from gate_action.engine.finished import Finished
from gate_action.engine.readback import read_back
from gate_action.engine.trials import Engine
from gate_action.gate import Measure
from gate_action.model.dataclass import dataclass
from gate_action.model.trial import TrialKey, TrialRequest
from gate_action.wiring.places import RunPlace


def take_up(engine: Engine, place: RunPlace, warn: Callable[[str], None], announce: Callable[[str], None]) -> Measure:
    """``engine`` with what ``place`` holds already. Raises ConfigError for an altered file."""
    if not (place.is_resumed or place.shards):
        return engine
    found = read_back(place.folder)
    engine.resume(found)
    if place.is_resumed:
        for warning in (f"resumed with {len(found.trials)} finished trials", *found.torn):
            warn(warning)
        return engine
    announce(f"round one: {len(found.trials)} trials were measured in shards, and all are there")
    return AfterShards(engine=engine, warn=warn, there=frozenset(found.trials))


@dataclass(slots=True, kw_only=True)
class AfterShards:
    """An engine that has round one. What the procedure asks of it and no shard was asked for is made, and told."""

    engine: Measure
    warn: Callable[[str], None]
    there: frozenset[TrialKey]
    _is_begun: bool = field(default=False)

    async def fulfil(self, requests: Iterable[TrialRequest]) -> Sequence[Finished]:
        asked = requests if isinstance(requests, Sequence) else tuple(requests)
        lacking = 0 if self._is_begun else sum(request.key not in self.there for request in asked)
        self._is_begun = True
        if lacking:
            self.warn(
                f"{lacking} trials of round one were asked of no shard, and were made after them: base did not start "
                "there, or the stored runs of base are others now"
            )
        return await self.engine.fulfil(asked)
