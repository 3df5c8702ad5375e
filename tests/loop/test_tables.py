from dataclasses import fields

import pytest

from gate_action.loop.tables import TABLES
from gate_action.model.loop import Cluster, Fault, Feedback, Turn


@pytest.mark.parametrize(
    ("kind", "name", "elsewhere"),
    [
        (Turn, "turn", {"slices"}),
        (Feedback, "feedback", set()),
        (Cluster, "cluster", set()),
        (Fault, "fault", set()),
    ],
)
def test_a_word_of_the_model_and_its_table_have_the_same_fields(kind: type, name: str, elsewhere: set[str]):
    beside = {"feedback": {"turn_id"}, "turn": {"history", "tools"}}.get(name, set())
    assert {field.name for field in fields(kind)} - elsewhere == set(TABLES[name].columns) - beside


def test_every_key_is_a_column():
    assert not [(name, part) for name, table in TABLES.items() for part in table.key if part not in table.columns]
