from datetime import date
from typing import Any, cast

import pytest

from gate_action.loop.training import LeftOut, export_training
from gate_action.model.fixture import Expected, Fixture, Provenance, Split, ToolCall

TODAY = date(2026, 11, 25)


def trained(**told: Any) -> Fixture:
    parts: dict[str, Any] = {
        "input": "Can I pay by cheque?",
        "expected": Expected(output="No, by card."),
        "failing_output": "Yes.",
        "provenance": Provenance(source="loop", correction="user"),
        "consent": "yes",
        "split": Split.TRAIN,
        "licence": "internal",
    }
    return Fixture(id="a", **(parts | told))


def test_a_corrected_row_is_a_chat_and_a_pair():
    training = export_training([trained()], TODAY)
    prompt = {"role": "user", "content": "Can I pay by cheque?"}
    right, wrong = ({"role": "assistant", "content": text} for text in ("No, by card.", "Yes."))
    assert training.chats == ({"messages": [prompt, right]},)
    assert training.pairs == ({"prompt": [prompt], "chosen": [right], "rejected": [wrong]},)
    assert (training.fixture_ids, training.licences) == (("a",), ("internal",))


def test_a_correction_that_is_calls_is_an_answer_of_calls():
    expected = Expected(tool_calls=(ToolCall(name="track", arguments={"id": "7"}),))
    (chat,) = export_training([trained(expected=expected)], TODAY).chats
    answer = cast("Any", chat)["messages"][-1]
    assert answer["tool_calls"][0]["function"] == {"name": "track", "arguments": '{"id": "7"}'}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"provenance": Provenance(source="loop")}, LeftOut.NO_CORRECTION),
        ({"provenance": None}, LeftOut.NO_CORRECTION),
        ({"expected": Expected()}, LeftOut.NO_CORRECTION),
        ({"consent": ""}, LeftOut.NO_CONSENT),
        ({"expires": "2026-11-24"}, LeftOut.EXPIRED),
        ({"input": {"question": "x"}}, LeftOut.NO_CHAT),
    ],
)
def test_what_may_not_be_trained_on_is_left_out_and_counted(told, reason):
    training = export_training([trained(**told)], TODAY)
    assert (training.chats, training.left_out) == ((), {reason: 1})


def test_rows_of_the_split_eval_are_never_exported():
    assert export_training([trained(split=Split.EVAL)], TODAY).chats == ()
