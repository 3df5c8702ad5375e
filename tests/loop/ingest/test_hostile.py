"""What is broken, foreign or meant badly never stops a pass, costs little, and is told with its place."""

import gzip
import io
import json
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gate_action.loop.ingest.cutting import LIMIT, cut_frames, cut_lines
from gate_action.loop.ingest.ids import read_id
from gate_action.loop.ingest.times import read_time
from gate_action.loop.ingest.unpacking import PackingError, Peekable, unpack
from tests.loop.ingest.ingesting import Desk, Pile
from tests.loop.ingest.records import any_value, chat, line, request, span

pytestmark = pytest.mark.slow

SEED = 20_261_125


def good(number: int) -> bytes:
    return line(span(number, chat(f"q{number}", "a"), trace=number))


def torn(draw: random.Random) -> bytes:
    whole = good(draw.randrange(10**6))
    return whole[: draw.randrange(1, len(whole) - 3)].replace(b"\n", b"") + b"\n"


def mangled(draw: random.Random) -> bytes:
    """A good line with bytes of it replaced, where this makes it unreadable."""
    whole = bytearray(good(draw.randrange(10**6))[:-1])
    for _ in range(5):
        whole[draw.randrange(len(whole))] = draw.choice(b'\x00\x01{}[]"\\\xff\xfe')
    whole[0:1] = b"#"
    return bytes(whole).replace(b"\n", b" ") + b"\n"


def noise(draw: random.Random) -> bytes:
    return bytes(draw.randrange(256) for _ in range(draw.randrange(1, 200))).replace(b"\n", b"?").strip() + b"!\n"


def misshapen(draw: random.Random) -> bytes:
    """OTLP whose parts are of wrong types."""
    told = request(span(1, chat("q", "a")))
    wrong: Any = draw.choice([None, 7, "x", [], {}, [None], [[1]], True, -1])
    place = draw.choice(["resourceSpans", "scopeSpans", "spans", "attributes", "traceId", "startTimeUnixNano", "value"])
    scopes = told["resourceSpans"][0]["scopeSpans"]
    match place:
        case "resourceSpans":
            told["resourceSpans"] = wrong
        case "scopeSpans":
            told["resourceSpans"][0]["scopeSpans"] = wrong
        case "spans":
            scopes[0]["spans"] = wrong
        case "value":
            scopes[0]["spans"][0]["attributes"][0]["value"] = wrong
        case _:
            scopes[0]["spans"][0][place] = wrong
    return json.dumps(told).encode() + b"\n"


FOREIGN = [
    b'{"level": "info", "msg": "started"}',
    b"[1, 2, 3]",
    b"null",
    b"42",
    b'"text"',
    b'{"resourceMetrics": []}',
    b"2026-11-02T10:00:00Z INFO started, listening on 8080",
    b"a,b,c",
    b"<html></html>",
    b'{"a": NaN}',
    b'{"a": "\\ud800"}',
    b"{" * 5_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    b"\x00" * 50,
    b"\xff\xfe{\x00}\x00",
    b'{"a": 1e999999}',
    b'{"a": ' + b"9" * 10_000 + b"}",
]


def test_a_thousand_broken_and_foreign_lines_stop_nothing_and_each_is_told_with_its_offset(pile: Pile):
    draw = random.Random(SEED)
    makers: list[Callable[[random.Random], bytes]] = [torn, mangled, noise, lambda draw: draw.choice(FOREIGN) + b"\n"]
    bad = [draw.choice(makers)(draw) for _ in range(1_000)]
    lines = [*bad, *(good(number) for number in range(1, 101))]
    draw.shuffle(lines)
    turns = pile.read(b"".join(lines))
    assert sorted(turn["input"] for turn in turns) == sorted(f"q{number}" for number in range(1, 101))
    offsets, offset = {}, 0
    for one in lines:
        offsets[f"any@{offset}"] = one
        offset += len(one)
    told = {place.partition("[")[0] for place, _ in pile.faults()}
    blank = {place for place, one in offsets.items() if one.isspace()}
    assert told == {place for place, one in offsets.items() if one in set(bad)} - blank
    assert len(told) > 950


def test_no_wrong_type_anywhere_in_otlp_stops_a_pass(pile: Pile):
    draw = random.Random(SEED)
    lines = [misshapen(draw) for _ in range(400)]
    assert "last" in {turn["input"] for turn in pile.read(b"".join(lines) + line(span(9, chat("last", "a"), trace=9)))}


@given(st.binary(max_size=300))
@example(b"\x1f\x8b")
@example(b"\x28\xb5\x2f\xfd")
@settings(max_examples=50, deadline=None)
def test_any_bytes_are_read_or_told(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    pile = Pile(tmp_path_factory.mktemp("any"))
    assert pile.read(content) == []


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers())))
def test_ids_and_times_are_read_or_empty(value: Any):
    assert len(read_id(value, 32)) <= 200
    assert read_time(value) >= 0


@pytest.mark.parametrize(
    "text", ["nul \0 inside", "half \ud83d of a character", "\u202e reversed", "e\u0301", "\x1b[2J"]
)
def test_strange_characters_are_kept_or_marked_and_stored(desk: Desk, text: str):
    told = {"gen_ai.operation.name": "chat", "user_input": text, "model_output": text, "session.id": text}
    (turn,) = desk.read(line(span(1, told)))
    assert turn["input"] == turn["output"] == text.replace("\ud83d", "\ufffd").replace("\0", "\ufffd")


