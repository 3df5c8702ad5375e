from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gate_action.loop.promote.settling import settle
from gate_action.loop.store import Store, arrow_table, open_store
from gate_action.model.promotion import ReviewOutcome
from tests.loop.complaints import rows_of

pytestmark = pytest.mark.slow
CLUSTER = {"label": "hallucination", "title": "t", "sentence": "s", "classifier_digest": "c", "first_cycle": "1"}
ROWS = {"a1": "a", "a2": "a", "b1": "b", "c1": "c"}


@pytest.fixture
def store(tmp_path: Path):
    """Three promoted clusters, of which ``c`` was watched before."""
    with open_store(tmp_path / "store.duckdb") as opened:
        _put(opened, "cluster", [{**CLUSTER, "cluster_id": n, "last_cycle": "1", "status": "promoted"} for n in "abc"])
        empty = {"turn_id": "", "user_key": "", "cycle_id": "", "path": "", "reviewer": "", "seconds": 0.0}
        times = {"complained_at": None, "at": None}
        rows = [
            {**empty, **times, "row_id": row, "cluster_id": name, "outcome": "proposed"} for row, name in ROWS.items()
        ]
        _put(opened, "promotion", rows)
        watch = {"watch_id": "w", "cluster_id": "c", "commit_sha": "", "pull_request": 1, "registered_at": None}
        _put(opened, "watch", [{**watch, "at": None, "verdict": "held", "since": None, "is_open_for_training": False}])
        yield opened


def _put(store: Store, name: str, rows: list[dict[str, Any]]) -> None:
    store.upsert(name, arrow_table(name, rows))


def _told(store: Store, name: str, key: str, value: str) -> Mapping[str, str]:
    return {row[key]: row[value] for row in rows_of(store, name)}


def test_a_cluster_whose_every_row_was_turned_down_is_open_again(store: Store):
    assert settle(store, {"a1", "a2", "unheard-of"}) == ("a",)
    assert _told(store, "cluster", "cluster_id", "status") == {"a": "open", "b": "promoted", "c": "promoted"}
    outcomes = _told(store, "promotion", "row_id", "outcome")
    assert outcomes == {"a1": "rejected", "a2": "rejected", "b1": "proposed", "c1": "proposed"}


def test_a_cluster_of_which_a_row_is_left_waits_for_its_fix(store: Store):
    assert settle(store, {"a1"}) == ()
    assert settle(store, {"a2"}) == ("a",)


def test_a_cluster_that_was_fixed_before_has_come_back_still(store: Store):
    assert settle(store, {"b1", "c1"}, ReviewOutcome.SKIPPED) == ("b", "c")
    assert _told(store, "cluster", "cluster_id", "status")["c"] == "reopened"


def test_what_is_settled_is_settled_once(store: Store):
    settle(store, {"a1", "a2"})
    assert settle(store, {"a1", "a2"}) == ()
