import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.nearness import Seen, near_key
from gate_action.model.fixture import Fixture, digest_json
from gate_action.model.rejection import Rejection

LONG = "Where is my parcel? I ordered it on Monday, the tracking page says nothing, and nobody answers my mails."
SYSTEM = {"role": "system", "content": "You are a support bot. " * 40}


def _ask(*words: str) -> dict[str, object]:
    return {"messages": [SYSTEM, *({"role": "user", "content": word} for word in words)]}


def _is_near(one: object, other: object) -> bool:
    seen = Seen()
    seen.add(Fixture(id="one", input=one))  # type: ignore[arg-type]  # JSON
    return seen.find_near(Fixture(id="other", input=other)) == "one"  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    "other",
    [
        LONG.upper(),
        LONG.replace(",", " -").replace("?", "!!"),
        LONG.replace("parcel", "parcels"),
        f"  {LONG}\n\n",
    ],
)
def test_what_differs_in_case_signs_or_a_letter_is_nearly_equal(other: str):
    assert _is_near(LONG, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is my order 1234?", "Where is my order 9876?"),
        (LONG, "I want my money back, since the parcel that I ordered on Monday came broken."),
        (_ask("What is your return policy?"), _ask("Do you ship to Norway?")),
    ],
)
def test_what_asks_for_another_thing_is_not(one: object, other: object):
    assert not _is_near(one, other)


def test_a_key_is_the_same_for_ever():
    assert near_key("Where is my parcel?")[:16] == "d5c659b6e23f0362"


@given(st.text())
def test_any_text_has_a_key_or_none(text: str):
    key = near_key(text)
    assert len(key) in (0, 128)
    assert _is_near(text, text) is bool(key)


def test_a_rejected_row_is_known_by_its_key_alone():
    seen = Seen()
    seen.add_rejection(Rejection(id="r1", input_digest=digest_json(LONG), near_key=near_key(LONG)))
    assert seen.find_equal(Fixture(id="x", input=LONG)) == "r1"
    assert (seen.find_equal(Fixture(id="x", input=LONG + "!")), seen.find_near(Fixture(id="x", input=LONG + "!"))) == (
        "",
        "r1",
    )
    assert seen.find_near(Fixture(id="x", input="Do you ship to Norway?")) == ""


def test_a_key_that_is_none_hides_nothing():
    seen = Seen()
    seen.add_rejection(Rejection(id="r1", input_digest="sha256:0", near_key="zz" * 64))
    assert seen.find_near(Fixture(id="x", input="ß" * 30)) == ""
