"""What is new is written without a search, what is known is met: the store is the same either way."""

import random
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gate_action.loop.ingest.bundling import Bundler, divide
from gate_action.loop.ingest.seam import Batch, Part
from gate_action.loop.ingest.seen import Seen
from gate_action.loop.ingest.writing import Writer
from gate_action.loop.texts import TEXTS, complete_texts, pieces_in
from tests.loop.ingest.ingesting import NOW, Desk

STEPS = [
    Part(trace_id="t", span_id="1", start_us=1, end_us=9, kind="agent"),
    Part(trace_id="t", span_id="2", parent_id="1", start_us=2, kind="tool", tool_calls='[{"name":"x"}]'),
    Part(trace_id="t", span_id="3", parent_id="1", start_us=3, kind="model", input="q", messages='["q"]', output="a"),
    Part(trace_id="t", span_id="4", parent_id="1", start_us=4, kind="model", input="q", output="b", input_tokens=7),
]


def alone(name: str) -> Part:
    return Part(trace_id=name, span_id="1", start_us=1, kind="model", input=f"q of {name}", output="a")


@given(st.lists(st.lists(st.integers(0, 200), max_size=20), max_size=8))
def test_a_trace_is_met_from_its_second_time_on(batches: list[list[int]]):
    seen, before = Seen(np.array([1, 3, 3], np.uint64)), Counter({1: 1, 3: 1})
    for batch in batches:
        known = seen.meet(np.array(batch, np.uint64))
        assert [bool(one) for one in known] == [one in before for one in batch]
        before.update(batch)


def test_many_new_traces_are_folded_into_the_old_ones():
    seen = Seen(np.array([], np.uint64))
    for begin in range(0, 120_000, 30_000):
        assert not seen.meet(np.arange(begin, begin + 30_000, dtype=np.uint64)).any()
    assert seen.meet(np.arange(0, 120_000, dtype=np.uint64)).all()


def test_traces_are_divided_in_all_tables():
    tool = Part(trace_id="b", span_id="2", parent_id="1", start_us=2, kind="tool", slices=(("locale", "en"),))
    traces = Bundler(NOW).bundle(Batch(parts=[alone("a"), alone("b"), tool])).traces
    assert traces is not None
    chosen, rest = divide(traces, ["b", "nobody"])
    assert [table.num_rows for table in chosen] == [1, 0, 1, 1, 1]
    assert [table.num_rows for table in rest] == [1, 0, 0, 0, 1]
    assert rest.turn["trace_id"].to_pylist() == ["a"]


def test_a_trace_is_the_same_in_whatever_two_batches_it_comes(desk: Desk):
    """Also where what is written first is a whole trace, and what comes then is another whole one."""
    whole = {f"t{first}": [replace(part, trace_id=f"t{first}") for part in STEPS] for first in range(1, 16)}
    begun = [part for trace, parts in whole.items() for bit, part in enumerate(parts) if int(trace[1:]) >> bit & 1]
    writer, bundler = Writer(desk.store, NOW), Bundler(NOW)
    for batch in (begun, [part for parts in whole.values() for part in parts]):
        writer.write("files", bundler.bundle(Batch(parts=batch)))
    turns = desk.rows("turn")
    assert {turn["trace_id"] for turn in turns} == {*whole}
    for turn in turns:
        assert (turn["span_id"], turn["input"], turn["messages"], turn["output"]) == ("1", "q", '["q"]', "b")
        assert (turn["input_tokens"], turn["tool_calls"]) == (7, '[{"name":"x"}]')
    steps = Counter(row["trace_id"] for row in desk.rows("step"))
    assert steps == dict.fromkeys(whole, 3)


def test_a_trace_grows_whose_texts_are_longer_than_a_row(desk: Desk):
    """What a whole trace has left to its turn comes back from the pieces, and what is packed lies in pieces itself."""
    long = "".join(f"{number:07}" for number in range(3_000))
    begun = [replace(part, output=part.output and part.output + long, input=part.input and long) for part in STEPS]
    writer, bundler = Writer(desk.store, NOW), Bundler(NOW)
    writer.write("files", bundler.bundle(Batch(parts=begun)))
    late = Part(trace_id="t", span_id="5", parent_id="1", start_us=5, kind="tool", tool_calls='[{"name":"y"}]')
    writer.write("files", bundler.bundle(Batch(parts=[late])))
    (turn,) = complete_texts(desk.rows("turn"), TEXTS, pieces_in(desk.store.table))
    assert (turn["input"], turn["output"]) == (long, "b" + long)
    assert (turn["tools"], turn["tool_calls"]) == ("x\ny", '[{"name":"x"},{"name":"y"}]')


def test_what_is_packed_of_a_trace_without_its_root_is_found_again_whatever_its_size(desk: Desk):
    noise = random.Random(5)
    words = "".join(chr(noise.randrange(0x4E00, 0x9FFF)) for _ in range(20_000))
    model = Part(trace_id="t", span_id="4", parent_id="1", start_us=4, kind="model", input="q", output=words)
    root = Part(trace_id="t", span_id="1", start_us=1, end_us=9, kind="agent")
    writer, bundler = Writer(desk.store, NOW), Bundler(NOW)
    writer.write("files", bundler.bundle(Batch(parts=[model])))
    assert len(desk.rows("pending")) > 3
    writer.write("files", bundler.bundle(Batch(parts=[root])))
    assert len(desk.rows("pending")) == 1
    (turn,) = complete_texts(desk.rows("turn"), TEXTS, pieces_in(desk.store.table))
    assert (turn["span_id"], turn["output"]) == ("1", words)


def test_new_and_known_traces_of_one_batch_are_counted_apart(desk: Desk):
    writer, bundler = Writer(desk.store, NOW), Bundler(NOW)
    first = writer.write("files", bundler.bundle(Batch(parts=[alone("a"), STEPS[2]])))
    again = writer.write("files", bundler.bundle(Batch(parts=[alone("a"), alone("b"), *STEPS])))
    assert (first.turns, first.turns_replaced, first.withdrawn) == (2, 0, 0)
    assert (again.turns, again.turns_replaced, again.withdrawn) == (2, 0, 1)
    assert sorted(row["trace_id"] for row in desk.rows("turn")) == ["a", "b", "t"]


def test_turns_of_traces_that_are_closed_are_replaced(desk: Desk):
    bundle = Bundler(NOW).bundle(Batch(parts=[alone("a")]))
    Writer(desk.store, NOW).write("files", bundle)
    desk.store.connection.execute("DELETE FROM pending")
    again = Writer(desk.store, NOW).write("files", bundle)
    assert (again.turns, again.turns_replaced, len(desk.rows("turn"))) == (0, 1, 1)
