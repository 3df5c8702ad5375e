"""What two recordings share decides what is compared; what does not match is told, never passed over."""

import pytest

from gate_action.codec.recordings import Recording
from gate_action.comparison.two_recordings import Arms, check_alike, choose_metrics, match_fixtures
from gate_action.errors import ConfigError
from gate_action.model.fixture import Fixture, Slice
from gate_action.model.run import Fingerprint
from tests.comparison.rows import fixture


def table(*fixtures: Fixture, metric: str = "score", label: str = "table") -> Recording:
    made = Recording(label=label, fixtures={one.id: one for one in fixtures})
    for number, one in enumerate(fixtures):
        made.add((one.id, 0, metric), 1.0, row=number)
    return made


def run(*fixtures: Fixture, fingerprint: Fingerprint | None = None) -> Recording:
    made = table(*fixtures)
    made.digests = {one.id: one.digest for one in fixtures}
    made.fingerprint = fingerprint
    return made


def ids(fixtures: tuple[Fixture, ...]) -> list[str]:
    return [one.id for one in fixtures]


A, B, C = fixture("a"), fixture("b"), fixture("c")


@pytest.mark.parametrize("make", [table, run])
def test_disjoint_suites_are_an_error(make):
    with pytest.raises(ConfigError, match="share no item"):
        match_fixtures(Arms(make(A), make(B)), common_only=True)


def test_in_tables_an_item_of_one_arm_only_is_missing_in_the_other():
    matched = match_fixtures(Arms(table(A, B), table(A, C)), common_only=False)
    assert ids(matched.fixtures) == ["a", "b", "c"]
    assert matched.new_ids == frozenset()
    assert "missing in the other: 2 items (b, c)" in matched.warnings[0]


def test_in_tables_such_items_are_left_out_when_that_was_asked_for():
    matched = match_fixtures(Arms(table(A, B), table(A, C)), common_only=True)
    assert ids(matched.fixtures) == ["a"]
    assert "left out: 2 items (b, c)" in matched.warnings[0]


def test_between_whole_suites_fixtures_are_added_and_removed():
    matched = match_fixtures(Arms(run(A, B), run(A, C)), common_only=False)
    assert ids(matched.fixtures) == ["a", "c"]
    assert matched.new_ids == {"c"}
    assert ids(matched.removed) == ["b"]
    assert matched.warnings == ()


def test_base_scores_of_an_edited_fixture_do_not_count():
    edited = fixture("b", topic="other")
    matched = match_fixtures(Arms(run(A, B), run(A, edited)), common_only=False)
    assert matched.comparable == {"a"}
    assert ids(matched.fixtures) == ["a", "b"]
    assert "missing: 1 item (b)" in matched.warnings[0]
    alone = match_fixtures(Arms(run(A, B), run(A, edited)), common_only=True)
    assert ids(alone.fixtures) == ["a"]


def test_a_baseline_record_takes_clusters_and_slices_from_the_run_beside_it():
    full = fixture("a", topic="refund", cluster="c")
    bare = run(Fixture(id="a", input=""))
    bare.digests = {"a": full.digest}
    for arms in (Arms(run(full), bare), Arms(bare, run(full))):
        assert match_fixtures(arms, common_only=False).fixtures == (full,)


def test_cluster_and_category_come_from_whichever_table_tells_them():
    told = Fixture(id="a", input="", cluster="c", slices=(Slice("category", "x"),))
    for arms in (Arms(table(told), table(A)), Arms(table(A), table(told))):
        (joined,) = match_fixtures(arms, common_only=False).fixtures
        assert (joined.cluster, joined.slices) == ("c", told.slices)


def test_tables_that_contradict_each_other_are_refused():
    one, other = fixture("a", topic="x", cluster="c"), fixture("a", topic="y", cluster="d")
    with pytest.raises(ConfigError) as refused:
        match_fixtures(Arms(table(one), table(other)), common_only=False)
    assert len(refused.value.problems) == 2


def test_a_metric_that_one_arm_lacks_is_refused_unless_others_were_chosen():
    base = table(A)
    head = table(A)
    head.add(("a", 0, "tone"), 1.0, row=9)
    with pytest.raises(ConfigError, match="'tone' has no scores in table"):
        choose_metrics(Arms(base, head), ())
    assert choose_metrics(Arms(base, head), ["score"]) == ("score",)


def test_scores_of_different_evaluators_are_not_compared():
    one, other = Fingerprint(suite="s", evaluators="e", target="t"), Fingerprint(suite="s", evaluators="x", target="t")
    with pytest.raises(ConfigError, match="different evaluators"):
        check_alike(Arms(run(A, fingerprint=one), run(A, fingerprint=other)))
    assert check_alike(Arms(run(A, fingerprint=one), table(A))) == ()


def test_another_way_of_running_is_a_warning():
    one, other = Fingerprint(suite="s", evaluators="e", target="t"), Fingerprint(suite="s", evaluators="e", target="x")
    (warning,) = check_alike(Arms(run(A, fingerprint=one), run(A, fingerprint=other)))
    assert "different ways of running" in warning
