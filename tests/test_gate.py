"""The walk, with hands that do nothing but answer: what it asks for, in which order, and when base breaks."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from gate_action.engine.asking import BuildBrokenError
from gate_action.engine.finished import Finished
from gate_action.errors import TargetStartError
from gate_action.gate import Circumstances, Loaded, Walk, Walked, walk, walk_round_one
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict
from gate_action.model.fixture import Fixture, Suite
from gate_action.model.protocols import Procedure, Try
from gate_action.model.run import NoBaseline
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Attempt, Output, Trial, TrialKey, TrialRequest

LOADED = Loaded(suite=Suite(fixtures=(Fixture(id="a", input="a"),)), new=frozenset())


@dataclass
class TwoRounds:
    """Asks twice, then decides by what it was told."""

    arms: tuple[Arm, ...]
    told: list[TrialKey] = field(default_factory=list)

    def ask(self) -> tuple[TrialRequest, ...]:
        attempt = len(self.told) // len(self.arms)
        return tuple(TrialRequest(key=TrialKey("a", arm, attempt)) for arm in self.arms) if attempt < 2 else ()

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None:
        self.told += [trial.key for trial in trials]
        assert all(isinstance(scored.result, Score) for scored in scores)

    def decide(self) -> Decision:
        reason = Reason(kind=ReasonKind.NO_REGRESSION, sentence=f"told {len(self.told)}")
        return Decision(verdict=Verdict.PASS, reasons=(reason,))


@dataclass
class Hands:
    broken: frozenset[Arm] = frozenset()
    breaks_later: Arm | None = None
    has_base: bool = True
    steps: list[str] = field(default_factory=list)
    circumstances: list[Circumstances] = field(default_factory=list)

    def walk(self) -> Walk:
        return Walk(
            load=self.load,
            find_baseline=lambda _: NoBaseline(reason="none"),
            open_build=self.open_build,
            open_engine=lambda _, __: self,
            open_procedure=self.open_procedure,
            has_base=self.has_base,
            warn=lambda warning: self.steps.append(f"warn {warning}"),
        )

    def load(self) -> Loaded:
        self.steps.append("load")
        return LOADED

    @asynccontextmanager
    async def open_build(self, arm: Arm) -> AsyncIterator[Try]:
        if arm in self.broken:
            raise TargetStartError("no such program", tail="last words")
        self.steps.append(f"open {arm}")

        async def answer(fixture: Fixture, attempt: int) -> Attempt:
            return Attempt(outcome=Output(content="x"))

        yield answer
        self.steps.append(f"close {arm}")

    def open_procedure(self, circumstances: Circumstances) -> Procedure:
        self.circumstances.append(circumstances)
        return TwoRounds((Arm.BASE, Arm.HEAD) if circumstances.has_base else (Arm.HEAD,))

    async def fulfil(self, requests: Iterable[TrialRequest]) -> tuple[Finished, ...]:
        asked = tuple(requests)
        self.steps.append("try " + " ".join(f"{key.arm}{key.attempt}" for key in (request.key for request in asked)))
        if self.breaks_later in {request.key.arm for request in asked} and asked[0].key.attempt == 1:
            raise BuildBrokenError(self.breaks_later or Arm.BASE, TargetStartError("died", tail="gone"))
        return tuple(
            Finished(
                trial=Trial(key=request.key, outcome=Output(content="x")),
                scores=(Scored(key=request.key, metric="m", result=Score(value=1.0)),),
            )
            for request in asked
        )


async def test_the_walk_loads_opens_both_asks_until_nothing_is_asked_and_closes():
    hands = Hands()
    decision = await walk(hands.walk(), walked := Walked())
    assert hands.steps == [
        "load", "open base", "open head", "try base0 head0", "try base1 head1", "close head", "close base"
    ]  # fmt: skip
    assert decision.reasons[0].sentence == "told 4"
    assert walked.loaded is LOADED


async def test_whoever_waits_is_shown_where_the_procedure_stands_after_each_round_but_the_last():
    hands, shown = Hands(), list[str]()
    walk_it = replace(hands.walk(), so_far=lambda procedure: shown.append(procedure.decide().reasons[0].sentence))
    await walk(walk_it, Walked())
    assert shown == ["told 2"]


async def test_without_a_base_head_is_tried_alone():
    hands = Hands(has_base=False)
    await walk(hands.walk(), Walked())
    assert "open base" not in hands.steps
    assert hands.circumstances[0].has_base is False
    assert hands.circumstances[0].base_broken is None


async def test_a_base_that_does_not_start_leaves_head_alone_and_says_why():
    hands = Hands(broken=frozenset({Arm.BASE}))
    await walk(hands.walk(), Walked())
    broken = hands.circumstances[0].base_broken
    assert broken is not None
    assert (broken.message, broken.tail) == ("no such program", "last words")
    assert [step for step in hands.steps if step.startswith("try")] == ["try head0", "try head1"]


async def test_a_base_that_breaks_down_on_the_way_leaves_head_alone():
    hands = Hands(breaks_later=Arm.BASE)
    decision = await walk(hands.walk(), Walked())
    assert [one.base_broken and one.base_broken.tail for one in hands.circumstances] == [None, "gone"]
    assert hands.steps[-3:-1] == ["try head1", "close head"]
    assert decision.reasons[0].sentence == "told 2"


@pytest.mark.parametrize("hands", [Hands(broken=frozenset({Arm.HEAD})), Hands(broken=frozenset(Arm))])
async def test_a_head_that_does_not_start_ends_the_walk_and_base_is_closed(hands: Hands):
    with pytest.raises(TargetStartError, match="no such program"):
        await walk(hands.walk(), walked := Walked())
    assert walked.loaded is LOADED


async def test_a_head_that_breaks_down_ends_the_walk():
    hands = Hands(breaks_later=Arm.HEAD, has_base=False)
    with pytest.raises(BuildBrokenError):
        await walk(hands.walk(), Walked())


async def test_a_shard_tries_what_is_its_own_of_the_first_round_and_nothing_else():
    hands = Hands()
    await walk_round_one(hands.walk(), walked := Walked(), lambda loaded: frozenset(loaded.suite.by_id))
    assert [step for step in hands.steps if step.startswith("try")] == ["try base0 head0"]
    assert walked.loaded is LOADED
    hands = Hands()
    await walk_round_one(hands.walk(), Walked(), lambda _: frozenset({"another machine's"}))
    assert [step.strip() for step in hands.steps if step.startswith("try")] == ["try"]


async def test_a_shard_whose_base_does_not_start_measures_head():
    hands = Hands(broken=frozenset({Arm.BASE}))
    await walk_round_one(hands.walk(), Walked(), lambda loaded: frozenset(loaded.suite.by_id))
    assert [step for step in hands.steps if step.startswith("try")] == ["try head0"]
