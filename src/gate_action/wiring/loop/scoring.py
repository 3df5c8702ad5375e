"""``gate-action loop score``: draws turns, has the gate's evaluators score them, and tells it as OpenTelemetry does."""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gate_action.config.loop.score import ScoreShape
from gate_action.loop.score.drawing import Candidate, Drawn, draw
from gate_action.loop.score.records import encode_scores
from gate_action.loop.score.scoring import Pass, Scoring
from gate_action.loop.score.summary import MetricMean, Vitals, measure_vitals, summarise_scores
from gate_action.loop.store import Store
from gate_action.loop.weighing import Window, weigh_turns
from gate_action.model.metric import Budget
from gate_action.wiring.loop.evaluators import Evaluators, open_evaluators
from gate_action.wiring.loop.models import find_gate
from gate_action.wiring.loop.opening import LoopOptions, open_loop


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreOptions(LoopOptions):
    """The command line of `gate-action loop score`."""

    turns: int | None = None
    """Instead of gate.yaml's; so are ``max_calls`` and ``max_cost_usd``."""
    max_calls: int | None = None
    max_cost_usd: float | None = None
    out: Path | None = None
    """Where the new scores are appended as OTLP JSON lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a pass did, and what is known after it."""

    window: Window
    drawn: int
    scoring: Scoring
    means: tuple[MetricMean, ...]
    vitals: Vitals
    left_out: tuple[str, ...]


def score_production(
    options: ScoreOptions,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None),
    begin: Callable[[int], Callable[[int], None]] = lambda _: lambda _: None,
) -> Told:
    """``begin`` is told how many turns were drawn, and gives what is told of each batch. Raises ConfigError,
    MissingKeyError, StoreError.
    """
    with open_loop(options, environ=environ) as (settings, store):
        shape = settings.loop.score
        until = clock()
        window = Window(since=until - timedelta(days=shape.window_days), until=until, app=settings.loop.app)
        return asyncio.run(_Step(options, shape, store, environ, clock).run(window, begin))


@dataclass(frozen=True)
class _Step:
    options: ScoreOptions
    shape: ScoreShape
    store: Store
    environ: Mapping[str, str] = field(repr=False)
    clock: Callable[[], datetime]

    async def run(self, window: Window, begin: Callable[[int], Callable[[int], None]]) -> Told:
        drawn = self._draw(window)
        config = find_gate(self.options, self.shape.gate)
        async with open_evaluators(self.options.repository, config, self._budget(), self.environ) as evaluators:
            one = Pass(
                store=self.store,
                scorer=evaluators.scorer,
                digests=evaluators.digests,
                complete=evaluators.judges.complete,
                call=evaluators.judges.call,
                clock=self.clock,
                advance=begin(len(drawn)),
            )
            scoring = await one.run(drawn)
            self._tell(evaluators, scoring)
            return Told(
                window=window,
                drawn=len(drawn),
                scoring=scoring,
                means=summarise_scores(self.store, window, evaluators.digests),
                vitals=measure_vitals(self.store, window),
                left_out=evaluators.left_out,
            )

    def _draw(self, window: Window) -> list[Drawn]:
        rows = weigh_turns(self.store.table, window).select("turn_id", "stratum").to_pyarrow().to_pylist()
        turns = self.options.turns or self.shape.turns
        return draw((Candidate(turn_id=row["turn_id"], stratum=row["stratum"]) for row in rows), turns)

    def _budget(self) -> Budget:
        options, shape = self.options, self.shape
        return Budget(
            max_calls=shape.max_calls if options.max_calls is None else options.max_calls,
            max_cost_usd=shape.max_cost_usd if options.max_cost_usd is None else options.max_cost_usd,
        )

    def _tell(self, evaluators: Evaluators, scoring: Scoring) -> None:
        """Appends this pass's scores to ``out``."""
        if self.options.out is None or not scoring.turn_ids:
            return
        score, turn = self.store.table("score"), self.store.table("turn").select("turn_id", "trace_id", "span_id")
        digests = list(evaluators.digests.values())
        new = score.filter(score.turn_id.isin(list(scoring.turn_ids)), score.evaluator_digest.isin(digests))
        rows = new.inner_join(turn, "turn_id").order_by(["turn_id", "metric"]).to_pyarrow().to_pylist()
        self.options.out.parent.mkdir(parents=True, exist_ok=True)
        with self.options.out.open("ab") as file:
            file.write(encode_scores(rows, evaluators.passes))
