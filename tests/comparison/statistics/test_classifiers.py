from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.comparison.statistics.classifiers import Pair, correct_prevalence, kappa, measure_classifier
from gate_action.errors import ConfigError
from gate_action.model.classifier import LabelQuality

LABELS = ("hallucination", "missed_intent", "unknown")


def quality(hits: int, present: int, rejects: int, absent: int) -> LabelQuality:
    return LabelQuality(hits=hits, present=present, rejects=rejects, absent=absent, sensitivity=None, specificity=None)


def test_each_label_is_measured_against_all_others_on_the_turns_that_both_have():
    human = {"1": "hallucination", "2": "hallucination", "3": "unknown", "4": "unknown", "only people": "unknown"}
    machine = {"1": "hallucination", "2": "unknown", "3": "unknown", "4": "hallucination", "only it": "unknown"}
    measured = measure_classifier(human, machine, {}, LABELS)
    assert measured.turns == 4
    one = measured.labels["hallucination"]
    assert (one.hits, one.present, one.rejects, one.absent) == (1, 2, 1, 2)
    assert one.sensitivity is not None
    assert one.sensitivity.value == 0.5
    assert one.sensitivity.low < 0.2
    assert measured.labels["missed_intent"].sensitivity is None
    assert measured.kappa.value == pytest.approx(0.0)


def test_labels_of_no_turn_in_common_measure_nothing():
    with pytest.raises(ConfigError, match="no labelled turn"):
        measure_classifier({"1": "unknown"}, {"2": "unknown"}, {}, LABELS)


def test_two_people_are_set_beside_each_other_where_they_share_ten_turns():
    votes = {str(n): {"ann": LABELS[n % 3], "bob": LABELS[n % 3 if n < 9 else 0]} for n in range(12)}
    votes["x"] = {"ann": "unknown", "cem": "unknown"}
    human = dict.fromkeys(votes, "unknown")
    measured = measure_classifier(human, human, votes, LABELS)
    assert measured.human_turns == 12
    assert measured.human_kappa is not None
    assert 0.5 < measured.human_kappa.value < 1.0
    few = {name: votes[name] for name in list(votes)[:9]}
    assert measure_classifier(human, human, few, LABELS).human_kappa is None


def test_kappa_is_cohens_over_several_labels():
    # Cohen 1960, by hand: 20 of 30 agree, chance agreement is (15 * 14 + 10 * 9 + 5 * 7) / 900.
    counts: dict[tuple[str, str], int] = {
        ("a", "a"): 10,
        ("a", "b"): 2,
        ("a", "c"): 3,
        ("b", "a"): 3,
        ("b", "b"): 6,
        ("b", "c"): 1,
        ("c", "a"): 1,
        ("c", "b"): 1,
        ("c", "c"): 3,
    }
    pairs = [Pair(*names) for names, count in counts.items() for _ in range(count)]
    agreed, chance = 19 / 30, (15 * 14 + 10 * 9 + 5 * 7) / 900
    assert kappa(pairs).value == pytest.approx((agreed - chance) / (1 - chance))
    assert kappa([Pair("a", "a")] * 9).value == 0.0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40))
def test_kappa_does_not_depend_on_who_is_first_or_on_the_order_of_turns(told: list[tuple[str, str]]):
    pairs = [Pair(*one) for one in told]
    value = kappa(pairs).value
    assert kappa([Pair(b, a) for a, b in told]).value == pytest.approx(value)
    assert kappa(pairs[::-1]).value == pytest.approx(value)
    assert kappa(pairs).low <= value <= kappa(pairs).high


def test_a_share_is_corrected_by_rogan_and_gladen():
    told = correct_prevalence(300, 1000, quality(80, 100, 90, 100)).corrected
    assert told is not None
    assert told.value == pytest.approx((0.3 + 0.9 - 1) / (0.8 + 0.9 - 1))
    assert told.low < told.value < told.high


@pytest.mark.parametrize("measured", [None, quality(0, 0, 5, 5), quality(5, 5, 0, 0), quality(3, 10, 6, 10)])
def test_without_both_error_rates_or_above_chance_nothing_is_corrected_and_why_is_told(measured: Any):
    told = correct_prevalence(10, 100, measured)
    assert told.corrected is None
    assert told.why
    assert told.observed == 0.1


@given(st.integers(0, 200), st.integers(0, 30), st.integers(0, 30))
def test_a_corrected_share_lies_in_its_interval_and_in_0_to_1(hits: int, missed: int, wrong: int):
    told = correct_prevalence(hits, 200, quality(60 - missed, 60, 60 - wrong, 60)).corrected
    if told is not None:
        assert 0.0 <= told.low <= told.value <= told.high <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("share", "sensitivity", "specificity"), [(0.05, 0.8, 0.97), (0.3, 0.7, 0.9), (0.6, 0.9, 0.8)])
def test_the_interval_covers_the_true_share_in_about_95_of_100_worlds(
    share: float, sensitivity: float, specificity: float
):
    rng = np.random.default_rng(7)
    worlds, covered, naive = 2000, 0, 0
    for _ in range(worlds):
        present, absent = 40, 80
        measured = quality(
            int(rng.binomial(present, sensitivity)), present, int(rng.binomial(absent, specificity)), absent
        )
        hits = int(rng.binomial(500, share * sensitivity + (1 - share) * (1 - specificity)))
        told = correct_prevalence(hits, 500, measured).corrected
        assert told is not None
        covered += told.low <= share <= told.high
        naive += abs(hits / 500 - share) < 1.96 * (share * (1 - share) / 500) ** 0.5
    assert covered / worlds > 0.93
    assert naive < covered
