from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate_action.loop.forgetting import Person, erase, find_person
from gate_action.loop.ingest.packing import Packer
from gate_action.loop.ingest.seam import Part
from gate_action.loop.store import Store, arrow_table, open_store
from gate_action.loop.tables import TABLES
from tests.loop.complaints import MONDAY, complaint, fill, rows_of, turn

pytestmark = pytest.mark.slow
KEY = "k-kim"
NAIVE = MONDAY.replace(tzinfo=None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Kim's turn, nobody's turn in Kim's conversation, a trace of Kim's that still grows; and Ann's."""
    with open_store(tmp_path / "store.duckdb") as opened:
        turns = [
            turn(0, user=KEY, conversation_id="conversation-kim", output="Kim " * 1_000),
            turn(1, user="", conversation_id="conversation-kim"),
            turn(2, user="k-ann", conversation_id="conversation-ann"),
            turn(3, user="", conversation_id=""),
        ]
        orphan = complaint(9, "for the whole talk")
        said = [
            complaint(0),
            complaint(2),
            replace(orphan, trace_id="", span_id="", conversation_id="conversation-kim"),
        ]
        fill(opened, turns, said)
        for name, rows in _rest().items():
            opened.upsert(name, arrow_table(name, rows))
        yield opened


def _rest() -> dict[str, list[dict[str, Any]]]:
    label = {
        "classifier_digest": "c",
        "classifier": "rules",
        "label": "hallucination",
        "proposed_name": "",
        "at": NAIVE,
    }
    cluster = {"label": "hallucination", "title": "t", "classifier_digest": "c", "first_cycle": "1", "last_cycle": "1"}
    promoted = {"cluster_id": "c-1", "cycle_id": "1", "outcome": "proposed", "path": "", "reviewer": "", "seconds": 0.0}
    packer = Packer()
    growing = {
        "trace-kim": Part(trace_id="trace-kim", span_id="s", user_key=KEY, input="Mine"),
        "trace-ann": Part(trace_id="trace-ann", span_id="s", user_key="k-ann", input="Hers"),
    }
    return {
        "classification": [
            {**label, "turn_id": f"t000{n}", "sentence": f"It failed {who}."} for n, who in ((0, "Kim"), (2, "Ann"))
        ],
        "cluster": [
            {**cluster, "cluster_id": f"c-{who}", "sentence": f"It failed {who}.", "status": "open"}
            for who in ("Kim", "Ann")
        ],
        "promotion": [
            {
                **promoted,
                "row_id": f"row-{n}",
                "turn_id": f"t000{n}",
                "user_key": key,
                "complained_at": None,
                "at": NAIVE,
            }
            for n, key in ((0, KEY), (1, ""), (2, "k-ann"))
        ],
        "arrival": [{"row_id": f"row-{n}", "at": NAIVE} for n in range(3)],
        "pending": [
            {"trace_id": name, "place": 0, "seen_at": NAIVE, "spans": packer.pack({"s": part}, [])}
            for name, part in growing.items()
        ],
    }


def test_a_person_is_found_in_turns_conversations_rows_and_traces_that_still_grow(store: Store):
    person = find_person(store, KEY)
    assert person.turn_ids == {"t0000", "t0001"}
    assert person.row_ids == {"row-0", "row-1"}
    assert person.conversation_ids == {"conversation-kim"}
    assert "trace-kim" in person.trace_ids
    assert person.is_known
    assert not find_person(store, "k-nobody").is_known


def test_nothing_of_the_person_is_left_in_any_table_and_all_of_the_others_is(store: Store):
    person = find_person(store, KEY)
    before = {name: len(rows_of(store, name)) for name in TABLES}
    erased = erase(store, person)
    left = str({name: rows_of(store, name) for name in TABLES})
    named = {KEY, *person.turn_ids, *person.row_ids, *person.conversation_ids, *person.trace_ids, "failed Kim"}
    assert [mark for mark in named if f"'{mark}'" in left or "failed Kim" in left] == []
    assert {name: before[name] - len(rows_of(store, name)) for name in erased} == {**erased, "cluster": 0}
    assert erased.keys() >= {
        "turn",
        "feedback",
        "classification",
        "cluster",
        "promotion",
        "arrival",
        "pending",
        "turn_text",
    }
    sentences = {row["cluster_id"]: row["sentence"] for row in rows_of(store, "cluster")}
    assert sentences == {"c-Kim": "", "c-Ann": "It failed Ann."}
    assert {row["turn_id"] for row in rows_of(store, "turn")} == {"t0002", "t0003"}
    assert [row["trace_id"] for row in rows_of(store, "pending")] == ["trace-ann"]


def test_of_whom_nothing_is_known_nothing_is_erased(store: Store):
    assert erase(store, Person(user_key="k-nobody")) == {}
