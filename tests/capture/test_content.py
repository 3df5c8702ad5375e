"""What is recorded of what was said: messages of any shape, bounded, or nothing at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from gate_action_capture import configure, flush, model_call, shutdown
from tests.capture.records import asked, spans


def test_a_mapping_that_is_no_message_is_told_and_none_is_no_answer(file: Path) -> None:
    with model_call({"question": "how long?"}) as call:
        call.output(None)
    assert asked(file) == ['{"question":"how long?"}']
    assert json.loads(spans(file)[0]["attributes"]["gen_ai.output.messages"])[0]["parts"][0]["content"] == ""


def test_a_clients_message_object_is_read_as_the_message_that_it_is(file: Path) -> None:
    class Message:
        def model_dump(self) -> dict[str, Any]:
            return {"role": "assistant", "content": "30 days.", "tool_calls": None}

    class Broken:
        def model_dump(self) -> dict[str, Any]:
            raise RuntimeError

    with model_call(Broken()) as call:
        call.output(Message())
    flush()
    answer = json.loads(spans(file)[0]["attributes"]["gen_ai.output.messages"])
    assert answer == [{"role": "assistant", "parts": [{"type": "text", "content": "30 days."}]}]


class _Strange:
    def __repr__(self) -> str:
        return "a strange thing"


@pytest.mark.parametrize("value", [_Strange(), {1, 2}, b"bytes", {("a", "b"): 1}, [None, float("nan")], "\ud800"])
def test_nothing_that_is_handed_over_breaks_the_request(file: Path, value: Any) -> None:
    with model_call(value, context=[value]) as call:
        call.tool("t", value, value)
        call.output(value)
    assert flush()
    assert {one["name"] for one in spans(file)} == {"chat", "execute_tool t"}


def test_a_value_that_holds_itself_is_told_by_its_repr(file: Path) -> None:
    value: list[Any] = []
    value.append(value)
    with model_call("x") as call:
        call.tool("t", value)
        call.output("y")
    flush()
    assert spans(file)[0]["attributes"]["gen_ai.tool.call.arguments"] == '"[[...]]"'


def test_long_texts_are_cut_and_say_so(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    configure(file=str(path), max_chars=50)
    with model_call("x" * 1_000) as call:
        call.output("y")
    shutdown()
    (message,) = json.loads(spans(path)[0]["attributes"]["gen_ai.input.messages"])
    assert len(message["parts"][0]["content"]) == 50
    assert message["parts"][0]["content"].endswith("[cut]")


def test_content_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    configure(file=str(path), has_content=False)
    with model_call("my secret", system="s", context=["c"]) as call:
        call.tool("t", "my secret", "my secret")
        call.output("my secret", input_tokens=3)
    shutdown()
    assert "my secret" not in path.read_text()
    assert spans(path)[1]["attributes"]["gen_ai.usage.input_tokens"] == 3


def test_messages_of_a_chat_api_keep_their_tool_calls(file: Path) -> None:
    call_of_a_tool = {"id": "t1", "type": "function", "function": {"name": "lookup", "arguments": '{"order":1}'}}
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "Where is it?"}]},
        {"role": "assistant", "content": None, "tool_calls": [call_of_a_tool]},
        {"role": "tool", "tool_call_id": "t1", "content": "sent"},
    ]
    with model_call(messages) as call:
        call.output("It was sent.")
    flush()
    user, assistant, tool = json.loads(spans(file)[0]["attributes"]["gen_ai.input.messages"])
    assert user["parts"] == [{"type": "text", "content": "Where is it?"}]
    assert assistant["parts"] == [{"type": "tool_call", "name": "lookup", "arguments": '{"order":1}', "id": "t1"}]
    assert tool["parts"] == [{"type": "tool_call_response", "id": "t1", "response": "sent"}]
