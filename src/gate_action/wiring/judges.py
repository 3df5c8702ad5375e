"""Judge models and the repository's own evaluators: opened at first use, for those gates that have any."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import field
from functools import partial

from gate_action.clients.extras import check_extra
from gate_action.clients.model_keys import find_access
from gate_action.codec.options import build
from gate_action.config.settings import Config
from gate_action.engine.budget import Purse
from gate_action.engine.patience import ask_patiently
from gate_action.engine.scoring import Scorer
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json, JsonObject
from gate_action.model.protocols import Call, Complete, Completion
from gate_action.model.run import Build
from gate_action.wiring.pacing import Doors


@dataclass(slots=True, kw_only=True)
class Judges:
    """The ``complete`` and ``call`` that evaluators are handed."""

    config: Config
    environ: Mapping[str, str] = field(repr=False)
    purse: Purse
    doors: Doors
    stack: AsyncExitStack
    base: Callable[[], Awaitable[Build]]
    """Makes base's checkout for the repository's own evaluators."""
    _complete: Complete | None = None
    _call: Call | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def check(self, scorer: Scorer) -> None:
        """Before anything is spent: can models be called, has each its key? Raises ConfigError, MissingKeyError."""
        named = [*scorer.evaluators.values(), *(check for checks in scorer.checks.values() for check in checks)]
        models = {
            str(getattr(one.evaluator, "model", "")) for one in named if getattr(one.evaluator, "is_judge", False)
        }
        if models:
            check_extra("llm", "a judge")
        for model in sorted(models):
            find_access(model, self.environ, key=self._key)

    async def complete(
        self, messages: Sequence[Mapping[str, str]], *, model: str, schema: JsonObject | None = None
    ) -> Completion:
        """One call of a judge's model, within the budget. Raises ProviderError, BudgetSpentError."""
        async with self._lock:
            if self._complete is None:
                self._complete = await self._open_completer()
        ask = partial(self._complete, messages, model=model, schema=schema)
        return await ask_patiently(
            ask, model, self.doors.of_judge(model), self.purse, retries=self.config.limits.provider_retries
        )

    async def call(self, function: str, payload: JsonObject) -> Json:
        """One call of the repository's own evaluator, in base's checkout."""
        async with self._lock:
            if self._call is None:
                self._call = await self._open_call()
        return await self._call(function, payload)

    async def _open_completer(self) -> Complete:
        from gate_action.clients.llm import open_completer

        opened = open_completer(self.environ, key=self._key)
        return await self.stack.enter_async_context(opened)

    async def _open_call(self) -> Call:
        from gate_action.clients.children.python_child import Interpreter, open_call

        options = self.config.target.options if self.config.target.kind == "python" else {}
        python, path = options.get("python", "python3"), options.get("path", ())
        interpreter = build(Interpreter, {"python": python, "path": path})
        return await self.stack.enter_async_context(open_call(await self.base(), self.config.limits, interpreter))

    @property
    def _key(self) -> str:
        return self.config.judge.key if self.config.judge else ""
