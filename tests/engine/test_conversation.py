"""Fixtures of several turns."""

import pytest

from gate_action.engine.conversation import add_usage, converse
from gate_action.model.fixture import Fixture, Json, ToolCall
from gate_action.model.trial import Attempt, Fault, Output, TrialError, Unmeasured, Usage


class Listener:
    """Answers from a list and remembers each question."""

    def __init__(self, *answers: Attempt) -> None:
        self.answers = list(answers)
        self.questions: list[Json] = []

    async def __call__(self, fixture: Fixture, attempt: int) -> Attempt:
        self.questions.append(fixture.input)
        return self.answers.pop(0)


def says(text: str, *calls: ToolCall, tokens: int = 1) -> Attempt:
    usage = Usage(latency_s=0.5, input_tokens=tokens, output_tokens=tokens, cost_usd=0.25)
    return Attempt(outcome=Output(content=text, tool_calls=calls, context=(f"about {text}",)), usage=usage)


async def test_a_single_question_is_put_as_it_stands():
    listener = Listener(says("yes"))
    answered = await converse(listener, Fixture(id="a", input="really?"), 0)
    assert listener.questions == ["really?"]
    assert answered.outcome == Output(content="yes", context=("about yes",))


async def test_each_turn_is_put_with_all_that_was_said_before():
    listener = Listener(says("hello"), says("at noon"))
    answered = await converse(listener, Fixture(id="a", input={"turns": ["hi", {"content": "when?"}]}), 0)
    assert listener.questions[1] == {
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "hello"},
            {"role": "user", "content": "when?"},
        ]
    }
    output = answered.outcome
    assert isinstance(output, Output)
    assert (output.content, output.context, len(output.messages)) == ("at noon", ("about hello", "about at noon"), 4)
    assert answered.usage == Usage(latency_s=1.0, input_tokens=2, output_tokens=2, cost_usd=0.5)


async def test_a_scripted_tool_answers_and_the_build_is_asked_again():
    look = ToolCall(name="look_up", arguments={"order": 7})
    listener = Listener(says("", look), says("it is on its way"))
    turns: Json = [{"content": "where is it?", "tool_results": {"look_up": {"status": "shipped"}}}]
    answered = await converse(listener, Fixture(id="a", input={"turns": turns}), 0)
    assert listener.questions[1] == {
        "messages": [
            {"role": "user", "content": "where is it?"},
            {"role": "assistant", "content": "", "tool_calls": [{"name": "look_up", "arguments": {"order": 7}}]},
            {"role": "tool", "name": "look_up", "content": {"status": "shipped"}},
        ]
    }
    assert isinstance(answered.outcome, Output)
    assert answered.outcome.tool_calls == (look,)


async def test_tools_that_the_build_runs_itself_are_left_to_it():
    listener = Listener(says("done", ToolCall(name="own", arguments={})))
    answered = await converse(listener, Fixture(id="a", input={"turns": ["go"]}), 0)
    assert isinstance(answered.outcome, Output)
    assert len(listener.questions) == 1


async def test_a_failing_turn_ends_the_conversation_with_its_failure():
    broken = Attempt(outcome=TrialError(fault=Fault.CRASHED, detail="gone"), usage=Usage(latency_s=0.5))
    listener = Listener(says("hello"), broken)
    answered = await converse(listener, Fixture(id="a", input={"turns": ["hi", "more", "still"]}), 0)
    assert answered.outcome == broken.outcome
    assert answered.usage.latency_s == 1.0
    assert answered.usage.input_tokens is Unmeasured.NOT_REPORTED


async def test_a_build_that_calls_a_scripted_tool_for_ever_is_stopped():
    call = ToolCall(name="again", arguments={})
    listener = Listener(*[says("", call) for _ in range(50)])
    turns: Json = [{"content": "go", "tool_results": {"again": 1}}]
    await converse(listener, Fixture(id="a", input={"turns": turns}), 0)
    assert len(listener.questions) == 16


@pytest.mark.parametrize("unmeasured", list(Unmeasured))
def test_a_sum_with_something_unmeasured_is_unmeasured(unmeasured: Unmeasured):
    assert add_usage(Usage(cost_usd=1.0), Usage(cost_usd=unmeasured)).cost_usd is unmeasured
    assert add_usage(Usage(cost_usd=unmeasured), Usage(cost_usd=1.0)).cost_usd is unmeasured
