"""One pass over the drawn turns: each is scored once by each evaluator; what was scored stays when it ends early."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gate_action.engine.budget import BudgetSpentError
from gate_action.engine.scoring import Scorer, applies
from gate_action.loop.score.drawing import Drawn
from gate_action.loop.score.turns import read_turn
from gate_action.loop.store import Store, arrow_table
from gate_action.loop.texts import TEXTS, complete_texts, pieces_in
from gate_action.model.fixture import Fixture
from gate_action.model.protocols import Call, Complete
from gate_action.model.score import NotScored, Score, Scored
from gate_action.model.trial import Arm, TrialKey

_BATCH = 50
_NO_EXPECTATION = Fixture(id="production", input="")


def applicable(scorer: Scorer) -> tuple[str, ...]:
    """Metrics that can judge an answer of which nobody said what was expected."""
    return tuple(metric for metric, named in scorer.evaluators.items() if applies(named.evaluator, _NO_EXPECTATION))


@dataclass(slots=True, kw_only=True)
class Scoring:
    """What one pass did."""

    turn_ids: set[str] = field(default_factory=set)
    """Scored in this pass."""
    known: int = 0
    """Drawn turns that these evaluators had scored already."""
    missing: int = 0
    """Scores that an evaluator could not give; the next pass tries again."""
    spent: str = ""
    """Which bound ended the pass; empty: none."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    store: Store
    scorer: Scorer
    digests: Mapping[str, str]
    """By metric: of all that decides its score beside the turn."""
    complete: Complete
    call: Call
    clock: Callable[[], datetime]
    advance: Callable[[int], None] = field(default=lambda _: None)

    async def run(self, drawn: Sequence[Drawn]) -> Scoring:
        """Batch after batch; each is written before the next begins. A spent budget ends it, with what there is."""
        done = Scoring()
        known = self._known()
        waiting = [one for one in drawn if any((one.turn_id, metric) not in known for metric in self.scorer.metrics)]
        done.known = len(drawn) - len(waiting)
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            await self._score(batch, done)
            self.advance(len(batch))
            if done.spent:
                break
        return done

    async def _score(self, batch: Sequence[Drawn], done: Scoring) -> None:
        """All of a batch together: the judge's door says how many at once."""
        probability = {one.turn_id: one.probability for one in batch}
        scored: list[Scored] = []

        async def score(row: Mapping[str, Any]) -> None:
            seen = read_turn(row)
            key = TrialKey(seen.fixture.id, Arm.HEAD, 0)
            try:
                scored.extend(await self.scorer.score(seen.fixture, key, seen.output, self.complete, self.call))
            except* BudgetSpentError as group:
                done.spent = done.spent or str(group.exceptions[0])

        async with asyncio.TaskGroup() as tasks:
            for row in self._load(list(probability)):
                tasks.create_task(score(row))
        done.turn_ids |= {one.key.fixture_id for one in scored}
        done.missing += sum(isinstance(one.result, NotScored) for one in scored)
        self.store.upsert("score", arrow_table("score", [self._row(one, probability) for one in scored]))

    def _load(self, ids: list[str]) -> Iterable[Mapping[str, Any]]:
        turn = self.store.table("turn")
        rows = turn.filter(turn.turn_id.isin(ids)).select("turn_id", *TEXTS).to_pyarrow().to_pylist()
        return complete_texts(rows, TEXTS, pieces_in(self.store.table))

    def _known(self) -> set[tuple[str, str]]:
        score = self.store.table("score")
        valued = score.filter(score.value.notnull()).select("turn_id", "metric", "evaluator_digest")
        return {
            (row["turn_id"], row["metric"])
            for row in valued.to_pyarrow().to_pylist()
            if self.digests.get(row["metric"]) == row["evaluator_digest"]
        }

    def _row(self, scored: Scored, probability: Mapping[str, float]) -> dict[str, Any]:
        result, named = scored.result, self.scorer.evaluators[scored.metric]
        value = result.value if isinstance(result, Score) else None
        return {
            "turn_id": scored.key.fixture_id,
            "metric": scored.metric,
            "evaluator_digest": self.digests[scored.metric],
            "evaluator": f"{named.name} {named.evaluator.version}",
            "value": value,
            "cause": "" if isinstance(result, Score) else result.cause.value,
            "reason": result.reason if isinstance(result, Score) else result.detail,
            "probability": probability[scored.key.fixture_id],
            "at": self.clock(),
        }
