"""One run of the gate, from the command line's options to the exit code: prepares, walks, tells, publishes."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from gate_action import plugins
from gate_action.clients.children.identity import harden
from gate_action.engine.trials import Watcher
from gate_action.errors import ConfigError, GateError, InterruptedRunError
from gate_action.gate import Walked, walk
from gate_action.integrity.deciding import weigh_integrity
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture
from gate_action.model.integrity import Integrity
from gate_action.model.protocols import Try
from gate_action.model.report import Report
from gate_action.model.run import EvalRun
from gate_action.model.trial import Arm
from gate_action.wiring.around import ended_orphans, temporary_folder, within
from gate_action.wiring.github.check_progress import MOMENTS_S, RunProgress
from gate_action.wiring.hands import Hands
from gate_action.wiring.inspection import Inspection
from gate_action.wiring.interrupts import ignore_signals, stopped_by_signals
from gate_action.wiring.judged import Judged, find_judged, judge_alone
from gate_action.wiring.making import UnusableBaseError
from gate_action.wiring.masking import find_secrets, mask_report
from gate_action.wiring.options import RunOptions
from gate_action.wiring.places import RunPlace, find_place
from gate_action.wiring.refusals import add_what_is_there, decision_for, decision_of_defect
from gate_action.wiring.relevance import find_unaffected
from gate_action.wiring.remembering import Remembering
from gate_action.wiring.seldom import open_seeker

Done = TypeVar("Done")


def run_gate(
    options: RunOptions,
    environ: Mapping[str, str],
    open_watcher: Callable[[], AbstractContextManager[Watcher]],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    moments_s: Sequence[float] = MOMENTS_S,
) -> int:
    """The verdict's exit code. What can be told is told and published, however the run ends."""
    with RunProgress(options=options, environ=environ, moments_s=moments_s) as progress:
        run = Run(options=options, environ=environ, clock=clock, progress=progress)
        decision = run.conclude(open_watcher)
        progress.settle()
        from gate_action.wiring.github.publishing import publish, tell  # trials need not wait for it to be loaded

        report = mask_report(run.report(decision), find_secrets(run.judged.config if run.judged else None, environ))
        tell(report)
        publish(report, options, environ, run.judged, progress.opened)
    if run.defect is not None:
        raise run.defect  # who called knows how a defect is told
    return decision.exit_code


