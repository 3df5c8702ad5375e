from dataclasses import replace

import numpy as np
import pytest

from power_lib.rivals import RULES, Ruling, View
from power_lib.worlds import Floats

PASS, FAIL = [1.0], [0.0]


def view(base: list[list[float]], head: list[list[float]], fresh: list[list[float]] | None = None) -> View:
    """One pull request; fixtures down, trials across."""

    def one(rows: list[list[float]]) -> Floats:
        return np.array(rows)[None]

    return View(
        base=one(base),
        head=one(head),
        stored=one(base),
        fresh_base=one(fresh or base),
        fresh_head=one(head),
        clusters=np.arange(len(base)),
        base_rate=np.array([np.mean(base)]),
        order=np.arange(len(base)),
    )


def rule(name: str, seen: View) -> Ruling:
    return next(entry.decide for entry in RULES if entry.name == name)(seen)


@pytest.mark.parametrize("entry", RULES, ids=lambda entry: entry.name)
def test_no_rule_blocks_where_everything_passes_all_the_time(entry: object) -> None:
    always = [PASS * 10] * 200
    assert not rule(entry.name, view(always, always)).blocked.any()  # type: ignore[attr-defined]  # a Rule


@pytest.mark.parametrize("entry", RULES, ids=lambda entry: entry.name)
def test_every_rule_blocks_where_everything_broke(entry: object) -> None:
    always, never = [PASS * 10] * 200, [FAIL * 10] * 200
    assert rule(entry.name, view(always, never)).blocked.all()  # type: ignore[attr-defined]  # a Rule


def test_best_of_three_stops_at_the_first_pass() -> None:
    ruling = rule("best of 3", view([PASS * 3] * 2, [[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]))
    assert not ruling.blocked[0]
    assert ruling.calls[0] == pytest.approx((2 + 3) / 2)


def test_an_unstable_fixture_may_not_gate_in_best_of_four() -> None:
    stable, shaky = PASS * 10, PASS * 7 + FAIL * 3
    broken = FAIL * 10
    assert rule("stable only, best of 4", view([stable], [broken])).blocked[0]
    assert not rule("stable only, best of 4", view([shaky], [broken])).blocked[0]


def test_best_of_four_asks_main_about_three_failures_and_clears_what_fails_there_too() -> None:
    seen = view([PASS * 10], [FAIL * 10], fresh=[FAIL * 10])
    ruling = rule("stable only, best of 4", seen)
    assert not ruling.blocked[0]
    assert ruling.calls[0] == 3 + 3


def test_two_passes_of_four_clear_a_fixture() -> None:
    ruling = rule("stable only, best of 4", view([PASS * 10], [[0.0, 1.0, 0.0, 1.0]]))
    assert not ruling.blocked[0]
    assert ruling.calls[0] == 4


def test_fishers_gate_needs_a_large_drop_from_a_reliable_base() -> None:
    head = view([PASS * 10], [FAIL * 10])
    three = replace(head, head=head.head[:, :, :3])
    assert rule("Fisher, reliable base", three).blocked[0]
    shaky = view([PASS * 6 + FAIL * 4], [FAIL * 10])
    assert not rule("Fisher, reliable base", replace(shaky, head=shaky.head[:, :, :3])).blocked[0]


def test_a_significant_drop_of_less_than_a_point_does_not_fail_the_exact_mcnemar_rule() -> None:
    base, head = [PASS] * 2000, [FAIL] * 15 + [PASS] * 1985
    assert rule("McNemar, two-sided", view(base, head)).blocked[0]
    assert not rule("exact McNemar, drop > 1", view(base, head)).blocked[0]


def test_the_e_process_stops_early_and_counts_what_it_used() -> None:
    ruling = rule("e-process", view([PASS] * 100, [FAIL] * 100))
    assert ruling.blocked[0]
    assert ruling.calls[0] < 0.15


def test_unchanged_builds_cross_the_e_process_no_more_often_than_its_level() -> None:
    rng = np.random.default_rng(0)
    rates = rng.beta(0.8, 0.2, (400, 60, 1))
    base, head = ((rng.random((400, 60, 3)) < rates).astype(float) for _ in range(2))
    seen = replace(view([PASS], [PASS]), base=base, head=head, order=rng.permutation(60))
    assert rule("e-process", seen).blocked.mean() <= 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5
