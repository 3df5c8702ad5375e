"""A text is the same again, however long it is, and no row is large."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.store import Store, open_store
from gate_action.loop.texts import PIECE, TEXTS, complete_texts, cut_texts, join_texts, pieces_in, pieces_in_store
from gate_action.model.loop import Turn
from tests.loop.complaints import MONDAY, fill, rows_of, turn

LENGTHS = st.sampled_from([0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7])


def text(length: int, first: int = 0) -> str:
    """Of letters of one to four bytes."""
    return "".join("aé語😀"[(first + place) % 4] for place in range(length))


def _texts(lengths: Mapping[str, int], first: int) -> dict[str, Any]:
    return {name: text(length, first) for name, length in lengths.items()}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb") as opened:
        yield opened


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(TEXTS, LENGTHS)), max_size=4))
def test_texts_of_any_length_are_cut_and_joined(lengths: list[dict[str, int]]):
    turns: list[Turn] = [Turn(turn_id=f"t{n}", at=MONDAY, **_texts(told, n)) for n, told in enumerate(lengths)]
    cut = cut_texts(turns)
    assert all(0 < len(piece) <= PIECE for *_, piece in cut.pieces)
    rows = [{"turn_id": one.turn_id, **{name: cut.heads[name][n] for name in TEXTS}} for n, one in enumerate(turns)]
    assert all(len(row[name]) <= PIECE for row in rows for name in TEXTS)
    join_texts(rows, reversed(cut.pieces))
    assert rows == [{"turn_id": one.turn_id, **{name: getattr(one, name) for name in TEXTS}} for one in turns]


def test_a_row_is_completed_from_the_store_with_ibis_and_without(store: Store):
    long: dict[str, Any] = {"input": text(2 * PIECE + 5), "output": text(PIECE), "messages": text(4 * PIECE, 1)}
    fill(store, [turn(1, **long), turn(2)], [])
    for find in (pieces_in(store.table), pieces_in_store(store)):
        rows = [{name: row[name] for name in ("turn_id", *TEXTS)} for row in rows_of(store, "turn")]
        assert max(len(row["messages"]) for row in rows) == PIECE
        first, second = complete_texts(rows, ["input", "output"], find)
        assert (first["input"], first["output"], len(first["messages"])) == (long["input"], long["output"], PIECE)
        assert second["input"] == "question 2"


def test_a_text_that_became_shorter_keeps_none_of_its_former_pieces(store: Store):
    fill(store, [turn(1, input=text(5 * PIECE))], [])
    assert store.count("turn_text") == 4
    fill(store, [turn(1, input=text(2 * PIECE, 1))], [])
    assert [row["piece"] for row in rows_of(store, "turn_text")] == [text(2 * PIECE, 1)[PIECE:]]


def test_an_input_of_an_analysis_is_whole(store: Store):
    """A text whose difference lies at its end: in clusters, to the classifier and in what is promoted."""
    from gate_action.loop.classify.rows import Choice, find_line, load_subjects
    from tests.loop.complaints import complaint

    long = text(3 * PIECE) + " the end"
    fill(store, [turn(1, input=long, context=f'["{long}"]')], [complaint(1)])
    (subject,) = load_subjects(store, find_line(store, Choice()).waiting)
    assert (subject.input, subject.context) == (long, f'["{long}"]')
