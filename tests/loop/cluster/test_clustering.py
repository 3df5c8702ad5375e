from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate_action.loop.cluster.clustering import Change, Clustering, Rules, Told, split_by_label
from gate_action.loop.cluster.rows import (
    Cycle,
    choose,
    load_clusters,
    load_members,
    load_membership,
    write_cycle,
)
from gate_action.loop.cluster.texts import group_by_words
from gate_action.loop.store import Store, arrow_table, open_store
from tests.loop.cluster.wording import JSON, ORDERS, say
from tests.loop.complaints import MONDAY, complaint, fill, rows_of, turn

pytestmark = pytest.mark.slow

DIGEST = "sha256:d"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb") as opened:
        yield opened


def add(store: Store, texts: Sequence[str], *, first: int, at: datetime, user: str | None = None) -> None:
    """Turns from the number ``first`` on, labelled ``format_error``, complained of by ``texts``."""
    turns = [turn(first + n, at=at + timedelta(minutes=n), user=user) for n in range(len(texts))]
    fill(store, turns, [complaint(first + n, text) for n, text in enumerate(texts)])
    rows: list[dict[str, Any]] = [
        {
            "turn_id": one.turn_id,
            "classifier_digest": DIGEST,
            "classifier": "rules",
            "label": "format_error",
            "sentence": "",
            "proposed_name": "",
            "at": at,
        }
        for one in turns
    ]
    store.upsert("classification", arrow_table("classification", rows))


def run_cycle(store: Store, week: int, *, rules: Rules | None = None, window_days: int = 28) -> tuple[Told, ...]:
    """At the end of the week ``week``, of which MONDAY is the first day of week 0."""
    until = MONDAY + timedelta(days=7 * (week + 1))
    cycle = Cycle(
        cycle_id=f"cycle-{week}",
        at=until,
        since=until - timedelta(days=window_days),
        until=until,
        classifier_digest=DIGEST,
    )
    before = load_membership(store)
    clustering = Clustering(cycle=cycle, rules=rules or Rules(), known=load_clusters(store), before=before)
    by_label = split_by_label(choose(load_members(store, cycle, ["format_error"]), cycle, before, 3))
    groups = {label: group_by_words([one.text for one in its], 3) for label, its in by_label.items()}
    told = clustering.run(by_label, groups)
    write_cycle(store, cycle, [one.cluster for one in told], {one.cluster.cluster_id: one.turns for one in told})
    return told


def week(number: int) -> datetime:
    return MONDAY + timedelta(days=7 * number)


@pytest.mark.slow
def test_one_users_five_hundred_complaints_are_no_cluster_and_three_peoples_are(store: Store):
    add(store, say(JSON[:1], 500), first=0, at=week(0), user="loud")
    assert run_cycle(store, 0) == ()
    add(store, say(ORDERS[1:2], 6), first=600, at=week(0))
    (told,) = run_cycle(store, 0)
    assert told.voices == 6
    assert set(told.turns) <= {f"t{600 + n:04}" for n in range(6)}


def test_a_small_team_may_ask_for_fewer_people(store: Store):
    add(store, say(ORDERS[1:2], 3), first=0, at=week(0), user="one")
    assert run_cycle(store, 0) == ()
    (told,) = run_cycle(store, 0, rules=Rules(least_voices=1))
    assert told.voices == 1


def test_a_cluster_keeps_its_id_as_weeks_go_by_though_no_turn_of_its_first_week_is_left(store: Store):
    ids = []
    for number in range(4):
        add(store, say(JSON[:1], 8, seed=number), first=100 * number, at=week(number))
        (told,) = run_cycle(store, number, window_days=7)
        ids.append(told.cluster.cluster_id)
        assert told.change is (Change.GOES_ON if number else Change.NEW)
    assert len(set(ids)) == 1
    (row,) = rows_of(store, "cluster")
    assert (row["first_cycle"], row["last_cycle"]) == ("cycle-0", "cycle-3")
    assert {row["cycle_id"] for row in rows_of(store, "membership")} == {f"cycle-{n}" for n in range(4)}


def test_the_same_cycle_twice_changes_nothing(store: Store):
    add(store, say(JSON[:1], 8), first=0, at=week(0))
    add(store, say(ORDERS[1:2], 8), first=50, at=week(0))
    run_cycle(store, 0)
    before = rows_of(store, "cluster"), rows_of(store, "membership")
    told = run_cycle(store, 0)
    assert {one.change for one in told} == {Change.GOES_ON}
    assert (rows_of(store, "cluster"), rows_of(store, "membership")) == before


def test_a_title_says_what_it_is_about_and_shows_nobodys_complaint(store: Store):
    add(store, say(JSON[:1], 8), first=0, at=week(0))
    add(store, say(ORDERS[1:2], 8), first=50, at=week(0))
    told = run_cycle(store, 0)
    assert any("json" in one.cluster.title for one in told)
    assert any("order" in one.cluster.title for one in told)
    assert all(not one.cluster.sentence for one in told), "without a classifier's sentence there is none"


def test_a_closed_cluster_that_comes_back_is_reopened_and_a_watched_one_is_left_alone(store: Store):
    add(store, say(JSON[:1], 8), first=0, at=week(0))
    (first,) = run_cycle(store, 0)
    for status, then, change in [("closed", "reopened", Change.RETURNED), ("watched", "watched", Change.GOES_ON)]:
        row = replace(first.cluster, status=status)
        names = type(row).__slots__
        store.upsert("cluster", arrow_table("cluster", [{name: getattr(row, name) for name in names}]))
        add(store, say(JSON[:1], 8, seed=3), first=300, at=week(1))
        (told,) = run_cycle(store, 1)
        assert (told.cluster.cluster_id, told.cluster.status) == (first.cluster.cluster_id, then)
        assert told.change is change


def test_a_cluster_that_another_swallows_is_closed_and_says_by_which(store: Store):
    add(store, say(ORDERS[1:2], 4), first=0, at=week(0))
    (small,) = run_cycle(store, 0)
    add(store, say(ORDERS[1:2], 9, seed=4), first=20, at=week(0))
    cycle_turns = {f"t{20 + n:04}" for n in range(9)}
    other = replace(small.cluster, cluster_id="c-other")
    names = type(other).__slots__
    store.upsert("cluster", arrow_table("cluster", [{name: getattr(other, name) for name in names}]))
    rows = [{"turn_id": name, "cluster_id": "c-other", "cycle_id": "cycle-0"} for name in cycle_turns]
    store.upsert("membership", arrow_table("membership", rows))
    told = {one.cluster.cluster_id: one for one in run_cycle(store, 1)}
    swallowed = told[small.cluster.cluster_id]
    assert (swallowed.change, swallowed.other, swallowed.cluster.status) == (Change.MERGED, "c-other", "closed")
    assert told["c-other"].change is Change.GOES_ON
    assert len({row["turn_id"] for row in rows_of(store, "membership")}) == len(rows_of(store, "membership"))
