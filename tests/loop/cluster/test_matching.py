from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.cluster.matching import match


def turns(*numbers: int) -> frozenset[str]:
    return frozenset(f"t{number}" for number in numbers)


def span(start: int, end: int) -> frozenset[str]:
    return turns(*range(start, end))


def test_a_cluster_that_grows_or_loses_some_keeps_its_id():
    assert match({"a": span(0, 10), "b": span(20, 30)}, [span(18, 60), span(2, 14)]).ids == ("b", "a")


def test_of_a_split_the_larger_part_keeps_the_id_and_the_other_says_where_it_comes_from():
    matched = match({"a": span(0, 10)}, [span(0, 4), span(4, 10)])
    assert matched.ids == ("", "a")
    assert matched.split_from == {0: "a"}
    assert not matched.merged_into


def test_of_a_merge_the_larger_one_goes_on_and_the_other_is_told_as_swallowed():
    matched = match({"small": span(0, 4), "large": span(4, 14)}, [span(0, 14)])
    assert matched.ids == ("large",)
    assert matched.merged_into == {"small": "large"}
    assert not matched.split_from


def test_a_group_with_few_of_an_old_ones_turns_is_new():
    matched = match({"a": span(0, 10)}, [span(8, 30)])
    assert matched.ids == ("",)
    assert not matched.split_from


def test_two_that_swap_most_of_their_turns_are_matched_by_the_largest_overlap_in_all():
    assert match({"a": span(0, 10), "b": span(10, 20)}, [span(4, 13), span(13, 20) | span(0, 4)]).ids == ("a", "b")


def test_nothing_matches_nothing():
    assert match({}, [span(0, 3)]).ids == ("",)
    assert match({"a": span(0, 3)}, []).ids == ()
    assert match({"a": frozenset()}, [span(0, 3)]).ids == ("",)


sets = st.dictionaries(st.sampled_from("abcdef"), st.frozensets(st.sampled_from([f"t{n}" for n in range(12)])))


@given(sets)
def test_clusters_that_did_not_change_keep_their_ids_whatever_their_order(old: dict[str, frozenset[str]]):
    taken: set[str] = set()
    apart = {}
    for name, members in old.items():
        if own := members - taken:
            apart[name] = own
            taken |= own
    names = sorted(apart, reverse=True)
    assert match(apart, [apart[name] for name in names]).ids == tuple(names)


@given(sets, st.lists(st.frozensets(st.sampled_from([f"t{n}" for n in range(12)]), min_size=1), max_size=5))
def test_no_id_is_given_twice_and_the_order_of_the_old_does_not_matter(
    old: dict[str, frozenset[str]], new: list[frozenset[str]]
):
    matched = match(old, new)
    given_ids = [name for name in matched.ids if name]
    assert len(set(given_ids)) == len(given_ids)
    assert match(dict(reversed(old.items())), new) == matched
    assert not set(matched.merged_into) & set(given_ids)
