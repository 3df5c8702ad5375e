"""The gate that does not decide, on the same answers: scored again where it scores otherwise, tried where it asks
something else. A preview: it decides nothing, and what keeps it from being made is a warning.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import field, replace
from datetime import UTC, datetime
from functools import partial

from gate_action.clients.children.python_child import Interpreter, open_call
from gate_action.codec.options import build
from gate_action.comparison.reading_twice import GateRows, TwoGates
from gate_action.engine.evaluator_files import find_evaluator_files
from gate_action.engine.finished import Finished
from gate_action.engine.journal import Journal
from gate_action.engine.judge_standing import bar_unmeasured, is_judge
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.engine.scoring import NamedEvaluator, Scorer
from gate_action.engine.trials import Engine
from gate_action.errors import ConfigError, GateError, InterruptedRunError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Json, JsonObject, Suite, canonical_json
from gate_action.model.integrity import Readings
from gate_action.model.judge import JudgeRecord
from gate_action.model.metric import CHECKS, Metric
from gate_action.model.protocols import Call, Try
from gate_action.model.score import Scored
from gate_action.model.trial import Arm, Output, Stored, TrialKey, TrialRequest
from gate_action.wiring.hands import Hands
from gate_action.wiring.inspection import OtherGate
from gate_action.wiring.judge_records import load_records

_log = logging.getLogger(__name__)
LONGEST_S = 120.0
"""A pull request's evaluators may hang: the verdict does not wait for them."""
_RESERVE_S = 5.0
"""Of limits.run_timeout_s: a preview never makes a run that was decided one that took too long."""
_MOST_TRIED = 50
"""Fixtures that ask something else, and are tried for the preview."""


async def preview(hands: Hands, other: OtherGate, tries: Mapping[Arm, Try]) -> None:
    """Adds both readings to what is known of the change's own gate, where ``other`` is the one that does not decide."""
    if hands.engine is None or hands.loaded is None:
        return
    left_s = hands.judged.config.limits.run_timeout_s - (datetime.now(UTC) - hands.place.started_at).total_seconds()
    try:
        async with asyncio.timeout(min(LONGEST_S, left_s - _RESERVE_S)), AsyncExitStack() as stack:
            readings = await _Previewer(hands=hands, other=other, tries=tries, stack=stack).read()
    except InterruptedRunError:
        raise
    except (GateError, ExceptionGroup) as error:
        hands.warn(f"what the other gate would read is not known: {_first_words(error)}")
    except TimeoutError:
        hands.warn(f"what the other gate would read is not known: it took more than {LONGEST_S:g} s, or what was left")
    except Exception as error:  # noqa: BLE001  # it is decided already, whatever is wrong here; the log has the traceback
        _log.exception("the preview has a defect")
        hands.warn(f"what the other gate would read is not known: a defect of gate-action: {type(error).__name__}")
    else:
        hands.inspection.integrity = replace(hands.inspection.integrity, readings=readings)