def test_a_key_that_stands_twice_counts_once(pile: Pile):
    one = span(1, chat("q", "first"))
    one["attributes"] += [{"key": "gen_ai.output.messages", "value": any_value("second")}]
    doubled = line(one).replace(b'"name": "any"', b'"name": "any", "name": "other"')
    (turn,) = pile.read(doubled)
    assert turn["output"] == "second"


def test_ids_that_clash_replace_each_other_and_no_other_turn(desk: Desk):
    desk.read(line(span(1, chat("q1", "a")), span(1, chat("q2", "a")), span(2, chat("q3", "a"), trace=2)))
    assert [turn["input"] for turn in desk.rows("turn")] == ["q2", "q3"]


def test_an_index_of_a_flattened_list_costs_no_memory(pile: Pile):
    told = {f"llm.input_messages.{10**9 + n}.message.content": str(n) for n in range(3)}
    told |= {f"llm.input_messages.{10**9 + n}.message.role": "user" for n in range(3)}
    (turn,) = pile.read(line(span(1, {"openinference.span.kind": "LLM", "output.value": "a", **told})))
    assert len(json.loads(turn["messages"])) == 3


@pytest.mark.slow
@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor(level=9).compress])
def test_a_bomb_ends_early_and_is_told(pile: Pile, pack: Callable[[bytes], bytes]):
    bomb = pack(b"x" * (400 * 2**20))
    assert pile.read(bomb) == []
    assert ("any", "too_large") in pile.faults() or ("any@0", "too_large") in pile.faults()


def test_a_packed_file_that_ends_too_early_gives_what_it_has(pile: Pile):
    lines = b"".join(good(number) for number in range(1, 2_000))
    packed = gzip.compress(lines)
    turns = pile.read(packed[: len(packed) // 2])
    assert 0 < len(turns) < 1_999
    assert pile.faults()[-1][1] == "torn"


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
@pytest.mark.parametrize("kept", [0.0001, 0.5, 0.9999])
def test_of_a_packed_file_that_is_torn_all_before_the_tear_is_read_and_the_tear_is_told(
    tmp_path: Path, pack: Callable[[bytes], bytes], kept: float
):
    draw = random.Random(SEED)
    lines = [draw.randbytes(30).hex().encode() + b"\n" for _ in range(5_000)]
    packed = pack(b"".join(lines))
    torn = packed[: int(len(packed) * kept)]
    stream, is_packed = unpack(io.BytesIO(torn))
    assert is_packed
    got: list[bytes] = []

    def read_all() -> None:
        while chunk := stream.read(2**20):
            got.append(chunk)

    with pytest.raises(PackingError, match="ends"):
        read_all()
    assert b"".join(lines).startswith(b"".join(got))
    assert len(b"".join(got)) / len(b"".join(lines)) > kept - 0.2  # zstd gives whole blocks


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_framed_message_whose_packing_is_torn_is_told(pile: Pile, pack: Callable[[bytes], bytes]):
    inner = pack(good(1))[:-6]
    assert pile.read(struct.pack(">I", len(inner)) + inner) == []
    assert pile.faults() == [("any@0", "not_protobuf")]


@pytest.mark.parametrize(
    ("head", "told"),
    [(b"PAR1", "Parquet"), (b"PK\x03\x04", "zip"), (b"BZh91AY", "bzip2"), (b"SQLite format 3\0", "SQLite")],
)
def test_a_file_of_a_kind_that_is_not_read_is_one_fault_which_says_what_to_do(pile: Pile, head: bytes, told: str):
    assert pile.read(head + random.Random(SEED).randbytes(5_000)) == []
    (fault,) = pile.found
    assert (fault.place, str(fault.kind)) == ("any", "foreign")
    assert told in fault.message
    assert pile.failure is not None


class Endless:
    """A stream of one byte, over and over, up to a size."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int, /) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return b"x" * size


@pytest.mark.slow
def test_a_line_without_end_is_passed_over_in_bounded_memory():
    pieces = list(cut_lines(Endless(5 * LIMIT)))
    assert [(piece.is_too_large, len(piece.content)) for piece in pieces] == [(True, 0)]


def test_a_frame_of_any_length_is_told(pile: Pile):
    small = zstandard.ZstdCompressor().compress(good(1))
    content = struct.pack(">I", len(small)) + small + struct.pack(">I", 4 * LIMIT) + b"too short"
    assert [turn["input"] for turn in pile.read(content)] == ["q1"]
    assert pile.faults() == [(f"any@{4 + len(small)}", "too_large")]


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 50))
def test_frames_come_out_as_they_went_in_whatever_the_chunks(messages: list[bytes], chunk: int):
    content = b"".join(struct.pack(">I", len(one)) + one for one in messages)

    class Slow:
        place = 0

        def read(self, size: int, /) -> bytes:
            begin, self.place = self.place, min(len(content), self.place + min(size, chunk))
            return content[begin : self.place]

    pieces = list(cut_frames(Peekable(Slow())))
    assert [piece.content for piece in pieces] == messages
    assert [piece.end for piece in pieces][-1:] == ([len(content)] if messages else [])


def test_a_trace_of_very_many_spans_takes_time_in_proportion(pile: Pile):
    told = {"gen_ai.operation.name": "chat"}
    chain = [span(n, told if n % 2 else {}, parent=n - 1) for n in range(1, 3_000)]
    ring = [span(n, told, trace=2, parent=n % 50 + 1) for n in range(1, 51)]
    turns = pile.read(line(*chain, *ring))
    assert len(turns) == 2
