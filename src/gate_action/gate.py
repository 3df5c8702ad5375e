"""THE WALK: load -> find baseline -> (ask -> try -> score -> tell)* -> decide. It knows no file, network or child:
all of that stands behind what it was handed.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeAlias, TypeVar

from gate_action.engine.asking import BuildBrokenError
from gate_action.engine.finished import Finished
from gate_action.errors import TargetStartError
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture, Suite
from gate_action.model.picking import beside
from gate_action.model.protocols import Procedure, Try
from gate_action.model.run import Baseline, NoBaseline
from gate_action.model.trial import Arm, TrialRequest

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The suite that decides: base's fixtures, and those that head adds. Head's, where its edits are approved."""

    suite: Suite
    new: Collection[str]
    """Ids of the fixtures that only head's revision has as they are."""
    required: frozenset[str] = frozenset()
    """Those of ``new`` that base has in other words: somebody approved head's, and head must pass them."""
    removed: tuple[Fixture, ...] = ()
    """Base's fixtures that head is approved to drop."""

    @property
    def known_fixtures(self) -> Sequence[Fixture]:
        """Those that base has too."""
        return beside(self.suite.fixtures, self.new)


class Measure(Protocol):
    """Makes, scores and writes down what is asked for."""

    async def fulfil(self, requests: Iterable[TrialRequest]) -> Sequence[Finished]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the procedure has to work with."""

    loaded: Loaded
    baseline: Baseline | NoBaseline
    base_broken: TargetStartError | None = None
    """Why base cannot be run; None: it can, or there is none."""
    has_base: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """All that the walk is handed."""

    load: Callable[[], Loaded]
    find_baseline: Callable[[Loaded], Baseline | NoBaseline]
    open_build: Callable[[Arm], AbstractAsyncContextManager[Try]]
    open_engine: Callable[[Loaded, Mapping[Arm, Try]], Measure]
    open_procedure: Callable[[Circumstances], Procedure]
    has_base: bool
    warn: Callable[[str], None]
    """Is told what the report's reader should know."""
    look_again: Callable[[Mapping[Arm, Try]], Awaitable[None]] | None = None
    """What is still wanted of the builds once it is decided. It changes no decision."""
    so_far: Callable[[Procedure], None] = lambda _: None
    """Is shown where the procedure stands, after each round but the last."""
    find_verdict: Callable[[Loaded], Decision | None] = lambda _loaded: None
    """What was decided before of the very same; then nothing is run."""


@dataclass(slots=True, kw_only=True)
class Walked:
    """What is known however the walk ends."""

    loaded: Loaded | None = None
    procedure: Procedure | None = None
    asked: Sequence[TrialRequest] = ()
    """Of it, what the procedure was not told yet."""

    def so_far(self, finished: Iterable[Finished]) -> Decision | None:
        """What the procedure makes of a run that was stopped: findings for the reader, no verdict. For the end of it.

        ``finished``: all that was. None: nothing was asked for yet, or nothing of it came.
        """
        if self.procedure is None:
            return None
        untold = {request.key for request in self.asked}
        _tell(self.procedure, (one for one in finished if one.trial.key in untold))
        self.asked = ()
        return self.procedure.decide()


_Course: TypeAlias = Callable[[Measure, Procedure], Awaitable[Done]]


async def walk(hands: Walk, walked: Walked) -> Decision:
    """The one straight way. Raises GateError where no measurement can be made: a bad config, a head that does not
    start, a spent budget. A base that does not start or breaks down is no such error: head is then judged alone.
    """
    loaded = walked.loaded = hands.load()
    decided = hands.find_verdict(loaded)
    return await _walk(hands, loaded, partial(_ask_and_tell, hands, walked)) if decided is None else decided


async def walk_round_one(hands: Walk, walked: Walked, choose: Callable[[Loaded], frozenset[str]]) -> None:
    """The first of the procedure's rounds alone, and of it the fixtures that are chosen: nothing is told or decided.

    Raises GateError as ``walk`` does.
    """
    loaded = walked.loaded = hands.load()

    async def ask_once(engine: Measure, procedure: Procedure) -> None:
        chosen = choose(loaded)
        await engine.fulfil(request for request in procedure.ask() if request.key.fixture_id in chosen)

    await _walk(hands, loaded, ask_once)


async def _walk(hands: Walk, loaded: Loaded, course: _Course[Done]) -> Done:
    baseline = hands.find_baseline(loaded)
    async with AsyncExitStack() as builds:
        tries, base_broken = await _open_builds(hands, builds)
        circumstances = Circumstances(
            loaded=loaded, baseline=baseline, base_broken=base_broken, has_base=Arm.BASE in tries
        )
        done = await _follow(hands, hands.open_engine(loaded, tries), circumstances, course)
        if hands.look_again is not None:
            await hands.look_again(tries)
        return done


async def _open_builds(hands: Walk, builds: AsyncExitStack) -> tuple[dict[Arm, Try], TargetStartError | None]:
    """The open builds, and why base is not among them. Raises TargetStartError for head."""
    tries: dict[Arm, Try] = {}
    base_broken = None
    if hands.has_base:
        try:
            tries[Arm.BASE] = await builds.enter_async_context(hands.open_build(Arm.BASE))
        except TargetStartError as error:
            base_broken = error
            hands.warn(f"base does not start: {error.message}")
    tries[Arm.HEAD] = await builds.enter_async_context(hands.open_build(Arm.HEAD))
    return tries, base_broken


async def _follow(hands: Walk, engine: Measure, circumstances: Circumstances, course: _Course[Done]) -> Done:
    try:
        return await course(engine, hands.open_procedure(circumstances))
    except BuildBrokenError as error:
        if error.arm is not Arm.BASE:
            raise
        hands.warn(f"base broke down: {error.message}; head is judged alone")
        alone = replace(circumstances, base_broken=error.cause, has_base=False)
        return await course(engine, hands.open_procedure(alone))


async def _ask_and_tell(hands: Walk, walked: Walked, engine: Measure, procedure: Procedure) -> Decision:
    walked.procedure = procedure
    asked = procedure.ask()
    while asked:
        walked.asked = asked
        finished = await engine.fulfil(asked)
        walked.asked = ()
        _tell(procedure, finished)
        asked = procedure.ask()
        if asked:
            hands.so_far(procedure)
    return procedure.decide()


def _tell(procedure: Procedure, finished: Iterable[Finished]) -> None:
    for one in finished:
        procedure.tell((one.trial,), one.scores)
