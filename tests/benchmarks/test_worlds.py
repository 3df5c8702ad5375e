import numpy as np
import pytest

from power_lib.worlds import (
    MEAN_RATE,
    SLICES,
    UNIFORM,
    Batch,
    Change,
    Setting,
    change_rates,
    draw_batch,
    draw_rates,
    impair,
    improve,
)

SETTING = Setting(fixtures=300, trials=3, attempts=6)


def draw(change: Change, seed: int = 1, count: int = 40) -> Batch:
    return draw_batch(SETTING, change, count, np.random.default_rng(seed))


def move(batch: Batch) -> float:
    return float(batch.head.mean() - batch.base.mean())


@pytest.mark.parametrize("s2", [0.03, 0.08, 0.15])
def test_call_to_call_variance_is_the_one_asked_for(s2: float) -> None:
    setting = Setting(fixtures=2000, trials=1, s2=s2)
    rates = draw_rates(setting, 30, np.random.default_rng(0))
    assert (rates * (1 - rates)).mean() == pytest.approx(s2, rel=0.03)
    assert rates.mean() == pytest.approx(MEAN_RATE, abs=0.01)


def test_a_variance_that_no_rates_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"s2 is 0.2: it must lie between 0 and 0.16"):
        draw_rates(Setting(fixtures=3, trials=1, s2=0.2), 1, np.random.default_rng(0))


def test_clusters_are_about_a_third_of_the_fixtures_and_slices_are_ten() -> None:
    suite = draw(Change.NONE).suite
    assert 80 <= len({fixture.unit for fixture in suite}) <= 100
    assert len({slice_ for fixture in suite for slice_ in fixture.slices}) == SLICES
    assert [fixture.id for fixture in suite] == sorted(fixture.id for fixture in suite)


@pytest.mark.parametrize("change", [Change.NONE, Change.SHARED_NOISE, Change.DRIFT])
def test_an_unchanged_build_moves_no_mean(change: Change) -> None:
    assert move(draw(change)) == pytest.approx(0.0, abs=0.008)


def test_drift_lowers_both_builds_and_not_the_stored_rows() -> None:
    batch = draw(Change.DRIFT)
    assert batch.base.mean() - batch.stored.mean() == pytest.approx(-0.03, abs=0.006)


@pytest.mark.parametrize(("change", "drop"), UNIFORM.items())
def test_a_uniform_change_lowers_the_mean_by_nearly_as_much(change: Change, drop: float) -> None:
    assert move(draw(change)) == pytest.approx(-drop, abs=0.01)


def test_a_slice_is_halved_and_the_rest_is_left() -> None:
    rates = np.linspace(0.1, 1.0, 50)
    changed = change_rates(rates, Change.SLICE, np.random.default_rng(0))
    assert (changed[::SLICES] == rates[::SLICES] / 2).all()
    others = np.arange(50) % SLICES != 0
    assert (changed[others] == rates[others]).all()


@pytest.mark.parametrize("change", [Change.OTHER_WORSE, Change.OTHER_MUCH_WORSE, Change.OTHER_BETTER])
def test_another_system_moves_much_both_ways_and_the_mean_as_told(change: Change) -> None:
    rates = draw_rates(SETTING, 1, np.random.default_rng(3))[0]
    for seed in range(20):
        changed = change_rates(rates, change, np.random.default_rng(seed))
        low, high = {
            Change.OTHER_WORSE: (-0.06, -0.03),
            Change.OTHER_MUCH_WORSE: (-0.12, -0.06),
            Change.OTHER_BETTER: (0.03, 0.06),
        }[change]
        assert low - 1e-9 <= changed.mean() - rates.mean() <= high + 1e-9
        assert (changed - rates < -0.3).sum() >= 5
        assert (changed - rates > 0.3).sum() >= 5


def test_improving_and_impairing_move_the_mean_by_what_is_asked_and_stay_rates() -> None:
    rates = draw_rates(SETTING, 1, np.random.default_rng(4))[0]
    better, worse = improve(rates, 0.05), impair(rates, 0.05, np.random.default_rng(0))
    assert better.mean() - rates.mean() == pytest.approx(0.05)
    assert worse.mean() - rates.mean() == pytest.approx(-0.05)
    assert min(better.min(), worse.min()) >= 0.0
    assert max(better.max(), worse.max()) <= 1.0


def test_shared_noise_ties_a_clusters_fixtures_in_one_trial() -> None:
    def tie(change: Change) -> float:
        """The mean product of two neighbours' residuals in the same trial."""
        batch = draw(change, count=60)
        units = np.array([fixture.unit for fixture in batch.suite])
        residuals = batch.head - batch.head.mean(axis=2, keepdims=True)
        pairs = [np.flatnonzero(units == unit)[:2] for unit in np.unique(units) if (units == unit).sum() > 1]
        return float(np.mean([residuals[:, one] * residuals[:, other] for one, other in pairs]))

    assert abs(tie(Change.NONE)) < 0.0015
    assert tie(Change.SHARED_NOISE) > 0.003


def test_equal_seeds_draw_equal_pull_requests() -> None:
    assert (draw(Change.SCATTERED).head == draw(Change.SCATTERED).head).all()
