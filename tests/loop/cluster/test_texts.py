import pytest

from gate_action.loop.cluster.texts import find_groups, title, vectorise
from tests.loop.cluster.wording import ALONE, JSON, ORDERS, RETURNS, say


def groups_of(texts: list[str], most: int = 2_000) -> list[set[int]]:
    return [set(group.places) for group in find_groups(vectorise(texts), 3, most)]


@pytest.mark.parametrize("seed", range(4))
def test_three_troubles_among_strangers_are_found_and_kept_apart(seed: int):
    kinds = [say(RETURNS, 15, seed), say(JSON, 12, seed), say(ORDERS, 8, seed), list(ALONE)]
    texts = [text for kind in kinds for text in kind]
    found = groups_of(texts)
    for start, size in [(0, 15), (15, 12), (27, 8)]:
        mine = set(range(start, start + size))
        its = [group for group in found if group & mine]
        assert all(group <= mine for group in its), "no group mixes two troubles"
        assert 1 <= len(its) <= 2
        assert sum(map(len, its)) >= 0.7 * size


def test_one_trouble_alone_is_found():
    assert max(map(len, groups_of(say(RETURNS, 20)))) >= 10


def test_strangers_are_no_group():
    assert groups_of(list(ALONE)) == []


@pytest.mark.parametrize("texts", [[], ["one"], ["", "", ""], ["?!", "...", "—"], ["a b", "a b"]])
def test_texts_that_are_too_few_or_say_nothing_make_no_group(texts: list[str]):
    assert find_groups(vectorise(texts), 3) == () if texts else True


def test_copies_are_a_group():
    assert groups_of(["same words here"] * 5) == [{0, 1, 2, 3, 4}]


def test_the_same_texts_give_the_same_groups():
    texts = [*say(RETURNS, 15), *say(JSON, 12), *ALONE]
    assert find_groups(vectorise(texts), 3) == find_groups(vectorise(texts), 3)


def test_what_is_beyond_the_core_joins_the_nearest_group():
    texts = [*say(ORDERS, 10), *say(JSON, 10), *say(JSON, 5, seed=9), "the map pointed at a lake"]
    found = groups_of(texts, most=20)
    assert not any(group & set(range(10)) and group & set(range(10, 25)) for group in found)
    assert sum(len(group & {20, 21, 22, 23, 24}) for group in found) == 5
    assert not any(25 in group for group in found)


def test_a_title_has_the_words_that_set_a_group_apart_and_no_ones_own():
    told = ["json broken for Ann", "json broken for Ann", "broken json again"]
    assert title(told, ["u1", "u1", "u2"], ["the answer is wrong", "for the order"]) == "broken json"
