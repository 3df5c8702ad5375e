"""Recordings on the disk: whole, bounded, and nothing that was altered."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.clients.proxy import tape as tapes
from gate_action.clients.proxy.tape import find_stored, open_tape, store_lines
from gate_action.codec.answers import (
    Answer,
    Header,
    Line,
    Place,
    answer_of,
    decode_line,
    encode_answer,
)
from gate_action.codec.records import TornLineError

NOW = Header(recorded_at="2026-06-01T12:00:00+00:00")
THEN = datetime(2026, 5, 25, tzinfo=UTC)
WHERE = Place("f", 0, 0, 0)


def said(*chunks: bytes) -> Answer:
    return Answer(status=200, content_type="text/event-stream", chunks=chunks)


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_an_answer_comes_back_chunk_by_chunk(chunks: list[bytes]) -> None:
    line = decode_line(encode_answer("c", WHERE, said(*chunks), "base"))
    assert isinstance(line, Line)
    assert answer_of(line) == said(*chunks)


def test_cuts_that_do_not_fit_are_torn() -> None:
    line = decode_line(encode_answer("c", WHERE, said(b"hello"), "base"))
    assert isinstance(line, Line)
    with pytest.raises(TornLineError, match="5 bytes"):
        answer_of(Line(content="c", fixture_id="f", attempt=0, status=200, content_type="", cuts=(4,), body="hello"))


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b'{"usage": {"prompt_tokens": 11, "completion_tokens": 7}}', 18),
        (b'data: {"usage":{"input_tokens":5,"output_tokens":1}}\n\ndata: {"usage":{"output_tokens":9}}', 14),
        (b'{"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}}', 7),
        (b"plain words", 0),
    ],
)
def test_each_providers_way_of_telling_tokens_is_read(body: bytes, tokens: int) -> None:
    assert said(body).tokens == tokens


def stored(folder: Path, tmp_path: Path, text: bytes = b"yes") -> Path:
    with open_tape(tmp_path / "first.jsonl") as tape:
        tape.start(NOW)
        tape.add("base", "c", WHERE, said(text))
        tape.add("head", "of head", WHERE, said(b"no"))
        path = store_lines(folder, NOW, tape.lines_of(["base"]))
    assert path is not None
    return path


def test_a_later_run_hears_what_base_heard_and_nothing_of_head(tmp_path: Path) -> None:
    path = stored(tmp_path / "shared", tmp_path)
    assert find_stored(tmp_path / "shared") == [path]
    with open_tape(tmp_path / "second.jsonl") as tape:
        tape.load_stored(path, THEN)
        assert tape.find_stored("c", WHERE) == said(b"yes")
        assert tape.find_stored("of head", WHERE) is None
        assert tape.find("base", "c", WHERE) is None


def test_what_is_too_old_is_left_alone(tmp_path: Path) -> None:
    path = stored(tmp_path / "shared", tmp_path)
    with open_tape(tmp_path / "second.jsonl") as tape:
        tape.load_stored(path, datetime(2026, 6, 2, tzinfo=UTC))
        assert tape.find_stored("c", WHERE) is None


def test_an_altered_file_is_passed_over_with_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = stored(tmp_path / "shared", tmp_path)
    path.write_bytes(path.read_bytes().replace(b"yes", b"YES"))
    with open_tape(tmp_path / "second.jsonl") as tape:
        tape.load_stored(path, THEN)
        assert tape.find_stored("c", WHERE) is None
    assert "passed over" in caplog.text


def test_a_torn_last_line_is_cut_off_when_a_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    with open_tape(path) as tape:
        tape.start(NOW)
        tape.add("base", "c", WHERE, said(b"yes"))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"type": "answer", "conte')
    with open_tape(path) as tape:
        tape.resume()
        assert tape.find("base", "c", WHERE) == said(b"yes")
        tape.add("base", "d", WHERE, said(b"more"))
        assert tape.find("base", "d", WHERE) == said(b"more")
    assert path.read_bytes().startswith(whole + b'{"type":"answer"')


def test_a_symbolic_link_is_no_recording(tmp_path: Path) -> None:
    path = stored(tmp_path / "shared", tmp_path)
    (tmp_path / "shared" / "link.answers.jsonl").symlink_to(path)
    assert find_stored(tmp_path / "shared") == [path]


def test_a_run_without_answers_leaves_no_file(tmp_path: Path) -> None:
    assert store_lines(tmp_path / "shared", NOW, []) is None
    assert tapes.MOST_STORED_BYTES > tapes.LONGEST_ANSWER
