from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from gate_action.loop.attention import Stopwatch
from gate_action.loop.pace import find_noted, measure_pace, note_attention, note_sitting
from gate_action.loop.store import Store, arrow_table, open_store
from gate_action.model.pace import Attention, PullsSpent, SittingKind, Spent, Spread
from gate_action.report.loop.pace_words import say_pace
from tests.loop.complaints import MONDAY

NOW = MONDAY.replace(tzinfo=None)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("pace") / "store.duckdb") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _empty(store: Store) -> None:
    for table in ("promotion", "arrival", "sitting", "pull_request"):
        store.connection.execute(f"DELETE FROM {table}")


def sat(*seconds: float) -> Stopwatch:
    clock = iter([0.0, *seconds])
    watch = Stopwatch(lambda: next(clock))
    watch.begin()
    for _ in seconds:
        watch.act()
    return watch


def promote(store: Store, row: str, outcome: str, *, complained: float | None, merged: float | None) -> None:
    """Both in days after NOW."""
    empty = {"turn_id": "", "user_key": "", "cluster_id": "c", "cycle_id": "", "path": "", "reviewer": ""}
    at = None if complained is None else NOW + timedelta(days=complained)
    told: dict[str, Any] = {**empty, "row_id": row, "outcome": outcome, "seconds": 0.0, "complained_at": at, "at": NOW}
    store.upsert("promotion", arrow_table("promotion", [told]))
    if merged is not None:
        arrival: dict[str, Any] = {"row_id": row, "at": NOW + timedelta(days=merged)}
        store.upsert("arrival", arrow_table("arrival", [arrival]))


def ended(number: int, days: float, *, seconds: float | None, is_merged: bool = True) -> Attention:
    until = NOW + timedelta(days=days)
    seen = None if seconds is None else NOW + timedelta(days=days / 2)
    return Attention(
        number=number, opened_at=NOW, ended_at=until, is_merged=is_merged, first_act_at=seen, seconds=seconds
    )


def test_a_store_in_which_nothing_happened_tells_nothing_and_no_zeros(store: Store):
    pace = measure_pace(store)
    assert (pace.learnt, pace.minutes_a_fixture, pace.pulls) == (None, None, PullsSpent())
    assert say_pace(pace) == []


def test_the_time_from_a_complaint_to_the_merged_fixture_is_told_with_its_spread(store: Store):
    promote(store, "a", "proposed", complained=0, merged=2)
    promote(store, "b", "accepted", complained=0, merged=5)
    promote(store, "c", "edited", complained=None, merged=6)
    promote(store, "d", "proposed", complained=1, merged=None)
    promote(store, "e", "rejected", complained=1, merged=None)
    pace = measure_pace(store)
    assert (pace.merged, pace.waiting, pace.learnt) == (3, 1, Spread(3.5, 2.0, 5.0))
    assert say_pace(pace) == [
        "promoted fixtures: 3 merged, 1 not merged so far",
        "from the first complaint to the merged fixture: 3.5 days, 2.0 to 5.0",
    ]


def test_sittings_add_up_and_one_in_which_nobody_did_anything_is_none(store: Store):
    note_sitting(store, SittingKind.REVIEW, sat(60, 100), 2, NOW)
    note_sitting(store, SittingKind.REVIEW, sat(20), 1, NOW + timedelta(hours=1))
    note_sitting(store, SittingKind.LABELLING, sat(90), 9, NOW)
    note_sitting(store, SittingKind.LABELLING, sat(), 0, NOW + timedelta(hours=1))
    pace = measure_pace(store)
    assert (pace.reviews, pace.labelling) == (Spent(2, 120.0), Spent(1, 90.0))
    assert say_pace(pace) == ["people's time: reviews 2.0 minutes in 2 sittings; labelling 1.5 minutes in 1 sitting"]


def test_time_on_pull_requests_is_a_least_and_what_is_not_known_is_said(store: Store):
    note_attention(
        store, [ended(1, 2, seconds=180.0), ended(2, 1, seconds=None), ended(3, 9, seconds=60.0, is_merged=False)]
    )
    assert find_noted(store) == {1, 2, 3}
    pace = measure_pace(store)
    assert (pace.pulls.ended, pace.pulls.known, pace.pulls.seconds) == (3, 2, 240.0)
    assert (pace.pulls.until_seen, pace.pulls.until_merged) == (Spread(2.75, 1.0, 4.5), Spread(1.5, 1.0, 2.0))
    assert say_pace(pace) == [
        "people's time: at least 4.0 minutes in 2 pull requests, not known of 1 pull request",
        "pull requests: first looked at after 2.8 days, 1.0 to 4.5; merged after 1.5 days, 1.0 to 2.0",
    ]


def test_minutes_for_each_merged_fixture_are_of_all_that_is_known(store: Store):
    promote(store, "a", "proposed", complained=0, merged=2)
    note_attention(store, [ended(1, 2, seconds=None)])
    assert measure_pace(store).minutes_a_fixture is None
    note_sitting(store, SittingKind.REVIEW, sat(120), 1, NOW)
    promote(store, "b", "proposed", complained=0, merged=2)
    assert measure_pace(store).minutes_a_fixture == 1.0
