import json

from gate_action.loop.score.turns import read_turn

EMPTY = dict.fromkeys(("input", "messages", "output", "context", "tool_calls"), "") | {"turn_id": "t1"}


def test_a_turn_is_a_fixture_that_expects_nothing_and_its_output():
    calls = [{"name": "refund", "arguments": {"order": 17}, "result": "ok"}]
    row = EMPTY | {"input": "Where?", "output": "There.", "context": '["a page"]', "tool_calls": json.dumps(calls)}
    seen = read_turn(row)
    assert (seen.fixture.id, seen.fixture.input, seen.fixture.context) == ("t1", "Where?", ("a page",))
    assert seen.output.content == "There."
    assert [(call.name, call.arguments) for call in seen.output.tool_calls] == [("refund", {"order": 17})]


def test_what_came_before_in_the_conversation_is_part_of_the_input():
    messages = [{"role": "user", "content": "Hi"}, {"role": "user", "content": "Where?"}]
    assert read_turn(EMPTY | {"messages": json.dumps(messages)}).fixture.input == {"messages": messages}


def test_what_is_no_json_is_left_out():
    seen = read_turn(EMPTY | {"messages": "[" * 100_000, "context": "{", "tool_calls": '[1, {"name": "x"}, null]'})
    assert seen.fixture.context == ()
    assert seen.output.tool_calls == ()
