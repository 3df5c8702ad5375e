import json
from collections import Counter

import pytest

from gate_action.loop.scrub.scrubber import Scrubber
from gate_action.model.scrubbing import Refused
from scrub_lib import corpus, keys
from scrub_lib.measuring import leaks, measure

EACH = 9
"""Every disguise once for every kind of secret."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_no_secret_of_a_providers_shape_gets_through_in_any_disguise(seed):
    plants = tuple(corpus.planted_secrets(seed, EACH))
    assert len(plants) >= 450
    assert {plant.disguise for plant in plants} == set(corpus.FOR_SECRETS)

    measured = measure(plants, Scrubber())

    assert {kind: tally.leaks for kind, tally in measured.kinds.items() if tally.leaks} == {}
    assert measured.kinds.keys() == set(keys.SECRET_KINDS)


@pytest.mark.slow
def test_identifiers_of_persons_are_found_in_the_spellings_of_many_countries():
    plants = tuple(corpus.planted_identifiers(21, 12))
    assert len(plants) >= 350

    measured = measure(plants, Scrubber())

    planted = sum(tally.planted for tally in measured.kinds.values())
    through = sum(len(tally.leaks) for tally in measured.kinds.values())
    assert through / planted < 0.01
    assert min(tally.recall for tally in measured.kinds.values()) >= 0.9


@pytest.mark.slow
def test_what_only_looks_like_a_secret_is_left_alone():
    plants = tuple(corpus.harmless(31, 600))

    measured = measure(plants, Scrubber())

    assert measured.wrong.total() / len(plants) < 0.01, measured.wrong_rows


@pytest.mark.slow
def test_rows_are_not_refused_instead_of_being_scrubbed():
    results = [Scrubber().scrub(plant.row) for plant in corpus.planted_secrets(41, 4)]
    assert sum(isinstance(result, Refused) for result in results) / len(results) < 0.02


def test_the_measure_sees_a_leak():
    (plant, *_) = corpus.planted_secrets(1, 1)
    assert leaks(plant, json.dumps(plant.row))
    assert not leaks(plant, json.dumps({"messages": "clean"}))


def test_the_corpus_is_the_same_for_the_same_seed_and_holds_every_kind():
    first, second = (tuple(corpus.planted_secrets(5, 1)) for _ in range(2))
    assert first == second
    assert Counter(plant.kind for plant in first) == Counter(keys.SECRET_KINDS)