@dataclass(slots=True, kw_only=True)
class _Previewer:
    hands: Hands
    other: OtherGate
    tries: Mapping[Arm, Try]
    stack: AsyncExitStack
    notes: list[str] = field(default_factory=list)
    _call: Call | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self) -> Readings:
        """Raises GateError, and groups of it, for what keeps the preview from being made."""
        scorer = self._make_scorer()
        ours = self._deciding()
        again = await self._score_again(scorer)
        tried = await self._try_anew(scorer)
        finished = [*again, *tried]
        records = self._records()
        names = set(scorer.metrics)
        kept = tuple(metric for metric in self.other.config.metrics if metric.name in names)
        theirs = GateRows(
            suite=self.other.suite,
            metrics=bar_unmeasured(kept, scorer, records),
            policy=self.other.config.policy,
            trials=tuple(one.trial for one in finished),
            scores=tuple(row for one in finished for row in one.scores),
        )
        gates = TwoGates(deciding=ours, other=theirs, is_head_deciding=self.hands.judged.is_adopted)
        return gates.read(self._read_otherwise(), self._metrics_read_otherwise(), " ".join(self.notes))

    def _make_scorer(self) -> Scorer:
        """Without judges that ask another model than those that decide: nobody approved that it gets our key."""
        config = self.other.config
        defaults = JudgeDefaults(model=config.judge.model if config.judge else "", files=self.other.files)
        made = build_scorer(config.metrics, self.other.suite, judge=defaults, path=config.path)
        assert self.hands.scorer is not None  # noqa: S101  # trials were scored by it
        known = {_model(named) for named in _judges(self.hands.scorer)}
        foreign = [name for name, named in made.evaluators.items() if is_judge(named) and _model(named) not in known]
        checks = [one for own in made.checks.values() for one in own]
        foreign += [CHECKS] if any(is_judge(one) and _model(one) not in known for one in checks) else []
        if not foreign:
            return made
        self.notes.append(f"Left out, as they ask a model that nobody approved: {', '.join(foreign)}.")
        return Scorer(
            metrics=tuple(name for name in made.metrics if name not in foreign),
            evaluators={name: named for name, named in made.evaluators.items() if name not in foreign},
            checks=made.checks,
        )

    def _deciding(self) -> GateRows:
        hands = self.hands
        assert hands.loaded is not None  # noqa: S101  # looked at by ``preview``
        finished = list(self._round_one())
        return GateRows(
            suite=hands.loaded.suite,
            metrics=hands.metrics,
            policy=hands.judged.config.policy,
            trials=tuple(one.trial for one in finished),
            scores=tuple(row for one in finished for row in one.scores),
        )

    def _round_one(self) -> Iterator[Finished]:
        """Further trials were asked for because of what was seen: they would colour a reading."""
        assert self.hands.engine is not None  # noqa: S101  # looked at by ``preview``
        trials = self.hands.judged.config.policy.trials
        yield from (one for one in self.hands.engine.finished if one.trial.key.attempt < trials)

    async def _score_again(self, scorer: Scorer) -> list[Finished]:
        """The answers to questions that both gates ask."""
        changed = self._changed_metrics()
        partly = _restricted(scorer, changed)
        slots = asyncio.Semaphore(self.hands.judged.config.limits.concurrency)

        async def score(one: Finished, fixture: Fixture) -> Finished:
            is_same = fixture.digest == self._ours[fixture.id].digest
            async with slots:
                rows = await self._rows(one, fixture, partly if is_same else scorer)
            kept = {row.metric: row for row in one.scores} if is_same else {}
            told = {**kept, **{row.metric: row for row in rows}}
            return Finished(trial=one.trial, scores=tuple(told[name] for name in scorer.metrics if name in told))

        tasks = []
        async with asyncio.TaskGroup() as group:
            for one in self._round_one():
                fixture = self.other.suite.by_id.get(one.trial.key.fixture_id)
                if fixture is not None and not _asks_otherwise(fixture, self._ours[fixture.id]):
                    tasks.append(group.create_task(score(one, fixture)))
        return [task.result() for task in tasks]

    async def _rows(self, one: Finished, fixture: Fixture, scorer: Scorer) -> tuple[Scored, ...]:
        outcome = one.trial.outcome
        if not scorer.metrics:
            return ()
        if isinstance(outcome, Stored):
            assert self.hands.journal is not None  # noqa: S101  # the trial is in it
            return await self._score(scorer, fixture, one.trial.key, self.hands.journal.read_output(outcome))
        # A failed trial counts alike in every metric: 0, or missing.
        return tuple(replace(row, metric=name) for row in one.scores[:1] for name in scorer.metrics)

    async def _score(self, scorer: Scorer, fixture: Fixture, key: TrialKey, output: Output) -> tuple[Scored, ...]:
        judges = self.hands.judges
        assert judges is not None  # noqa: S101  # made before any trial
        return await scorer.score(fixture, key, output, complete=judges.complete, call=self.call)

    async def _try_anew(self, scorer: Scorer) -> Sequence[Finished]:
        """What either build answers to questions that only the other gate asks."""
        asked = [
            one
            for one in self.other.suite.fixtures
            if one.id not in self._ours or _asks_otherwise(one, self._ours[one.id])
        ]
        if len(asked) > _MOST_TRIED:
            self.notes.append(f"Of {len(asked)} fixtures that ask something else, {_MOST_TRIED} were tried.")
        chosen = Suite(fixtures=tuple(asked[:_MOST_TRIED]))
        hands = self.hands
        if not chosen.fixtures or hands.engine is None or hands.judges is None:
            return ()
        with Journal(hands.place.folder / "preview", is_resumed=hands.place.is_resumed) as journal:
            engine = Engine(
                fixtures=chosen.by_id,
                metrics=scorer.metrics,
                asker=hands.engine.asker,
                score=partial(scorer.begin, complete=hands.judges.complete, call=self.call),
                journal=journal,
                watcher=hands.watcher,
            )
            keys = [TrialKey(one.id, arm, 0) for one in chosen.fixtures for arm in self.tries]
            return await engine.fulfil(TrialRequest(key=key) for key in keys)

    async def call(self, function: str, payload: JsonObject) -> Json:
        """The other revision's own evaluators: in a child, on that revision's checkout, with what builds may see."""
        async with self._opening:  # several answers are scored at once, and one child serves them all
            if self._call is None:
                hands = self.hands
                target = hands.judged.config.target
                options = target.options if target.kind == "python" else {}
                python, path = options.get("python", "python3"), options.get("path", ())
                made = await hands.builder.open_preview(self.other.revision)
                interpreter = build(Interpreter, {"python": python, "path": path})
                opened = open_call(made, hands.judged.config.limits, interpreter)
                self._call = await self.stack.enter_async_context(opened)
        return await self._call(function, payload)

    def _changed_metrics(self) -> frozenset[str]:
        """Those that the two gates score in different ways, if only by a file that they read."""
        return frozenset(name for name, ours, theirs in self._pairs() if theirs and self._is_changed(ours, theirs))

    def _is_changed(self, ours: Metric | None, theirs: Metric) -> bool:
        is_same = ours is not None and (ours.evaluator, ours.options) == (theirs.evaluator, theirs.options)
        return not is_same or self._reads_changed(theirs)

    def _read_otherwise(self) -> list[str]:
        """Base's fixtures that head has in other words, or not at all. What head adds is told elsewhere."""
        theirs, ours = self.other.suite.by_id, self._ours
        base = theirs if self.hands.judged.is_adopted else ours
        head = ours if self.hands.judged.is_adopted else theirs
        return sorted(name for name, one in base.items() if name not in head or head[name].digest != one.digest)

    def _metrics_read_otherwise(self) -> list[str]:
        return [
            name
            for name, ours, theirs in self._pairs()
            if ours != theirs or (theirs is not None and self._reads_changed(theirs))
        ]

    def _pairs(self) -> Iterator[tuple[str, Metric | None, Metric | None]]:
        """Each metric, as the deciding gate's file has it and as the other's does."""
        configs = (self.hands.judged.config, self.other.config)
        ours, theirs = ({one.name: one for one in config.metrics} for config in configs)
        yield from ((name, ours.get(name), theirs.get(name)) for name in dict.fromkeys([*ours, *theirs]))

    def _reads_changed(self, metric: Metric) -> bool:
        """Does it rest on files of the repository, while some of those changed?"""
        return self.hands.inspection.has_other_files and any(find_evaluator_files([metric], None))

    def _records(self) -> Mapping[str, JudgeRecord]:
        try:
            return load_records(self.other.files, self.other.config)
        except ConfigError:  # told among the changes
            return {}

    @property
    def _ours(self) -> Mapping[str, Fixture]:
        assert self.hands.loaded is not None  # noqa: S101  # looked at by ``preview``
        return self.hands.loaded.suite.by_id


def _asks_otherwise(one: Fixture, other: Fixture) -> bool:
    """Would a build be asked something else?"""
    is_same_user = one.scenario == other.scenario and one.context == other.context
    return not is_same_user or canonical_json(one.input) != canonical_json(other.input)


def _restricted(scorer: Scorer, names: frozenset[str]) -> Scorer:
    """The same, for these metrics alone."""
    return replace(
        scorer,
        metrics=tuple(name for name in scorer.metrics if name in names),
        evaluators={name: named for name, named in scorer.evaluators.items() if name in names},
    )


def _judges(scorer: Scorer) -> list[NamedEvaluator]:
    named = [*scorer.evaluators.values(), *(one for own in scorer.checks.values() for one in own)]
    return [one for one in named if is_judge(one)]


def _model(named: NamedEvaluator) -> str:
    return str(getattr(named.evaluator, "model", ""))


def _first_words(error: BaseException) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return str(error)
