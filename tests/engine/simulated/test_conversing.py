"""Conversations with simulated users."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gate_action.clients.proxy.tape import Tape
from gate_action.engine.simulated.conversing import Simulation
from gate_action.model.fixture import Fixture, Json, ToolCall
from gate_action.model.protocols import ProviderError
from gate_action.model.scenario import Ending, Scenario, ScriptLine, Simulating
from gate_action.model.trial import Attempt, Fault, Output, TrialError
from tests.engine.simulated.players import Build, Model, replies_of, roles, says, tape_in

GOAL = Scenario(goal="Return the tent.", facts=("The order is RC-1042.",))
FIXTURE = Fixture(id="f", input="Can I return it?", scenario=GOAL)


@pytest.fixture
def tape(tmp_path: Path) -> Iterator[Tape]:
    with tape_in(tmp_path) as opened:
        yield opened


async def talk(tape: Tape, build: Build, model: Model, fixture: Fixture = FIXTURE, **settings: Any) -> Attempt:
    simulation = Simulation(settings=Simulating(model="m", **settings), replies=replies_of(tape, model))
    return await simulation.converse(build, fixture, 0)


async def test_the_user_speaks_until_they_have_what_they_want(tape: Tape):
    build = Build(["What is your order?", "30 days from now."])
    model = Model([says("RC-1042"), says("Great.", "goal_reached", "30 days from now.")])
    output = (await talk(tape, build, model)).outcome
    assert isinstance(output, Output)
    assert output.content == "What is your order?\n\n30 days from now."
    assert roles(output.messages) == ["user", "assistant", "user", "assistant", "user"]
    assert build.asked[0] == {"messages": [{"role": "user", "content": "Can I return it?"}]}
    assert len(build.asked[1]["messages"]) == 3  # type: ignore[index,call-overload,arg-type]  # an object


async def test_the_user_sees_goal_and_facts_and_never_what_is_expected(tape: Tape):
    model = Model([says("Bye.", "gave_up", "No returns.")])
    fixture = Fixture(id="f", input="Hi", context=("secret document",), scenario=GOAL)
    await talk(tape, Build(["No returns."]), model, fixture)
    [(messages, _)] = model.asked
    assert "RC-1042" in messages[0]["content"]
    assert "secret document" not in json.dumps(list(messages))


async def test_after_the_last_turn_nobody_is_asked_again(tape: Tape):
    model = Model([says("RC-1042")])
    output = (await talk(tape, Build(["Which?", "Hm."]), model, max_turns=2, scored="last")).outcome
    assert isinstance(output, Output)
    assert (output.content, len(output.messages)) == ("Hm.", 4)


@pytest.mark.parametrize("asked", [{"situation": "A tent."}, {"city": "Bern"}, ""])
async def test_where_the_input_is_no_message_the_user_finds_the_first(tape: Tape, asked: Json):
    build = Build(["30 days from now."])
    model = Model([says("Hello!"), says("", "goal_reached", "30 days from now.")])
    fixture = Fixture(id="f", input=asked, scenario=GOAL)
    output = (await talk(tape, build, model, fixture)).outcome
    assert isinstance(output, Output)
    assert build.asked == [{"messages": [{"role": "user", "content": "Hello!"}]}]


async def test_messages_that_end_with_the_users_begin_the_conversation(tape: Tape):
    before: list[Json] = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Can I return it?"}]
    build = Build(["30 days from now."])
    fixture = Fixture(id="f", input={"messages": before}, scenario=GOAL)
    await talk(tape, build, Model([says("", "goal_reached", "30 days from now.")]), fixture)
    assert build.asked == [{"messages": before}]


async def test_a_first_message_in_parts_is_put_as_it_stands_and_read_by_the_user(tape: Tape):
    parts: Json = [{"type": "text", "text": "Whose is this?"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    first: Json = {"role": "user", "name": "ann", "content": parts}
    build, model = Build(["30 days from now."]), Model([says("", "goal_reached", "30 days from now.")])
    await talk(tape, build, model, Fixture(id="f", input={"messages": [first]}, scenario=GOAL))
    assert build.asked == [{"messages": [first]}]
    assert json.loads(model.asked[0][0][1]["content"])["conversation"][0] == {"you": "Whose is this?"}


async def test_an_unfit_reply_is_asked_for_again_and_the_build_does_not_hear_it(tape: Tape):
    build = Build(["Which order?", "30 days from now."])
    lines = ["no JSON", says("It is RC-9999."), says("RC-1042"), says("", "goal_reached", "30 days from now.")]
    simulation = Simulation(settings=Simulating(model="m"), replies=replies_of(tape, Model([*lines])))
    output = (await simulation.converse(build, FIXTURE, 0)).outcome
    assert isinstance(output, Output)
    assert "9999" not in json.dumps(list(output.messages))
    assert simulation.redrawn == 2


async def test_a_user_who_stays_unfit_makes_the_conversation_invalid_and_no_ones_failure(tape: Tape):
    answered = await talk(tape, Build(["Which order?"]), Model([says("")] * 3))
    error = answered.outcome
    assert isinstance(error, TrialError)
    assert (error.fault, error.fault.is_targets_own) == (Fault.SIMULATED_USER, False)
    assert error.detail.startswith("the simulated user said nothing, at their message 2: ")


async def test_a_model_that_cannot_be_asked_is_not_asked_again(tape: Tape):
    model = Model([ProviderError("503")])
    error = (await talk(tape, Build(["Which order?"]), model)).outcome
    assert isinstance(error, TrialError)
    assert "could not be asked" in error.detail


async def test_a_build_that_fails_half_way_is_to_blame(tape: Tape):
    crash = TrialError(fault=Fault.CRASHED, detail="gone")
    assert (await talk(tape, Build(["Which order?", crash]), Model([says("RC-1042")]))).outcome == crash


async def test_a_build_that_behaves_alike_has_the_same_conversation_for_nothing(tape: Tape):
    model = Model([says("RC-1042"), says("", "goal_reached", "30 days from now.")])
    simulation = Simulation(settings=Simulating(model="m"), replies=replies_of(tape, model))
    outcomes = [
        (await simulation.converse(Build(["Which?", "30 days from now."]), FIXTURE, 0)).outcome for _ in range(2)
    ]
    assert outcomes[0] == outcomes[1]
    assert len(model.asked) == 2


async def test_tools_are_answered_as_the_scenario_says(tape: Tape):
    scenario = Scenario(
        goal="x", tool_results={"find": {"state": "open"}}, script=(ScriptLine(ends=Ending.GOAL_REACHED),)
    )
    call = Output(content="", tool_calls=(ToolCall(name="find", arguments={}),))
    build = Build([call, "It is open."])
    output = (await talk(tape, build, Model([]), Fixture(id="f", input="hi", scenario=scenario))).outcome
    assert isinstance(output, Output)
    assert roles(output.messages) == ["user", "assistant", "tool", "assistant"]
    assert (output.content, len(output.tool_calls)) == ("It is open.", 1)


SCRIPT = (
    ScriptLine(when="ORDER", say="RC-1042"),
    ScriptLine(when=r"\d+ days", say="Thanks.", ends=Ending.GOAL_REACHED),
)


@pytest.mark.parametrize(
    ("answers", "last"),
    [(["Which order?", "30 days."], "Thanks."), (["Which order?", "No."], "No."), (["No."], "No.")],
)
async def test_a_scripted_user_goes_by_the_first_line_that_fits_and_gives_up_where_none_does(
    answers: list[str | Output | TrialError], last: str
):
    simulation = Simulation(settings=Simulating(), replies=None)
    fixture = Fixture(id="f", input="Hi", scenario=Scenario(goal="x", script=SCRIPT))
    output = (await simulation.converse(Build([*answers]), fixture, 0)).outcome
    assert isinstance(output, Output)
    assert output.messages[-1]["content"] == last  # type: ignore[index,call-overload]  # an object


async def test_the_gates_scenario_is_for_all_who_begin_with_a_message_and_have_none(tape: Tape):
    settings = Simulating(scenario=Scenario(goal="x", script=(ScriptLine(ends=Ending.GAVE_UP),)))
    simulation = Simulation(settings=settings, replies=None)
    asked: list[Json] = []
    for value in ("hi", {"city": "Bern"}, {"turns": ["a"]}):
        build = Build(["yes"])
        await simulation.converse(build, Fixture(id="f", input=value), 0)
        asked += build.asked
    first: Json = {"messages": [{"role": "user", "content": "hi"}]}
    assert asked == [first, {"city": "Bern"}, {"messages": [{"role": "user", "content": "a"}]}]
