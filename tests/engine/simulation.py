"""The real engine, journal and procedure on virtual time, with builds that fail by a seed."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gate_action.comparison.plan import Plan
from gate_action.comparison.screen_confirm.screening import ScreenAndConfirm
from gate_action.engine.asking import Asker
from gate_action.engine.budget import BudgetSpentError, Purse
from gate_action.engine.journal import Journal
from gate_action.engine.pacing import Door, Minute, Provider
from gate_action.engine.readback import read_back
from gate_action.engine.trials import Engine
from gate_action.gate import Walked
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Budget, Limits, Metric, Policy
from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Attempt, Fault, Stored, Trial, TrialError, TrialKey
from tests.engine.rig import RememberingWatcher, answer, failure, score_right
from tests.engine.virtual_time import run_virtually

Fails = Callable[[random.Random, TrialKey, float], Attempt | float | None]
"""Of chance, the trial and the time: how a try fails, or the seconds that it hangs for, or None: it answers."""
DEATH = Attempt(outcome=TrialError(fault=Fault.CRASHED, detail="the process died", is_shared=True))
LIMITS = Limits(concurrency=4, trial_timeout_s=30.0)


def never(chance: random.Random, key: TrialKey, now: float) -> Attempt | float | None:
    """It always answers."""
    return None


def fail_alike(share: float) -> Fails:
    """In ``share`` of all tries, in every way that a target can fail."""
    ways: tuple[Attempt | float, ...] = (
        failure(Fault.REFUSED),
        failure(Fault.PROVIDER, retry_after_s=3.0),
        failure(Fault.CRASHED),
        failure(Fault.GARBAGE),
        failure(Fault.TOO_LARGE),
        failure(Fault.PROVIDER),
        1e9,
    )

    def fails(chance: random.Random, key: TrialKey, now: float) -> Attempt | float | None:
        return chance.choice(ways) if chance.random() < share else None

    return fails


@dataclass(kw_only=True)
class Build:
    """Answers right, but for what it breaks; takes a second or so; fails by chance.

    Where it ``dies_together`` a crash is that of the process in which all its trials run.
    """

    arm: Arm
    broken: frozenset[str]
    chance: random.Random
    fails: Fails
    dies_together: bool = False
    answered: Counter[TrialKey] = field(default_factory=Counter)
    """How often each trial was answered: paid for."""
    _in_flight: list[asyncio.Future[Attempt]] = field(default_factory=list)

    async def __call__(self, fixture: Fixture, attempt: int) -> Attempt:
        if not self.dies_together:
            return await self._try(fixture, attempt)
        trying = asyncio.ensure_future(self._try(fixture, attempt))
        self._in_flight.append(trying)
        try:
            outcome = await trying
        except asyncio.CancelledError:
            if trying not in self._in_flight:  # another of them killed the process
                return DEATH
            raise
        finally:
            trying.cancel()
            self._in_flight = [one for one in self._in_flight if one is not trying]
        if not isinstance(outcome.outcome, TrialError) or outcome.outcome.fault is not Fault.CRASHED:
            return outcome
        dead, self._in_flight = self._in_flight, []
        for other in dead:
            other.cancel()
        return DEATH

    async def _try(self, fixture: Fixture, attempt: int) -> Attempt:
        key = TrialKey(fixture.id, self.arm, attempt)
        await asyncio.sleep(self.chance.uniform(0.1, 2.0))
        failed = self.fails(self.chance, key, asyncio.get_running_loop().time())
        match failed:
            case None:
                self.answered[key] += 1
                return answer("wrong" if fixture.id in self.broken else "right")
            case float():
                await asyncio.sleep(failed)
                return answer()
            case _:
                return failed


def crash_in(share: float) -> Fails:
    """In ``share`` of all tries."""
    return lambda chance, _key, _now: failure(Fault.CRASHED) if chance.random() < share else None


def fail_on(fixtures: frozenset[str], how: Attempt | float) -> Fails:
    """Each try of these fixtures."""
    return lambda _chance, key, _now: how if key.fixture_id in fixtures else None


def away(begins_at: float, ends_at: float, fails: Fails) -> Fails:
    """The provider of both builds answers nobody for a while; else as ``fails`` says."""

    def outage(chance: random.Random, key: TrialKey, now: float) -> Attempt | float | None:
        return failure(Fault.PROVIDER) if begins_at <= now < ends_at else fails(chance, key, now)

    return outage


@dataclass(kw_only=True)
class World:
    """One simulated pull request."""

    folder: Path
    seed: int
    fixtures: int = 40
    broken: int = 0
    """Fixtures that head gets wrong, each time."""
    base_fails: Fails = never
    head_fails: Fails = never
    limits: Limits = LIMITS
    budget: Budget = field(default_factory=Budget)
    is_base_stored: bool = False
    """Earlier runs of base, all right, lie in a baseline store."""
    dies_together: bool = False
    """A crash takes down what else its build has in flight."""
    builds: dict[Arm, Build] = field(default_factory=dict)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # a simulation
        broken = frozenset(one.id for one in self._chance.sample(self.suite, self.broken))
        for arm, fails in ((Arm.BASE, self.base_fails), (Arm.HEAD, self.head_fails)):
            self.builds[arm] = Build(
                arm=arm,
                broken=broken if arm is Arm.HEAD else frozenset(),
                chance=random.Random(self._chance.random()),  # as above
                fails=fails,
                dies_together=self.dies_together,
            )

    @property
    def suite(self) -> tuple[Fixture, ...]:
        return tuple(Fixture(id=f"f{number:03}", input="?") for number in range(self.fixtures))

    def run(self, *, killed_after_s: Sequence[float] = ()) -> Decision:
        """Killed and resumed as often as is said, then to its end. Raises BudgetSpentError."""
        for life_s in killed_after_s:
            try:
                return run_virtually(self._live(life_s), seed=self._chance.getrandbits(32))
            except TimeoutError:
                continue
        return run_virtually(self.judge(), seed=self._chance.getrandbits(32))

    async def judge(self) -> Decision:
        procedure = ScreenAndConfirm(self.plan)
        with Journal(self.folder, is_resumed=self.folder.exists()) as journal:
            engine = self._engine(journal)
            engine.resume(read_back(self.folder))
            walked = Walked(procedure=procedure)
            try:
                while asked := procedure.ask():
                    walked.asked = asked
                    finished = await engine.fulfil(asked)
                    procedure.tell((one.trial for one in finished), (row for one in finished for row in one.scores))
            except BudgetSpentError:
                walked.so_far(engine.finished)  # whatever was measured, it can be told
                raise
            return procedure.decide()

    @property
    def plan(self) -> Plan:
        # So wide that a dozen fixtures without a flip pass: the question here is never whether there are enough.
        policy = Policy(margin=0.4)
        metrics = (Metric(name="answer", evaluator="exact_match"),)
        return Plan(fixtures=self.suite, metrics=metrics, policy=policy, stored=self._stored())

    async def _live(self, life_s: float) -> Decision:
        async with asyncio.timeout(life_s):
            return await self.judge()

    def _engine(self, journal: Journal) -> Engine:
        minute, provider = Minute(self.limits.pace), Provider()
        return Engine(
            fixtures={fixture.id: fixture for fixture in self.suite},
            metrics=("answer",),
            asker=Asker(
                tries=dict(self.builds),
                doors={arm: Door(self.limits.concurrency, minute, provider, self._chance.random) for arm in Arm},
                purse=Purse(budget=self.budget, now=asyncio.get_running_loop().time),
                limits=self.limits,
            ),
            score=score_right,
            journal=journal,
            watcher=RememberingWatcher(),
        )

    def _stored(self) -> tuple[EvalRun, ...]:
        if not self.is_base_stored:
            return ()
        keys = [TrialKey(fixture.id, Arm.HEAD, attempt) for fixture in self.suite for attempt in range(3)]
        run = EvalRun(
            run_id="earlier",
            revision=Revision(sha="0" * 40),
            fingerprint=Fingerprint(suite="s", evaluators="e", target="t"),
            fixtures={fixture.id: fixture.digest for fixture in self.suite},
            scores=tuple(Scored(key=key, metric="answer", result=Score(value=1.0)) for key in keys),
            trials=tuple(Trial(key=key, outcome=Stored(0, 1)) for key in keys),
        )
        return (run,)
