"""A model for the loop: the gate's own key, prices and limits, and a budget of the step's own."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from gate_action.clients.extras import check_extra
from gate_action.clients.files import FolderFiles
from gate_action.clients.model_keys import find_access
from gate_action.config.loading import list_gates, load_config
from gate_action.config.settings import Config
from gate_action.engine.budget import Purse
from gate_action.engine.pacing import Door
from gate_action.engine.patience import ask_patiently
from gate_action.model.fixture import JsonObject
from gate_action.model.metric import Budget
from gate_action.model.protocols import Complete, Completion, Embed, Embeddings
from gate_action.wiring.loop.opening import LoopOptions
from gate_action.wiring.pacing import Doors


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """Which model a step asks, on whose account."""

    model: str
    key: str
    """Name of the variable; empty: the provider's usual one."""
    config: Config
    """Of the gate whose prices and limits hold."""
    budget: Budget
    environ: Mapping[str, str] = field(repr=False)

    def check(self) -> None:
        """Before anything is spent. Raises ConfigError, MissingKeyError."""
        check_extra("llm", "asking a model")
        find_access(self.model, self.environ, key=self.key)


def find_gate(options: LoopOptions, gate: str) -> Config:
    """The gate that ``gate`` names, else the file's first. Raises ConfigError."""
    files = FolderFiles(options.repository)
    return load_config(files, options.config, gate or list_gates(files, options.config)[0])


@dataclass(kw_only=True)
class Asking:
    """Calls on one account: paced, tried again while the provider is away, and paid for."""

    use: ModelUse
    purse: Purse
    door: Door
    complete_once: Complete
    embed_once: Embed

    async def complete(
        self, messages: Sequence[Mapping[str, str]], *, model: str, schema: JsonObject | None = None
    ) -> Completion:
        """Raises ProviderError, BudgetSpentError."""
        once = partial(self.complete_once, messages, model=model, schema=schema)
        return await ask_patiently(once, model, self.door, self.purse, retries=self._retries)

    async def embed(self, texts: Sequence[str], *, model: str) -> Embeddings:
        """Raises ProviderError, BudgetSpentError."""
        once = partial(self.embed_once, texts, model=model)
        return await ask_patiently(once, model, self.door, self.purse, retries=self._retries)

    @property
    def _retries(self) -> int:
        return self.use.config.limits.provider_retries


@asynccontextmanager
async def open_model(use: ModelUse) -> AsyncIterator[Asking]:
    """Raises as ModelUse.check does."""
    from gate_action.clients.llm import close_connections, open_completer, open_embedder

    use.check()
    async with open_completer(use.environ, key=use.key) as complete, open_embedder(use.environ, key=use.key) as embed:
        try:
            yield Asking(
                use=use,
                purse=Purse(budget=use.budget, prices=use.config.prices),
                door=Doors(limits=use.config.limits).of_judge(use.model),
                complete_once=complete,
                embed_once=embed,
            )
        finally:
            await close_connections()
