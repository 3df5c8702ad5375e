"""``gate-action loop cluster``: one cycle over what the present classifier has labelled."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gate_action.config.loop.cluster import ClusterMethod, ClusterShape
from gate_action.config.loop.document import LoopSettings
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.loop.cluster.by_model import MOST_TEXTS, group_by_model
from gate_action.loop.cluster.clustering import ByLabel, Clustering, Rules, Told, split_by_label
from gate_action.loop.cluster.rows import Cycle, choose, load_clusters, load_members, load_membership, write_cycle
from gate_action.loop.cluster.texts import Group, group_by_vectors, group_by_words
from gate_action.loop.store import Store
from gate_action.model.metric import Budget
from gate_action.model.protocols import ProviderError
from gate_action.wiring.loop.classifying import current_digest, load_rubric
from gate_action.wiring.loop.models import Asking, ModelUse, find_gate, open_model
from gate_action.wiring.loop.opening import LoopOptions, open_loop

_WORDS = "TF-IDF and HDBSCAN"
_TEXTS_A_CALL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOptions(LoopOptions):
    """The command line of `gate-action loop cluster`."""

    cycle: str = ""
    """Id of the cycle. Empty: the time."""
    until: datetime | None = None
    """End of the window, UTC without a zone. None: now."""
    at: datetime | None = None
    """When the cycle is said to be. None: now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustered:
    cycle: Cycle
    told: tuple[Told, ...]
    alone: int
    """Failed turns of the window that are in no cluster."""
    method: str
    """How groups were found, and of which texts."""


def cluster(options: ClusterOptions, environ: Mapping[str, str] = os.environ) -> Clustered:
    """Raises ConfigError, StoreError, MissingKeyError, NotEvaluatedError."""
    with open_loop(options, environ=environ) as (settings, store):
        return asyncio.run(_Step(options, settings, store, environ).run())


@dataclass(frozen=True)
class _Step:
    options: ClusterOptions
    settings: LoopSettings
    store: Store
    environ: Mapping[str, str] = field(repr=False)

    @property
    def _shape(self) -> ClusterShape:
        return self.settings.loop.cluster

    async def run(self) -> Clustered:
        shape, classify = self._shape, self.settings.loop.classify
        rubric = load_rubric(self.options, classify)
        _, digest = current_digest(classify, rubric)
        cycle = self._cycle(digest)
        members = load_members(self.store, cycle, rubric.failures, self.settings.loop.app)
        known, before = load_clusters(self.store), load_membership(self.store)
        by_label = split_by_label(choose(members, cycle, before, shape.max_turns_per_user))
        grouped = await self._group(by_label)
        rules = Rules(least_voices=shape.min_users, least_turns=shape.min_turns)
        clustering = Clustering(cycle=cycle, rules=rules, known=known, before=before)
        told = clustering.run(by_label, grouped.groups)
        found = {one.cluster.cluster_id: one.turns for one in told if one.turns}
        write_cycle(self.store, cycle, [one.cluster for one in told], found)
        are_sentences = [member.is_sentence for its in by_label.values() for member in its]
        basis = "the classifier's sentences" if sum(are_sentences) * 2 > len(are_sentences) else "what people wrote"
        method = f"{' and '.join(sorted(grouped.methods)) or 'nothing'}, of {basis}"
        return Clustered(cycle=cycle, told=told, alone=clustering.alone, method=method)

    def _cycle(self, digest: str) -> Cycle:
        now = self.options.at or datetime.now(UTC).replace(tzinfo=None)
        until = self.options.until or now
        return Cycle(
            cycle_id=self.options.cycle or f"{now:%Y-%m-%dT%H:%M:%SZ}",
            at=now,
            since=until - timedelta(days=self._shape.window_days),
            until=until,
            classifier_digest=digest,
        )

    async def _group(self, by_label: ByLabel) -> "_Grouped":
        least, shape = self._shape.min_turns, self._shape
        texts = {label: [member.text for member in members] for label, members in by_label.items()}
        if shape.method is ClusterMethod.WORDS or not texts:
            return _Grouped({label: group_by_words(told, least) for label, told in texts.items()}, {_WORDS})
        if not shape.model:
            raise ConfigError(f"loop.cluster: the method {shape.method} needs a model", hint="write model: beside it")
        try:
            async with open_model(self._use()) as asking:
                grouping = Grouping(asking=asking, model=shape.model, least=least)
                ask = grouping.by_vectors if shape.method is ClusterMethod.EMBEDDINGS else grouping.by_asking
                groups = {label: await ask(label, told) for label, told in texts.items()}
        except ProviderError as error:
            raise NotEvaluatedError(f"the turns were not grouped: {error}", hint="nothing was changed") from error
        return _Grouped(groups, grouping.methods)

    def _use(self) -> ModelUse:
        classify = self.settings.loop.classify
        config = find_gate(self.options, classify.gate)
        return ModelUse(
            model=self._shape.model,
            key=classify.key or (config.judge.key if config.judge else ""),
            config=config,
            budget=Budget(max_cost_usd=self._shape.max_cost_usd),
            environ=self.environ,
        )


class _Grouped(NamedTuple):
    groups: Mapping[str, Sequence[Group]]
    methods: set[str]


@dataclass(kw_only=True)
class Grouping:
    """Groups by a model."""

    asking: Asking
    model: str
    least: int
    methods: set[str] = field(default_factory=set)
    """Those that were used."""

    async def by_vectors(self, label: str, texts: Sequence[str]) -> Sequence[Group]:  # noqa: ARG002  # as by_asking
        """Raises ProviderError, BudgetSpentError."""
        vectors: list[Sequence[float]] = []
        for start in range(0, len(texts), _TEXTS_A_CALL):
            told = await self.asking.embed(texts[start : start + _TEXTS_A_CALL], model=self.model)
            vectors += told.vectors
        self.methods.add(f"vectors of {self.model} and HDBSCAN")
        return group_by_vectors(vectors, self.least)

    async def by_asking(self, label: str, texts: Sequence[str]) -> Sequence[Group]:
        """By words where there are too many, or the answer cannot be used. Raises ProviderError, BudgetSpentError."""
        if self.least <= len(texts) <= MOST_TEXTS:
            told = await group_by_model(texts, label, self.least, complete=self.asking.complete, model=self.model)
            if told is not None:
                self.methods.add(f"groups of {self.model}")
                return told
        self.methods.add(_WORDS)
        return group_by_words(texts, self.least)
