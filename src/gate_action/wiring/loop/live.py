"""The gate's evaluators in a service's own process: the ones that gate score what it answers, while it answers."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate_action.clients.files import FolderFiles
from gate_action.config.loading import list_gates, load_config
from gate_action.config.settings import DEFAULT_PATH
from gate_action.model.fixture import Fixture, Json, ToolCall
from gate_action.model.metric import Budget
from gate_action.model.score import NotScored, Score
from gate_action.model.trial import Arm, Output, TrialKey
from gate_action.wiring.loop.evaluators import Evaluators, open_evaluators


@dataclass(frozen=True, kw_only=True)
class LiveScorer:
    """From ``open_scorer``."""

    evaluators: Evaluators

    async def score(
        self,
        *,
        input: Json,  # noqa: A002  # the word of the whole house
        output: Json,
        context: Sequence[str] = (),
        tool_calls: Sequence[Mapping[str, Any]] = (),
    ) -> dict[str, Score | NotScored]:
        """By metric: a value in [0, 1] with its reason, or why there is none. ``tool_calls``: ``{"name",
        "arguments"}``. Raises an ExceptionGroup with a BudgetSpentError when the budget is spent.
        """
        calls = tuple(ToolCall(name=call["name"], arguments=call.get("arguments", {})) for call in tool_calls)
        fixture = Fixture(id="live", input=input, context=tuple(context))
        answer = Output(content=output, tool_calls=calls, context=tuple(context))
        judges, key = self.evaluators.judges, TrialKey("live", Arm.HEAD, 0)
        scored = await self.evaluators.scorer.score(fixture, key, answer, judges.complete, judges.call)
        return {one.metric: one.result for one in scored}


@asynccontextmanager
async def open_scorer(
    repository: str | Path = ".",
    *,
    config: str = DEFAULT_PATH,
    gate: str = "",
    budget: Budget | None = None,
    environ: Mapping[str, str] = os.environ,
) -> AsyncIterator[LiveScorer]:
    """The evaluators of the gate in ``repository``'s gate.yaml that need no expected answer, judges and the
    repository's own among them. Raises ConfigError, MissingKeyError.
    """
    folder = Path(repository)
    files = FolderFiles(folder)
    chosen = load_config(files, config, gate or list_gates(files, config)[0])
    async with open_evaluators(folder, chosen, budget or Budget(), environ) as evaluators:
        yield LiveScorer(evaluators=evaluators)
