import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support_bot.serve import reply, serve

BOT = Path(__file__).resolve().parents[3] / "examples" / "support-bot"


def ask(*lines: str) -> list[dict[str, Any]]:
    replies = io.StringIO()
    serve(lines, replies)
    return [json.loads(line) for line in replies.getvalue().splitlines()]


def test_each_request_gets_one_reply_under_its_id():
    lines = [json.dumps({"id": name, "fixture_id": "f", "input": "Do you repair helmets?"}) for name in ("1", "2")]
    replies = ask(*lines, "\n")
    assert [reply["id"] for reply in replies] == ["1", "2"]
    assert "never repaired" in replies[0]["output"]["answer"]


def test_a_request_without_a_question_is_the_targets_error():
    (reply,) = ask('{"id": "1", "input": {}}')
    assert reply == {"id": "1", "error": "the input holds no question", "kind": "target"}


def test_a_line_that_is_no_request_is_an_error_and_the_next_one_is_answered():
    torn, no_object, fine = ask('{"id": ', "[]", '{"id": "3", "input": "Are dogs welcome?"}')
    assert "not JSON" in torn["error"]
    assert "no id" in no_object["error"]
    assert fine["id"] == "3"
    assert "output" in fine


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["KP-10412", "2025-02-30"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["question", "messages", "turns", "content", "role", "today"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_whatever_json_is_asked_gets_an_answer_or_an_error(asked):
    answered = reply(json.dumps({"id": "1", "input": asked}))
    assert answered["id"] == "1"
    assert ("output" in answered) != ("error" in answered)


def test_the_hash_seed_changes_no_answer():
    lines = "".join(
        json.dumps({"id": text, "input": text}) + "\n" for text in ("Price of a 10 kg parcel?", "Is it a tent?")
    )
    command = [sys.executable, str(BOT)]
    answers = {
        subprocess.run(
            command, input=lines, text=True, capture_output=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(answers) == 1


def test_the_folder_runs_as_a_child_that_speaks_json_lines_in_utf_8():
    request = json.dumps({"id": "1", "input": "Ist die Originalverpackung nötig?"}, ensure_ascii=False)
    command = [sys.executable, str(BOT)]
    done = subprocess.run(command, input=request.encode(), capture_output=True, check=True, env={"LC_ALL": "C"})
    assert json.loads(done.stdout)["output"]["answer"] == "Die Originalverpackung ist nicht nötig."
