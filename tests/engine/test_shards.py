"""Who measures what: every cluster once, whole, evenly, and however the suite is ordered."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.documents import Shard
from gate_action.engine.shards import ids_of, parse_shard, part_of, share_budget, share_out, share_rates, share_spent
from gate_action.errors import ConfigError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Budget, Limits, Pace
from gate_action.model.spending import SpentBefore

SUITES = st.lists(st.sampled_from(["", "a", "b", "c", "d"]), max_size=40).map(
    lambda clusters: [Fixture(id=f"f{place}", input="x", cluster=cluster) for place, cluster in enumerate(clusters)]
)


@given(SUITES, st.integers(1, 9))
def test_every_cluster_is_one_shards_and_no_other_s(fixtures: list[Fixture], count: int):
    shares = share_out(fixtures, count)
    assert len(shares) == count
    assert sorted(cluster for share in shares for cluster in share) == sorted({f.unit for f in fixtures})


@given(SUITES, st.integers(1, 9), st.randoms(use_true_random=False))
def test_the_order_of_the_files_does_not_matter(fixtures: list[Fixture], count: int, chance: random.Random):
    shuffled = list(fixtures)
    chance.shuffle(shuffled)
    assert share_out(shuffled, count) == share_out(fixtures, count)


@given(SUITES, st.integers(1, 9))
def test_no_shard_has_more_than_one_cluster_more_than_the_lightest(fixtures: list[Fixture], count: int):
    sizes = [len(ids_of(fixtures, Shard(index=at, count=count))) for at in range(1, count + 1)]
    largest = max((sum(one.unit == f.unit for one in fixtures) for f in fixtures), default=0)
    assert max(sizes) - min(sizes) <= max(largest, 1)


def test_neighbours_by_name_are_spread():
    fixtures = [Fixture(id=f"f{place:03}", input="x") for place in range(100)]
    first = ids_of(fixtures, Shard(index=1, count=2))
    assert 10 < sum(f.id in first for f in fixtures[:50]) < 40


@pytest.mark.parametrize("text", ["", "3", "0/8", "9/8", "-1/8", "1/0", "1/257", "a/b", "1/8/2", "1.5/8", "²/8"])
def test_a_shard_that_is_none_is_refused_with_how_to_write_one(text: str):
    with pytest.raises(ConfigError, match="is none") as caught:
        parse_shard(text)
    assert "3/8" in caught.value.hint


def test_a_shard_is_counted_from_one():
    assert parse_shard(" 8/8 ") == Shard(index=8, count=8)


@given(SUITES.filter(bool), st.integers(1, 9), st.integers(1, 1000))
def test_shards_together_spend_no_more_than_the_budget_and_a_call_each_for_rounding(
    fixtures: list[Fixture], count: int, calls: int
):
    parts = [part_of(fixtures, Shard(index=at, count=count)) or 0.0 for at in range(1, count + 1)]
    shared = [share_budget(Budget(max_calls=calls, max_cost_usd_per_pr=2.0), part) for part in parts]
    assert calls <= sum(one.max_calls or 0 for one in shared) < calls + count
    before = [share_spent(SpentBefore(pull_request_usd=0.5), part).pull_request_usd for part in parts]
    left = [(one.max_cost_usd_per_pr or 0) - spent for one, spent in zip(shared, before, strict=True)]
    assert sum(left) == pytest.approx(1.5)


def test_what_a_minute_allows_is_shared_and_slots_are_not():
    limits = Limits(
        concurrency=50, requests_per_minute=100, tokens_per_minute=5, judge=Pace(concurrency=4, requests_per_minute=17)
    )
    one = share_rates(limits, Shard(index=1, count=8))
    assert (one.concurrency, one.requests_per_minute, one.tokens_per_minute) == (50, 12, 1)
    assert one.judge == Pace(concurrency=4, requests_per_minute=2)
    assert share_rates(limits, None) == limits


def test_a_run_without_shards_has_its_whole_budget():
    assert part_of([], None) is None
