import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import halfnorm, norm

from gate_action.loop.watching.mixture import band_half_width, log_evidence, mix_starts


@given(st.floats(-0.1, 0.3), st.floats(1e-4, 0.1), st.floats(0.01, 0.3))
def test_evidence_is_the_likelihood_ratio_mixed_over_a_half_normal(lead: float, variance: float, scale: float):
    deviation = variance**0.5
    share = scale**2 / (variance + scale**2)
    peak, width = max(0.0, lead * share), (variance * share) ** 0.5
    shift = peak * lead / variance - peak**2 / (2 * variance) - peak**2 / (2 * scale**2)

    def weighed(effect: float) -> float:
        ratio = norm.logpdf(lead, effect, deviation) - norm.logpdf(lead, 0, deviation)
        return float(np.exp(ratio - shift) * halfnorm.pdf(effect, scale=scale))

    mixed, _ = quad(weighed, max(0.0, peak - 12 * width), peak + 12 * width, limit=200)
    found = float(log_evidence(np.array([lead]), np.array([variance]), scale)[0])
    assert found == pytest.approx(np.log(mixed) + shift, abs=1e-3)


def test_nothing_seen_is_no_evidence():
    assert log_evidence(np.array([0.0, 0.0]), np.array([np.inf, 0.0]), 0.05).tolist() == [0.0, 0.0]


def test_two_sides_without_a_difference_rarely_raise_it_however_often_one_looks():
    # Normal means of one unknown truth, the before-side seen ahead: crossings of 1 / 0.05 at any of 200 looks.
    rng = np.random.default_rng(3)
    looks = np.arange(10, 2001, 10)
    before = rng.normal(0, 500**-0.5, (1500, 1))
    after = np.cumsum(rng.normal(0, 10**0.5, (1500, 200)), axis=1) / looks
    ever = (log_evidence(after - before, 1 / looks + 1 / 500, 0.1) >= np.log(20)).any(axis=1).mean()
    assert 0.002 < ever <= 0.05 + 3 * 0.0056


def test_the_band_holds_the_truth_at_all_looks_together():
    rng = np.random.default_rng(4)
    looks = np.arange(10, 2001, 10)
    means = np.cumsum(rng.normal(0, 10**0.5, (1500, 200)), axis=1) / looks
    outside = (np.abs(means) > band_half_width(1 / looks, 0.1, 0.05)).any(axis=1).mean()
    assert 0.005 < outside <= 0.05 + 3 * 0.0056


def test_later_starts_share_half_of_the_stake():
    paths = np.log(np.array([[1.0, 4.0], [1.0, 1.0], [1.0, 10.0]]))
    assert np.exp(mix_starts(paths)) == pytest.approx([1.0, 0.5 * 4 + 0.25 * 1 + 0.25 * 10])
    assert mix_starts(paths[:1]) == pytest.approx(paths[0])
