"""``gate-action loop classify``: rubric, classifier and store are put together, and one pass is made."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gate_action.clients.files import FolderFiles
from gate_action.config.loop.classify import ClassifyShape, FeedbackChoice
from gate_action.config.loop.document import LoopSettings
from gate_action.loop.classify.by_model import ModelClassifier, digest_of
from gate_action.loop.classify.by_rules import RulesClassifier, load_rules
from gate_action.loop.classify.classifying import Pass, Passed, Unwatched, Watching
from gate_action.loop.classify.rows import Choice, Line, Results, find_line
from gate_action.loop.classify.rubric import load_default, read_rubric
from gate_action.loop.classify.summary import Summary, summarise
from gate_action.loop.store import Store
from gate_action.model.classifier import ClassifierRecord
from gate_action.model.metric import Budget
from gate_action.model.rubric import LabelMeaning, Rubric
from gate_action.wiring.loop.known_classifiers import find_record
from gate_action.wiring.loop.models import ModelUse, find_gate, open_model
from gate_action.wiring.loop.opening import LoopOptions, open_loop

_RULES_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyOptions(LoopOptions):
    """The command line of `gate-action loop classify`."""

    max_calls: int | None = None
    """Instead of gate.yaml's; so is ``max_cost_usd``."""
    max_cost_usd: float | None = None
    by_rules: bool = False
    """Though gate.yaml names a model."""
    at: datetime | None = None
    """When turns are said to be classified, UTC without a zone. None: now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What a pass did, and what is known after it."""

    classifier: str
    digest: str
    line: Line
    passed: Passed
    summary: Summary
    record: ClassifierRecord | None
    """What people's labels say of the classifier; None: it was not measured."""


def classify(
    options: ClassifyOptions, watching: Watching | None = None, environ: Mapping[str, str] = os.environ
) -> Classified:
    """Raises ConfigError, MissingKeyError, StoreError; KeyboardInterrupt, when what was paid for is safe."""
    interrupt: KeyboardInterrupt | None = None
    with open_loop(options, environ=environ) as (settings, store):
        try:
            return asyncio.run(_Step(options, settings, store, environ).run(watching or Unwatched()))
        except KeyboardInterrupt as error:
            interrupt = error  # a store whose home is elsewhere is taken back first, with all that was answered
    raise interrupt


def load_rubric(options: LoopOptions, shape: ClassifyShape) -> Rubric:
    """The packaged one or the repository's own, with the modes of gate.yaml. Raises ConfigError."""
    more = [
        LabelMeaning(name=name, meaning=mode.meaning.strip(), is_it=mode.is_it, is_not=mode.is_not)
        for name, mode in shape.modes.items()
    ]
    content = FolderFiles(options.repository).read(shape.rubric) if shape.rubric else load_default()
    return read_rubric(content, shape.rubric or "(packaged)", more)


def current_digest(shape: ClassifyShape, rubric: Rubric) -> tuple[str, str]:
    """Of the classifier that gate.yaml describes: its name, and its digest."""
    if shape.model:
        return shape.model, digest_of(rubric, shape.model)
    classifier = RulesClassifier(rubric=rubric, rules=load_rules())
    return classifier.name, classifier.digest


@dataclass(frozen=True)
class _Step:
    options: ClassifyOptions
    settings: LoopSettings
    store: Store
    environ: Mapping[str, str] = field(repr=False)

    @property
    def _shape(self) -> ClassifyShape:
        return self.settings.loop.classify

    async def run(self, watching: Watching) -> Classified:
        rubric = load_rubric(self.options, self._shape)
        async with self._open_pass(rubric, watching) as one:
            line = find_line(self.store, self._choice(), one.results.basis)
            passed = await one.run(line)
            return Classified(
                classifier=one.classifier.name,
                digest=one.classifier.digest,
                line=line,
                passed=passed,
                summary=summarise(self.store, rubric, one.classifier.digest),
                record=find_record(self.options, one.classifier.digest),
            )

    @asynccontextmanager
    async def _open_pass(self, rubric: Rubric, watching: Watching) -> AsyncIterator[Pass]:
        shape = self._shape
        if self.options.by_rules or not shape.model:
            rules = RulesClassifier(rubric=rubric, rules=load_rules())
            yield Pass(
                store=self.store,
                classifier=rules,
                results=self._results(rules.digest, rules.name),
                size=_RULES_BATCH,
                watching=watching,
                is_written_at_once=False,
            )
            return
        async with open_model(self._use()) as asking:
            classifier = ModelClassifier(rubric=rubric, model=shape.model, complete=asking.complete)
            yield Pass(
                store=self.store,
                classifier=classifier,
                results=self._results(classifier.digest, classifier.name),
                size=shape.batch,
                canaries=rubric.canaries,
                prober=classifier,
                watching=watching,
            )

    def _use(self) -> ModelUse:
        shape, options = self._shape, self.options
        config = find_gate(options, shape.gate)
        judge = config.judge
        return ModelUse(
            model=shape.model,
            key=shape.key or (judge.key if judge else ""),
            config=config,
            budget=Budget(
                max_cost_usd=shape.max_cost_usd if options.max_cost_usd is None else options.max_cost_usd,
                max_calls=shape.max_calls if options.max_calls is None else options.max_calls,
            ),
            environ=self.environ,
        )

    def _results(self, digest: str, name: str) -> Results:
        return Results(store=self.store, digest=digest, name=name, clock=self._now)

    def _choice(self) -> Choice:
        shape = self._shape
        return Choice(
            app=self.settings.loop.app,
            is_any_feedback=shape.feedback is FeedbackChoice.ANY,
            most_a_voice=shape.max_turns_per_user,
        )

    def _now(self) -> datetime:
        return self.options.at or datetime.now(UTC).replace(tzinfo=None)
