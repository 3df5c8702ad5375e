"""Makes what the walk is handed: builds, engine, scorer, procedure and baseline store of one gate."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING

from gate_action.comparison.choosing import choose_procedure
from gate_action.comparison.plan import Plan
from gate_action.config.reach import check_reach
from gate_action.engine.budget import Purse
from gate_action.engine.journal import Journal
from gate_action.engine.judge_standing import bar_unmeasured, judge_digests
from gate_action.engine.scoring import Scorer
from gate_action.engine.shards import part_of, share_rates
from gate_action.engine.trials import Engine, Watcher
from gate_action.gate import Circumstances, Loaded, Measure, Walk
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.forecast import GateRecord
from gate_action.model.judge import JudgeRecord
from gate_action.model.metric import Metric
from gate_action.model.protocols import Procedure, Try
from gate_action.model.replay import Replaying
from gate_action.model.run import Baseline, Fingerprint, NoBaseline
from gate_action.model.trial import Arm
from gate_action.wiring.building import Builder
from gate_action.wiring.history import (
    Forecast,
    affordable_pairs,
    forecast,
    make_fingerprint,
    say_forecast,
)
from gate_action.wiring.inspection import Inspection
from gate_action.wiring.judged import Judged
from gate_action.wiring.judges import Judges
from gate_action.wiring.making import make_asker, make_manifest, make_plan, make_scorer, usable_records
from gate_action.wiring.meanwhile import load_for_telling
from gate_action.wiring.measured import take_up
from gate_action.wiring.pacing import Doors
from gate_action.wiring.places import RunPlace, Surroundings, open_journal
from gate_action.wiring.remembering import Remembering
from gate_action.wiring.routes import find_routes
from gate_action.wiring.seldom import check_users, digest_users, open_cache, open_users, recall_scores
from gate_action.wiring.spending import open_account, spending_of

if TYPE_CHECKING:
    from gate_action.comparison.screen_confirm.screening import Known
    from gate_action.wiring.caching import Caching
    from gate_action.wiring.memory import Memory
    from gate_action.wiring.replaying import Replay
    from gate_action.wiring.simulating import Users

_MOST_FOR_COURSE = 2_000
"""Fixtures: with more, deciding after each round would be felt."""
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Hands:
    """One gate's hands. What they make on the way is kept for the report."""

    inspection: Inspection
    """What the change does to its own gate: it says whose gate decides."""
    environ: Mapping[str, str] = field(repr=False)
    place: RunPlace
    watcher: Watcher
    warn: Callable[[str], None]
    """Is told what the report's reader should know."""
    announce: Callable[[str], None]
    """Is told what they should know who wait."""
    stack: AsyncExitStack
    """Closes what outlives single steps: judges and the journal."""
    remembering: Remembering
    """What earlier runs left to this one."""
    engine: Engine | None = None
    scorer: Scorer | None = None
    judges: Judges | None = None
    caching: "Caching | None" = None
    journal: Journal | None = None
    fingerprint: Fingerprint | None = None
    metrics: tuple[Metric, ...] = ()
    """gate.yaml's, those whose judge is not known to be good enough made secondary."""
    records: Mapping[str, JudgeRecord] = field(default_factory=dict)
    """What base's lock file says of the judges, by metric."""
    loaded: Loaded | None = None
    foretold: Forecast | None = None
    replay: "Replay | None" = None
    """Between the builds and their model providers."""
    users: "Users | None" = None
    """Those that are simulated."""

    @property
    def judged(self) -> Judged:
        return self.inspection.judged

    def _tell_course(self, procedure: Procedure) -> None:
        """What would be decided now, where that takes no time to speak of."""
        if self.loaded is not None and len(self.loaded.suite.fixtures) <= _MOST_FOR_COURSE:
            self.watcher.so_far(procedure.decide())

    @property
    def builder(self) -> Builder:
        return Builder(judged=self.judged, environ=self.environ, folder=self.place.builds)

    def walk(self) -> Walk:
        return Walk(
            load=self._load,
            find_baseline=self._find_baseline,
            open_build=self._open_build,
            open_engine=self._open_engine,
            open_procedure=self._open_procedure,
            has_base=self.judged.has_base,
            warn=self.warn,
            so_far=self._tell_course,
            find_verdict=self._find_verdict,
        )

    @asynccontextmanager
    async def _open_build(self, arm: Arm) -> AsyncIterator[Try]:
        replay = await self._open_replay()
        async with self.builder.open(arm, replay.admit if replay else None) as tries:
            yield replay.watch(arm, tries) if replay else tries

    def _load(self) -> Loaded:
        """Everything that can be refused is refused here, before any build or call."""
        loaded = self.loaded = self.inspection.load()
        config = self.judged.config
        self.scorer = make_scorer(self.judged, loaded)
        users = digest_users(config, self.judged.files)
        revision = self.judged.policy_revision
        self.fingerprint = make_fingerprint(config, loaded.suite, self.scorer, revision, users=users)
        self.records = usable_records(self.judged, self.warn)
        self.metrics = bar_unmeasured(config.metrics, self.scorer, self.records)
        for metric in self.metrics:
            if metric.barred:
                self.warn(f"{metric.name} only warns: {metric.barred}")
        for arm in Arm:
            self.builder.environment_of(arm)
        self.judges = self._check_judges(loaded)
        self.caching = open_cache(self.builder, self.place.started_at, self.scorer, self.warn, self.announce)
        reach = check_reach(config, loaded.suite)
        for problem in (*reach.problems, *reach.warnings):
            self.warn(str(problem))
        self.journal = open_journal(
            self.place,
            make_manifest(self.place, self.judged, self.fingerprint, self.scorer),
            loaded.suite,
            metrics=self.scorer.metrics,
            is_gathering=config.target.kind == "recorded",
        )
        self.stack.callback(self.journal.close)
        return loaded

    def _find_verdict(self, loaded: Loaded) -> Decision | None:
        del loaded  # its digest is in the fingerprint
        assert self.fingerprint is not None  # noqa: S101  # made by _load
        return self.remembering.find_verdict(self.fingerprint)

    def _find_baseline(self, loaded: Loaded) -> Baseline | NoBaseline:
        assert self.fingerprint is not None  # noqa: S101  # made by _load
        return self.remembering.find_baseline(self.fingerprint, loaded, self.caching)

    async def _open_replay(self) -> "Replay | None":
        """One for both builds. None: no model provider is known to be called."""
        config = self.judged.config
        if self.replay is None and self.judged.has_base and (routes := find_routes(config, self.environ)):
            from gate_action.wiring.replaying import open_replay

            self.replay = await self.stack.enter_async_context(open_replay(config, routes, self._surroundings))
        return self.replay

    @property
    def _surroundings(self) -> Surroundings:
        return Surroundings(environ=self.environ, run_folder=self.place.folder, started_at=self.place.started_at)

    def _check_judges(self, loaded: Loaded) -> Judges:
        """Raises ConfigError, MissingKeyError."""
        assert self.scorer is not None  # noqa: S101  # made by _load
        config = self.judged.config
        judges = Judges(
            config=config,
            environ=self.environ,
            purse=self._open_purse(loaded),
            doors=Doors(limits=share_rates(config.limits, self.place.shard)),
            stack=self.stack,
            base=self.builder.open_policy,
        )
        judges.check(self.scorer)
        check_users(config, loaded.suite, self.environ)
        return judges

    def _open_engine(self, loaded: Loaded, tries: Mapping[Arm, Try]) -> Measure:
        assert self.scorer is not None  # noqa: S101  # made by _load
        assert self.journal is not None  # noqa: S101  # as above
        assert self.judges is not None  # noqa: S101  # as above
        config, judges = self.judged.config, self.judges
        score = partial(self.scorer.begin, complete=judges.complete, call=judges.call)
        self.users = open_users(loaded.suite, judges, self.judged.files, self._surroundings, self.warn)
        self.engine = Engine(
            fixtures=loaded.suite.by_id,
            metrics=self.scorer.metrics,
            asker=make_asker(tries, judges, self.users),
            score=score,
            score_again=recall_scores(score, self.scorer, self.caching),
            journal=self.journal,
            watcher=self.watcher,
            replays=self.replay.recorder if self.replay else None,
        )
        if config.target.kind != "recorded":
            load_for_telling(partial(bool, self.engine.finished))
        return take_up(self.engine, self.place, self.warn, self.announce)

    def remember(self) -> None:
        """Leaves what was measured in the cache, if there is one."""
        if self.caching and self.engine and self.journal and self.loaded:
            self.caching.remember(self.place.run_id, self.engine.finished, self.journal, self.loaded.suite)

    def _open_purse(self, loaded: Loaded) -> Purse:
        run = spending_of(self.place, self.judged.config, self.environ)
        account = open_account(
            self.judged.config, self.remembering.open_store(), run, part_of(loaded.suite.fixtures, self.place.shard)
        )
        self.stack.callback(lambda: account.close(self.warn, self.announce, self.foretold))
        return account.purse

    def _open_procedure(self, circumstances: Circumstances) -> Procedure:
        plan = make_plan(circumstances, self.metrics, self.inspection)
        procedure = self._choose(
            plan,
            is_kept=self.remembering.is_kept,
            replaying=self._replaying if self.replay else None,
            recall=lambda: self._open_memory(circumstances.loaded).recall(),
        )
        self.remembering.procedure = procedure
        most = getattr(procedure, "ceiling", 2 * len(plan.judged) * plan.policy.trials)  # recordings are read whole
        foretold = forecast(plan, self.remembering.history, self.records, calls=most)
        self.foretold = replace(foretold, unit="conversations") if self.users else foretold
        self.announce(say_forecast(self.foretold))
        return procedure

    @property
    def _replaying(self) -> Replaying:
        noisy = frozenset(judge_digests(self.scorer)) if self.scorer else frozenset[str]()
        return replace(self.judged.config.replaying, salt=self.judged.revisions.head.sha, noisy=noisy)

    def _choose(
        self,
        plan: Plan,
        *,
        is_kept: bool = False,
        replaying: Replaying | None = None,
        recall: Callable[[], "Known"] | None = None,
    ) -> Procedure:
        is_recorded = self.judged.config.target.kind == "recorded"
        return choose_procedure(plan, is_recorded=is_recorded, is_kept=is_kept, replaying=replaying, recall=recall)

    def _open_memory(self, loaded: Loaded) -> "Memory":
        assert self.fingerprint is not None  # noqa: S101  # made by _load
        return self.remembering.open_memory(self.fingerprint, loaded, self.metrics)

    def test_itself(self) -> GateRecord | None:
        """How often this gate blocks what did not change. None: too few stored runs to tell."""
        history = self.remembering.history
        if self.loaded is None or not history:
            return None
        from gate_action.comparison.selftest import run_selftest  # numpy's random numbers take a start 10 ms

        old = self.loaded.known_fixtures
        plan = Plan(fixtures=old, metrics=self.metrics, policy=self.judged.config.policy, stored=history)
        return run_selftest(plan, history, self._choose, pairs=affordable_pairs(len(old)))
