import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.augment.variants import RULES, Asked
from gate_action.loop.augment.words import guess_language

QUESTION = (
    "Hello, where is my order AB-1234 of 2026-11-25 for 1,234.50 EUR, please? "
    'It says "on its way" at https://x.example/a.'
)


def vary(kind: str, text: str, seed: int = 0, kept: frozenset[str] = frozenset()) -> str | None:
    return RULES[kind](Asked(text=text, kept=kept), random.Random(seed))


@pytest.mark.parametrize("seed", range(30))
def test_a_typo_changes_a_word_and_no_number_code_quote_or_address(seed: int):
    typed = vary("typo", QUESTION, seed)
    assert typed is not None
    assert typed != QUESTION
    for fixed in ("AB-1234", "2026-11-25", "1,234.50", '"on its way"', "https://x.example/a."):
        assert fixed in typed


@pytest.mark.parametrize("seed", range(20))
def test_words_of_the_expectation_are_never_misspelt(seed: int):
    typed = vary("typo", "Is the Kettle waterproof really?", seed, kept=frozenset({"kettle", "waterproof"}))
    assert typed is not None
    assert "Kettle waterproof" in typed


def test_dates_and_amounts_are_written_as_elsewhere_and_else_nothing_is():
    assert vary("locale", "It cost 1,234.50 on 2026-11-25.") == "It cost 1.234,50 on 25.11.2026."
    assert vary("locale", "Version 1.2.3 of 2026") is None
    assert vary("locale", "It cost 3.50.", kept=frozenset({"3.50"})) is None


def test_a_distraction_stands_beside_the_question_and_in_its_language():
    text = vary("distractor", "Wo ist meine Bestellung und wann kommt sie an?")
    assert text is not None
    assert "Wo ist meine Bestellung und wann kommt sie an?" in text
    assert guess_language(text) == "de"
    assert vary("distractor", "Où est ma commande ?") is None


def test_moods_are_terse_impatient_or_polite():
    texts = {vary("persona", "Hello, where is my order? Thanks!", seed) for seed in range(30)}
    assert "where is my order?" in texts
    assert len(texts) == 3


@given(st.text(max_size=300), st.sampled_from(sorted(RULES)), st.integers(0, 50))
def test_whatever_is_asked_a_rule_gives_a_text_or_nothing(text: str, kind: str, seed: int):
    assert vary(kind, text, seed) == vary(kind, text, seed)
