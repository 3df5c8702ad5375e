import pytest

from gate_action.errors import ConfigError
from gate_action.loop.classify.rubric import load_default, read_rubric
from gate_action.model.loop import Aside, FailureMode
from gate_action.model.rubric import LabelMeaning
from tests.loop.classify.answers import RUBRIC


def test_the_packaged_rubric_has_the_six_modes_and_the_four_asides_each_with_boundary_examples():
    assert set(RUBRIC.mode_names) == set(FailureMode)
    assert {aside.name for aside in RUBRIC.asides} == set(Aside)
    assert all(mode.is_it and mode.is_not for mode in RUBRIC.modes)


def test_a_mode_of_gate_yaml_is_added_or_takes_the_place_of_the_rubrics():
    own = LabelMeaning(name="slow", meaning="It took too long."), LabelMeaning(name="hallucination", meaning="Ours.")
    rubric = read_rubric(load_default(), "rubric.yaml", own)
    assert rubric.mode_names == (*RUBRIC.mode_names, "slow")
    assert rubric.modes[0].meaning == "Ours."
    assert rubric.digest != RUBRIC.digest


def test_canaries_are_told_to_nobody_so_that_they_do_not_change_the_digest():
    fewer = load_default().split(b"canaries:")[0]
    assert read_rubric(fewer, "rubric.yaml").digest == RUBRIC.digest


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (b"name: missed_intent", b"name: hallucination", "hallucination is there twice"),
        (b"name: unmet_need", b"name: unmet_needs", "unmet_need is missing"),
        (b"labels: [format_error]", b"labels: [formatting]", "label formatting"),
        (b'version: "1"', b"version: 1", "version"),
        (b"modes:", b"modes: [", "cannot be read"),
    ],
)
def test_a_rubric_that_cannot_be_used_is_refused_with_its_reason(before: bytes, after: bytes, message: str):
    with pytest.raises(ConfigError) as told:
        read_rubric(load_default().replace(before, after, 1), "mine.yaml")
    assert message in str(told.value)
    assert "mine.yaml" in str(told.value)