@dataclass(slots=True, kw_only=True)
class Run:
    """What is known of a run so far: enough for a report, whenever it ends."""

    options: RunOptions
    environ: Mapping[str, str] = field(repr=False)
    clock: Callable[[], datetime]
    progress: RunProgress | None = None
    """Where the check run shows how the trials go; None: nowhere."""
    walked: Walked = field(default_factory=Walked)
    judged: Judged | None = None
    hands: Hands | None = None
    inspection: Inspection | None = None
    warnings: list[str] = field(default_factory=list)
    defect: Exception | None = None
    """Of ours: it ended the run."""
    started_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.started_at = self.clock()

    def conclude(self, open_watcher: Callable[[], AbstractContextManager[Watcher]]) -> Decision:
        """The verdict, or why there is none. Raises nothing."""
        try:
            with temporary_folder() as builds, ended_orphans(), open_watcher() as watcher:
                watching = self.progress.watch(watcher) if self.progress else watcher
                return asyncio.run(self.judge(builds, watching))
        except GateError as error:
            return self.refuse(error)
        except KeyboardInterrupt:
            ignore_signals()  # what there is to tell is told
            return self.refuse(InterruptedRunError("interrupted before anything was measured"))
        except Exception as error:  # noqa: BLE001  # a defect of ours is told like any other end, and raised afterwards
            self.defect = error
            return decision_of_defect(error)

    async def judge(self, builds: Path, watcher: Watcher) -> Decision:
        """Raises GateError for what ends it early."""
        return await self.begin(builds, watcher, self._decide)

    async def begin(self, builds: Path, watcher: Watcher, go: Callable[[Hands], Awaitable[Done]]) -> Done:
        """What ``go`` makes of this run's hands. Raises GateError for what ends it before there are any."""
        self._open_log()
        _refuse_supposing(self.options, self.environ)
        self.judged = find_judged(self.options)
        self.warnings += self.judged.warnings
        place = find_place(self.options, self.environ, builds, self.started_at)
        if self.progress is not None:
            self.progress.begin(self.judged, place.run_id)
        if self.options.resume and not place.is_resumed:
            self.warnings.append(f"nothing was measured yet in {place.folder}: the run starts from its beginning")
        try:
            return await self._with_hands(self.judged, place, watcher, go)
        except UnusableBaseError as error:
            self.warnings.append(f"base's gate cannot be used, so head is judged by its own: {error}")
            self.judged = judge_alone(self.judged, self.options)
            return await self._with_hands(self.judged, place, watcher, go)

    async def _with_hands(
        self, judged: Judged, place: RunPlace, watcher: Watcher, go: Callable[[Hands], Awaitable[Done]]
    ) -> Done:
        """Raises UnusableBaseError."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(_close_models)
            inspection = self.inspection = Inspection(
                judged=judged,
                environ=self.environ,
                open_seeker=partial(open_seeker, self.environ, is_supposed=self.options.as_if_approved),
                today=self.started_at.astimezone(UTC).date(),
                warn=self.warnings.append,
            )
            hands = self.hands = Hands(
                inspection=inspection,
                environ=self.environ,
                place=place,
                watcher=watcher,
                warn=self.warnings.append,
                announce=_announce,
                remembering=self._remember(inspection, place),
                stack=stack,
            )
            try:
                if self.options.if_approved:  # whoever measures: nothing of head runs before
                    from gate_action.wiring.github.admitting import refuse_unapproved

                    refuse_unapproved(judged, inspection.seeker)
                return await go(hands)
            finally:
                self.judged = inspection.judged

    def _remember(self, inspection: Inspection, place: RunPlace) -> Remembering:
        return Remembering(
            inspection=inspection,
            environ=self.environ,
            place=place,
            warn=self.warnings.append,
            announce=_announce,
            folder=self.options.evidence,
            is_fork=self.options.fork,
            is_kept=self.options.store_run,
            is_reused=self.options.reuse_verdict,
        )

    async def _decide(self, hands: Hands) -> Decision:
        """Raises UnusableBaseError."""
        try:
            async with stopped_by_signals(), within(hands.judged.config.limits.run_timeout_s):
                hand = replace(hands.walk(), look_again=partial(_preview_other, hands))
                decision = self._find_unaffected() or await walk(hand, self.walked)
                if hands.users and hands.engine:
                    decision = hands.users.weigh(decision, hands.engine.finished.trials())
                self._store(hands)
                hands.remember()
            if hands.replay is not None:
                self.warnings += hands.replay.close(is_kept=self.options.store_run)
        except UnusableBaseError:
            raise
        except GateError as error:
            finished = hands.engine.finished if hands.engine else ()
            decision = add_what_is_there(self.refuse(error), self.walked.so_far(finished))
        measured, decision = decision, weigh_integrity(decision, hands.inspection.integrity)
        if hands.journal is not None:
            hands.journal.write_decision(decision)
        hands.remembering.keep(hands.engine.finished if hands.engine else ())
        verdicts = hands.remembering.verdicts
        if verdicts and not self.options.as_if_approved:  # what is only supposed is no verdict
            verdicts.keep(measured, decision, self.started_at.isoformat(timespec="seconds"))
        return decision

    def _find_unaffected(self) -> Decision | None:
        """A run that is to be stored measures whatever changed: later ones are compared with it."""
        if self.judged is None or self.options.all_paths or self.options.store_run:
            return None
        return find_unaffected(self.judged)

    def refuse(self, error: GateError) -> Decision:
        """The decision that an error makes."""
        policy = self.judged.config.policy if self.judged else None
        return decision_for(error, is_fork=self.options.fork, policy=policy)

    @property
    def fixtures(self) -> Sequence[Fixture]:
        """Those that are judged, once they are known."""
        return self.walked.loaded.suite.fixtures if self.walked.loaded else ()

    def report(self, decision: Decision) -> Report:
        """All that is known, for the reader."""
        from gate_action.wiring.telling import Ended  # as in run_gate

        ended = Ended(
            options=self.options,
            judged=self.judged,
            hands=self.hands,
            loaded=self.walked.loaded,
            integrity=self.inspection.integrity if self.inspection else Integrity(),
            started_at=self.started_at,
            duration_s=(self.clock() - self.started_at).total_seconds(),
        )
        return ended.report(decision, self.warnings)

    def _store(self, hands: Hands) -> None:
        """Adds head's complete run to the baseline store, if that was asked for."""
        store = hands.remembering.open_store() if self.options.store_run else None
        if store is None or hands.engine is None or hands.fingerprint is None or self.walked.loaded is None:
            return
        from gate_action.engine.account import mean_cost  # few runs are stored

        # Re-runs of critical fixtures follow failures: among a baseline's rows they would make it look worse.
        rounds = hands.judged.config.policy.trials
        mine = [o for o in hands.engine.finished if o.trial.key.arm is Arm.HEAD and o.trial.key.attempt < rounds]
        store.save(
            EvalRun(
                run_id=hands.place.run_id,
                revision=hands.judged.revisions.head,
                fingerprint=hands.fingerprint,
                fixtures={fixture.id: fixture.digest for fixture in self.walked.loaded.suite.fixtures},
                scores=tuple(scored for one in mine for scored in one.scores),
                trials=tuple(one.trial for one in mine),
                trial_cost_usd=mean_cost(one.trial for one in mine),
            )
        )

    def _open_log(self) -> None:
        """Tells whose code runs in our process; what a reader should know goes into the report too."""
        for plugin in plugins.installed():
            _announce(f"installed plugin: {plugin.words}")
        for warning in harden():
            self.warnings.append(warning)


def _announce(line: str) -> None:
    click.echo(line, err=True)


async def _preview_other(hands: Hands, tries: Mapping[Arm, Try]) -> None:
    """Adds both readings to what is known of the change's own gate, if the two gates read anything differently."""
    if hands.inspection.other is not None:
        from gate_action.wiring.previews import preview

        await preview(hands, hands.inspection.other, tries)


async def _close_models() -> None:
    """If any was asked: litellm keeps its connections in one place for the whole process."""
    if "gate_action.clients.llm" in sys.modules:
        from gate_action.clients.llm import close_connections

        await close_connections()


def _refuse_supposing(options: RunOptions, environ: Mapping[str, str]) -> None:
    """In a workflow people approve: a flag that a pull request can write into its workflow approves nothing."""
    if options.as_if_approved and environ.get("GITHUB_ACTIONS") == "true":
        raise ConfigError(
            "--as-if-approved is for a laptop: in a workflow it would approve whatever the change does to its gate",
            hint="leave it out, and let somebody with write access approve by a review or a label",
        )
