"""Where a run lives: the name that its records are sorted by."""

from datetime import UTC, datetime, timedelta

from gate_action.wiring.places import _new_run_id


def test_ids_are_in_the_order_of_their_runs_within_one_second_too():
    start = datetime(2026, 11, 26, 4, 13, 8, tzinfo=UTC)
    ids = [_new_run_id(start + timedelta(milliseconds=at)) for at in (0, 9, 10, 255, 256, 999, 1000)]
    assert ids == sorted(ids)
