import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_bot.retrieval import Index

PAGES = Index({"tent": ["tent", "rent", "day"], "boot": ["boot", "size"], "long": ["tent", *["word"] * 20]})


def test_the_score_is_bm25():
    index = Index({"a": ["x", "y"], "b": ["z", "z"]})
    weight = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    assert index.search(["x"], 1)[0].score == pytest.approx(weight * 1 * 2.2 / (1 + 1.2))
    assert index.search(["z"], 1)[0].score == pytest.approx(weight * 2 * 2.2 / (2 + 1.2))


def test_a_short_entry_beats_a_long_one_with_the_same_term():
    assert [hit.id for hit in PAGES.search(["tent"], 5)] == ["tent", "long"]


def test_an_entry_without_any_of_the_terms_is_no_hit():
    assert PAGES.search(["kayak"], 5) == ()


def test_cover_is_the_share_of_the_questions_weight_and_an_unknown_word_weighs_most():
    assert PAGES.cover("boot", ["boot", "size"]) == 1.0
    assert PAGES.cover("boot", ["boot", "kayak"]) < 0.5
    assert PAGES.cover("boot", []) == 0.0


@given(st.permutations(["tent", "rent", "boot", "word", "word"]))
def test_the_order_and_the_repetition_of_terms_never_matter(terms):
    assert PAGES.search(terms, 3) == PAGES.search(["boot", "rent", "tent", "word"], 3)
