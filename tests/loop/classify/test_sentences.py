import pytest

from gate_action.loop.classify.sentences import clean_sentence


@pytest.mark.parametrize(
    "personal",
    [
        "ann.lee+x@shop.example",
        "https://shop.example/orders?id=7",
        "@annlee",
        "+49 (0)30 1234-567",
        "order 4711-0815",
        "DE89 3704 0044 0532 0130 00",
        "1984-03-07",
        "sk-abcdefghijklmnopqrstuvwxyz123456",
    ],
)
def test_what_looks_personal_is_left_out_of_the_sentence(personal: str):
    cleaned = clean_sentence(f"The answer told {personal} to somebody else.")
    assert personal not in cleaned
    assert "[...]" in cleaned or "<" in cleaned
    assert cleaned.startswith("The answer told")
    assert clean_sentence(cleaned) == cleaned


def test_amounts_and_years_stay_and_the_sentence_is_one_printable_line():
    assert clean_sentence("It says 30 days,\nnot 14, since 2024.\x1b[31m") == (
        "It says 30 days, not 14, since 2024.\\u{1b}[31m"
    )
    assert len(clean_sentence("word " * 200)) <= 241
