"""One pass after the other: nothing twice, nothing lost, in whatever order it comes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate_action.config.loop.ingest import FilesSource
from gate_action.errors import ConfigError
from gate_action.loop.ingest.assembling import assemble
from gate_action.loop.ingest.places import LocalFile
from gate_action.loop.ingest.seam import Part
from gate_action.loop.ingest.unpacking import Bytes
from tests.loop.ingest.ingesting import Desk, Pile, reader
from tests.loop.ingest.records import chat, line, span

AGENT = {"gen_ai.operation.name": "invoke_agent"}
FEEDBACK = {
    "annotations.0.annotation.name": "thumb",
    "annotations.0.annotation.label": "down",
    "annotations.0.annotation.identifier": "i1",
}


def said_of(trace: int, number: int, *, at: int = 99) -> bytes:
    link = [{"traceId": f"{trace:032x}", "spanId": f"{number:016x}"}]
    return line(span(at, FEEDBACK, trace=1000 + at, links=link))


def test_a_second_pass_opens_no_file(pile: Pile):
    pile.write("a.jsonl", line(span(1, chat("q", "a"))))
    pile.write("folder/b.jsonl", line(span(2, chat("q", "a"), trace=2)))
    assert len(pile.read_all()) == 2
    for path in pile.folder.rglob("*.jsonl"):
        path.chmod(0)
    opened: list[str] = []

    @dataclass(frozen=True, slots=True)
    class Watched(LocalFile):
        @contextmanager
        def open(self, offset: int) -> Iterator[Bytes]:
            opened.append(self.name)
            with LocalFile.open(self, offset) as stream:
                yield stream

    again = reader(pile.folder, FilesSource(path="."))
    places = [Watched(one.name, one.path, one.size, one.stamp) for one in again.find() if isinstance(one, LocalFile)]
    assert not [batch for batch in again.read_places(places, pile.cursors) if batch.parts or batch.size]
    assert (len(places), opened) == (2, [])


def test_a_file_that_grows_is_read_on_from_where_it_ended(pile: Pile):
    first, second = line(span(1, chat("q1", "a"))), line(span(2, chat("q2", "a"), trace=2))
    assert [turn["input"] for turn in pile.read(first)] == ["q1"]
    pile.write("any", first + second)
    assert [turn["input"] for turn in pile.read_all()] == ["q2"]


def test_a_torn_last_line_is_told_and_read_once_it_is_whole(desk: Desk):
    first, second = line(span(1, chat("q1", "a"))), line(span(2, chat("q2", "a"), trace=2))
    desk.read(first + second[:-40])
    assert desk.faults() == [(f"any@{len(first)}", "torn")]
    assert [row["input"] for row in desk.rows("turn")] == ["q1"]
    desk.read(first + second)
    assert [row["input"] for row in desk.rows("turn")] == ["q1", "q2"]
    assert desk.faults() == []


def test_a_file_that_was_replaced_is_read_from_its_beginning(pile: Pile):
    pile.read(line(span(1, chat("q1", "a"))) * 3)
    turns = pile.read(line(span(2, chat("q2", "a"), trace=2)) + line(span(1, chat("q1", "a"))) * 4)
    assert {turn["input"] for turn in turns} == {"q1", "q2"}


def test_the_same_records_again_change_nothing(desk: Desk):
    content = line(span(1, chat("q", "a"))) + said_of(1, 1)
    desk.write("a", content)
    first = desk.ingest()
    kept = (desk.rows("turn"), desk.rows("feedback"))
    desk.write("b", content)
    second = desk.ingest()
    assert (desk.rows("turn"), desk.rows("feedback")) == kept
    (one,), (two,) = first.sources, second.sources
    assert (one.turns, one.feedback, two.turns, two.turns_replaced, two.feedback) == (1, 1, 0, 0, 0)


def test_a_trace_comes_together_over_files_and_passes(desk: Desk):
    inner = line(span(2, chat("q", "a", **{"gen_ai.usage.input_tokens": 5}), parent=1))
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find"}
    desk.read(inner, name="a")
    assert [row["span_id"][-1] for row in desk.rows("turn")] == ["2"]
    desk.read(said_of(1, 2), name="b")
    desk.read(line(span(3, tool, parent=1)), name="c")
    found = desk.read(line(span(1, AGENT)), name="d")
    (turn,) = found
    assert (turn["span_id"][-1], turn["input"], turn["output"], turn["input_tokens"]) == ("1", "q", "a", 5)
    assert '"find"' in turn["tool_calls"]
    (said,) = desk.rows("feedback")
    assert said["turn_id"] == turn["turn_id"]


def test_a_trace_that_was_whole_grows_once_more_and_keeps_what_it_had(desk: Desk):
    tool = {"gen_ai.operation.name": "execute_tool"}
    first, second = {**tool, "gen_ai.tool.name": "one"}, {**tool, "gen_ai.tool.name": "two"}
    documents = {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": '[{"content": "A."}]'}
    whole = line(
        span(1, AGENT),
        span(2, documents, parent=1),
        span(3, first, parent=1),
        span(4, chat("q", "a", **{"gen_ai.usage.input_tokens": 5}), parent=1),
    )
    late = line(span(5, second, parent=1), span(6, chat("q", "b", **{"gen_ai.usage.input_tokens": 7}), parent=1))
    desk.read(whole, name="a")
    (grown,) = desk.read(late, name="b")
    desk.store.connection.execute("DELETE FROM pending; DELETE FROM cursor; DELETE FROM turn")
    (at_once,) = desk.read(whole + late, name="a")
    assert grown == at_once
    assert (grown["output"], grown["input_tokens"], grown["context"]) == ("b", 12, '["A."]')
    assert '"one"' in grown["tool_calls"]
    assert '"two"' in grown["tool_calls"]


def test_a_turn_that_was_erased_is_not_brought_back_by_a_late_span(desk: Desk):
    desk.read(line(span(1, AGENT), span(2, chat("q", "a"), parent=1)), name="a")
    desk.store.connection.execute("DELETE FROM turn")
    assert desk.read(line(span(3, chat("q", "b"), parent=1)), name="b") == []


def test_feedback_that_comes_first_waits_and_is_counted(desk: Desk):
    desk.write("feedback", said_of(1, 1))
    assert desk.ingest().orphans == 1
    desk.write("spans", line(span(1, chat("q", "a"))))
    assert desk.ingest().orphans == 0
    (said,), (turn,) = desk.rows("feedback"), desk.rows("turn")
    assert said["turn_id"] == turn["turn_id"]


def test_a_trace_that_has_not_grown_for_two_days_is_closed_and_its_turn_stays(desk: Desk):
    desk.read(line(span(1, chat("q", "a"))))
    assert len(desk.rows("pending")) == 1
    desk.now += timedelta(hours=49)
    desk.ingest()
    assert (len(desk.rows("pending")), len(desk.rows("turn"))) == (0, 1)


def test_users_are_known_by_keys_and_without_a_secret_not_at_all(desk: Desk):
    desk.write("a", line(span(1, chat("q", "a", **{"user.id": "ann@example.org"}))))
    desk.ingest(secret="")
    (turn,) = desk.rows("turn")
    assert turn["user_key"] == ""
    desk.store.connection.execute("DELETE FROM cursor")
    desk.ingest()
    (turn,) = desk.rows("turn")
    assert turn["user_key"]
    everything = desk.store.connection.execute("SELECT * FROM turn, pending").fetchall()
    assert "ann@example.org" not in str(everything)


def test_nothing_at_the_path_is_an_error(desk: Desk):
    with pytest.raises(ConfigError, match="no file at nowhere"):
        desk.ingest("nowhere")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told_and_the_next_one_is_read(pile: Pile):
    pile.write("a", b"{}").chmod(0)
    assert len(pile.read(line(span(1, chat("q", "a"))), name="b")) == 1
    assert pile.faults() == [("a", "unreadable")]


@st.composite
def traces(draw: st.DrawFn) -> list[Part]:
    """Spans of any kinds below each other in any way, also in rings and below spans that nobody has."""
    size = draw(st.integers(1, 7))
    return [
        Part(
            trace_id="t",
            span_id=str(number),
            parent_id=draw(st.sampled_from(["", "unknown", *map(str, range(size))])),
            start_us=draw(st.integers(0, 5)),
            end_us=draw(st.integers(0, 9)),
            kind=draw(st.sampled_from(["", "agent", "model", "tool", "retrieval"])),
            input=draw(st.sampled_from(["", "q1", "q2"])),
            output=draw(st.sampled_from(["", "a"])),
            tool_calls=draw(st.sampled_from(["", '[{"name":"x","arguments":null,"result":null}]'])),
        )
        for number in range(size)
    ]


@given(traces(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_turns_do_not_depend_on_the_order_of_spans(parts: list[Part], shuffled: Random):
    mixed = list(parts)
    shuffled.shuffle(mixed)
    assert assemble(mixed) == assemble(parts)


@given(traces())
@settings(max_examples=60, deadline=None)
def test_every_span_that_answers_belongs_to_exactly_one_turn(parts: list[Part]):
    made = assemble(parts)
    members = [span_id for one in made for span_id in (one.turn.span_id, *one.steps)]
    assert len(members) == len(set(members))
    answering = {part.span_id for part in parts if part.kind in {"agent", "model"}}
    assert answering <= set(members)


def test_a_trace_whose_spans_take_several_rows_is_one_trace(desk: Desk):
    noise = Random(3)
    words = "".join(chr(noise.randrange(0x4E00, 0x9FFF)) for _ in range(20_000))
    told = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "x", "gen_ai.tool.call.result": words}
    desk.write("any", line(span(1, told, parent=9)))
    (tally,) = desk.ingest().sources
    assert len(desk.rows("pending")) > 3
    assert tally.traces == 1
