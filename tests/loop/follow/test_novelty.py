import numpy as np
import pytest

from gate_action.loop.follow.novelty import build_nearness, input_text
from tests.loop.follow.questions import FIXTURES


def test_a_question_like_the_fixtures_is_near_and_one_of_another_world_is_not():
    asked = ["Where is my order KP-20001?", "Please translate this poem into Finnish for my grandmother"]
    nearness = build_nearness(FIXTURES, asked, 0.95)
    assert nearness is not None
    near, far = nearness.distances(asked)
    assert near <= nearness.threshold < far


def test_a_fixtures_own_text_lies_at_no_distance():
    nearness = build_nearness(FIXTURES, ["something"], 0.95)
    assert nearness is not None
    assert nearness.distances([FIXTURES[0]])[0] == pytest.approx(0.0, abs=1e-6)


def test_a_script_without_spaces_is_compared_too():
    fixtures = (
        "注文はどこですか",
        "注文はいつ届きますか",
        "返品できますか",
        "返品はいつまでできますか",
        "保証はいつまでですか",
    )
    asked = ["注文はどこ", "この詩をフィンランド語に訳してください"]
    nearness = build_nearness(fixtures, asked, 0.95)
    assert nearness is not None
    near, far = nearness.distances(asked)
    assert near < far


def test_few_fixtures_give_no_threshold():
    assert build_nearness(("a", "a", "b"), ["c"], 0.95) is None


def test_a_text_of_no_words_is_as_far_as_can_be():
    nearness = build_nearness(FIXTURES, ["", "?"], 0.95)
    assert nearness is not None
    assert np.allclose(nearness.distances([""]), 1.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ({"question": "Where?", "locale": "en"}, "Where?"),
        ({"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Where?"}]}, "Where?"),
        ({"turns": ["first", {"content": "second"}]}, "first"),
        ([{"type": "text", "text": "Where?"}, {"type": "image"}], "Where? image"),
        ({"n": 3}, ""),
    ],
)
def test_the_words_of_a_user_are_found_in_whatever_shape_an_input_has(value: object, text: str):
    assert input_text(value) == text
