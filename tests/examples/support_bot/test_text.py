import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_bot.text import ENGLISH, GERMAN, detect_language, split_sentences, split_terms


@pytest.mark.parametrize(
    ("one", "other"), [("shipping", "ships"), ("deliveries", "delivery"), ("returned", "returns"), ("price", "prices")]
)
def test_inflected_english_words_meet_in_one_stem(one, other):
    assert split_terms(one, ENGLISH) == split_terms(other, ENGLISH) != ()


@pytest.mark.parametrize(("one", "other"), [("Tage", "Tagen"), ("Stiefel", "Stiefeln"), ("Größe", "Grösse")])
def test_inflected_german_words_meet_in_one_stem_whatever_the_accents(one, other):
    assert split_terms(one, GERMAN) == split_terms(other, GERMAN) != ()


def test_stop_words_carry_no_meaning():
    assert split_terms("What is the deadline?", ENGLISH) == ("deadlin",)


def test_numbers_are_terms_with_their_decimals():
    assert split_terms("31 kg for 22.90", ENGLISH) == ("31", "kg", "22.90")


def test_language_is_told_by_stop_words_and_english_where_they_are_silent():
    assert detect_language("Was kostet der Versand?") is GERMAN
    assert detect_language("What does shipping cost?") is ENGLISH
    assert detect_language("KP-10412") is ENGLISH


def test_sentences_end_where_a_new_one_begins_and_not_inside_a_price():
    assert split_sentences("It costs 4.90 euros. Members pay less! Why?") == (
        "It costs 4.90 euros.",
        "Members pay less!",
        "Why?",
    )


@given(st.text())
def test_no_text_breaks_the_reading_of_words(text):
    for language in (ENGLISH, GERMAN):
        assert all(term.strip() for term in split_terms(text, language))
