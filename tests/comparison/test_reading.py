import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.comparison.evidence import Panel
from gate_action.comparison.reading import Reading, read_panel
from gate_action.model.fixture import Fixture, Slice
from gate_action.model.metric import Policy
from tests.comparison.rows import Scores, clustered, fixture, panel
from tests.profiles import examples

QUICK = Policy(relabellings=600)


def read(scores: Panel, policy: Policy = QUICK) -> Reading:
    reading = read_panel(scores, policy)
    assert reading is not None
    return reading


def tens(count: int) -> tuple[Fixture, ...]:
    """Ten topics, dealt out in turn."""
    return tuple(fixture(f"f{place:04d}", topic=f"t{place % 10}") for place in range(count))


def test_the_numbers_of_a_difference() -> None:
    difference = read(panel([[1.0, 1.0], [1.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]])).difference
    assert (difference.base_mean, difference.head_mean, difference.delta) == (0.75, 0.25, -0.5)
    assert (difference.fixtures, difference.clusters, difference.base_trials, difference.head_trials) == (2, 2, 4, 4)
    assert difference.flips == (1, 0)


def test_nothing_in_common_is_no_reading() -> None:
    assert read_panel(panel([[None]], [[1.0]]), QUICK) is None


def test_one_cluster_tests_nothing_and_says_so() -> None:
    difference = read(clustered([[1.0] * 3] * 9, [[0.0] * 3] * 9, ["one"] * 9)).difference
    assert (difference.p_value, difference.interval) == (None, None)
    assert "one cluster" in difference.note


def test_arms_that_never_differ_have_the_zero_flip_interval() -> None:
    difference = read(panel([[1.0] * 3] * 60, [[1.0] * 3] * 60)).difference
    assert difference.p_value is None
    assert difference.interval == pytest.approx((-0.0487, 0.0487), abs=1e-4)
    assert "rule of three" in difference.note


def test_too_few_informative_clusters_are_told_instead_of_tested_away() -> None:
    difference = read(panel([[1.0]] * 50, [[0.0]] * 3 + [[1.0]] * 47)).difference
    assert difference.p_value == pytest.approx(0.0625)
    assert "only 3 of 50 clusters" in difference.note


def test_a_broken_slice_stands_out_by_max_t() -> None:
    rng = np.random.default_rng(0)
    base, head = (rng.random((2, 100, 3)) < 0.9).astype(float)
    head[::10] = 0.0
    reading = read(panel(base.tolist(), head.tolist(), tens(100)), Policy())
    adjusted = {entry.slice.value: entry.adjusted_p for entry in reading.slices}
    assert adjusted["t0"] == pytest.approx(1 / 10_001)
    assert all(p is not None and p > 0.05 for value, p in adjusted.items() if value != "t0")


def test_max_t_is_the_share_of_relabellings_whose_worst_slice_is_as_bad() -> None:
    fixtures = (*(fixture(f"a{n}", topic="a") for n in range(3)), *(fixture(f"b{n}", topic="b") for n in range(2)))
    base, head = [[0.9], [0.8], [0.7], [0.3], [0.6]], [[0.2], [0.5], [0.6], [0.4], [0.1]]
    reading = read(panel(base, head, fixtures))
    differences = np.array(head)[:, 0] - np.array(base)[:, 0]
    signs = np.array(np.meshgrid(*[[-1, 1]] * 5)).reshape(5, -1).T
    scaled = [
        (signs[:, part] * differences[part]).sum(axis=1) / np.sqrt((differences[part] ** 2).sum())
        for part in (slice(0, 3), slice(3, 5))
    ]
    observed = [
        differences[part].sum() / np.sqrt((differences[part] ** 2).sum()) for part in (slice(0, 3), slice(3, 5))
    ]
    worst = np.minimum(*scaled)
    expected = [(worst <= value + 1e-9).mean() for value in observed]
    assert [entry.adjusted_p for entry in reading.slices] == pytest.approx(expected)


def test_a_slice_of_one_cluster_is_shown_and_not_tested() -> None:
    fixtures = (fixture("a", topic="lonely"), *(fixture(f"b{n}", topic="rest") for n in range(8)))
    reading = read(panel([[1.0] * 3] * 9, [[0.0] * 3] * 4 + [[1.0] * 3] * 5, fixtures))
    lonely, rest = reading.slices
    assert (lonely.slice, lonely.adjusted_p, lonely.difference.delta) == (Slice("topic", "lonely"), None, -1.0)
    assert rest.adjusted_p is not None


arms = st.integers(2, 7).flatmap(
    lambda count: st.integers(1, 3).flatmap(
        lambda trials: st.tuples(
            *[
                st.lists(
                    st.lists(st.sampled_from([0.0, 0.3, 0.5, 1.0]), min_size=trials, max_size=trials),
                    min_size=count,
                    max_size=count,
                )
            ]
            * 2
        )
    )
)


@examples(10)
@given(arms=arms)
def test_swapping_the_arms_mirrors_difference_interval_and_p(arms: tuple[list[list[float]], ...]) -> None:
    base, head = arms
    there, back = read(panel(base, head)).difference, read(panel(head, base)).difference
    assert there.delta == pytest.approx(-back.delta)
    if there.interval is None or back.interval is None:
        assert there.interval == back.interval
    else:
        assert there.interval == pytest.approx((-back.interval.high, -back.interval.low))
    if there.p_value is not None and back.p_value is not None:
        assert there.p_value + back.p_value == pytest.approx(1.0, abs=0.01)


def test_swapping_many_clusters_mirrors_the_t_interval() -> None:
    base, head = np.random.default_rng(0).random((2, 60, 3)).tolist()
    there, back = read(panel(base, head)).difference.interval, read(panel(head, base)).difference.interval
    assert there is not None
    assert back is not None
    assert there == pytest.approx((-back.high, -back.low))


@examples(12)
@given(
    scores=st.lists(st.tuples(*[st.sampled_from([0.0, 1.0])] * 4), min_size=2, max_size=12), place=st.integers(0, 100)
)
def test_improving_a_pass_of_head_never_lowers_the_p_value(scores: list[tuple[float, ...]], place: int) -> None:
    base = [list(row[:2]) for row in scores]
    head = [list(row[2:]) for row in scores]
    better = [list(row) for row in head]
    better[place % len(head)][place % 2] = 1.0
    assert_no_worse(base, head, better)


@examples(12)
@given(seed=st.integers(0, 10_000), place=st.integers(0, 100), to=st.floats(0.9, 0.95))
def test_improving_a_score_of_head_never_lowers_the_p_value(seed: int, place: int, to: float) -> None:
    base, head = (np.random.default_rng(seed).random((2, 14, 2)) * 0.9).tolist()
    better = [list(row) for row in head]
    better[place % 14][place % 2] = to
    assert_no_worse(base, head, better)


def assert_no_worse(base: Scores, head: Scores, better: Scores) -> None:
    before, after = (read(panel(base, scores)).difference.p_value for scores in (head, better))
    assert (1.0 if after is None else after) >= (0.0 if before is None else before) - 1e-12
