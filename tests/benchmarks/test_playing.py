from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from gate_action.comparison.procedure import SideBySide
from gate_action.model.decision import Verdict
from power_lib.cells import (
    OURS,
    TWO_RUNS,
    Cell,
    Choice,
    Tally,
    judge_as_two_runs,
    judge_by_screening,
    list_cells,
    make_plan,
    work_off,
)
from power_lib.playing import play, store_runs
from power_lib.tables import compare_rules, say_calls, say_share, summarise
from power_lib.targets import list_targets
from power_lib.worlds import Batch, Change, Setting, draw_batch

SETTING = Setting(fixtures=30, trials=2, attempts=12)
BATCH = draw_batch(SETTING, Change.NONE, 2, np.random.default_rng(0))


def cell(change: Change, fixtures: int = 30, prs: int = 27) -> Cell:
    return Cell(change=change, setting=Setting(fixtures=fixtures, trials=1, attempts=12), prs=prs, seed=0)


def pass_all(batch: Batch) -> Batch:
    return replace(batch, **{arm: np.ones_like(getattr(batch, arm)) for arm in ("stored", "base", "head")})


def test_a_procedure_is_answered_from_the_batch_and_calls_are_counted_on_both_arms() -> None:
    played = play(SideBySide(make_plan(BATCH, SETTING)), BATCH, 1)
    difference = played.decision.metrics[0].difference
    assert difference is not None
    assert difference.base_mean == pytest.approx(BATCH.base[1, :, :2].mean())
    assert difference.head_mean == pytest.approx(BATCH.head[1, :, :2].mean())
    assert played.calls == 4.0


def test_a_trial_that_was_not_drawn_is_an_error_and_no_score() -> None:
    short = replace(BATCH, head=BATCH.head[:, :, :1])
    with pytest.raises(LookupError, match="attempt 1 of f00000 was asked, and 1 were drawn"):
        play(SideBySide(make_plan(short, SETTING)), short, 0)


def test_stored_rows_become_a_run_for_each_trial() -> None:
    runs = store_runs(BATCH, 0)
    assert len(runs) == SETTING.stored
    values = [scored.result.value for scored in runs[3].scores]  # type: ignore[union-attr]  # all are scores
    assert values == BATCH.stored[0, :, 3].tolist()


def test_a_build_that_breaks_everything_is_blocked_and_an_equal_one_is_not() -> None:
    setting = Setting(fixtures=60, trials=2, attempts=12)
    batch = draw_batch(setting, Change.NONE, 1, np.random.default_rng(1))
    equal = pass_all(batch)
    broken = replace(equal, head=np.zeros_like(batch.head))
    for judge in (judge_by_screening, judge_as_two_runs):
        assert not judge(equal, 0, setting).is_blocked
        assert judge(broken, 0, setting).decision.verdict is Verdict.FAIL


def test_one_pass_of_head_is_all_that_a_clean_build_takes() -> None:
    setting = Setting(fixtures=60, trials=3, attempts=12)
    batch = draw_batch(setting, Change.NONE, 1, np.random.default_rng(1))
    clean = pass_all(batch)
    assert judge_by_screening(clean, 0, setting).calls == 1.0


def test_a_batch_is_the_same_whenever_it_is_worked_off() -> None:
    assert work_off((cell(Change.SLICE), 1)) == work_off((cell(Change.SLICE), 1))


def test_the_batches_of_a_cell_have_all_its_pull_requests() -> None:
    worked = [work_off(job)[1] for job in cell(Change.NONE).batches()]
    assert [tallies[OURS].prs for tallies in worked] == [25, 2]
    assert [tallies[TWO_RUNS].prs for tallies in worked] == [25, 2]


def test_the_default_cells_are_those_that_the_claims_rest_on() -> None:
    cells = list_cells(Choice())
    assert {c.prs for c in cells if c.change is Change.NONE and c.setting.fixtures in (100, 300)} == {5000}
    assert {c.change for c in cells if c.setting.fixtures == 1000} == {Change.NONE, Change.UNIFORM_5}
    assert {c.change for c in cells if c.setting.fixtures == 400} == {Change.OTHER_WORSE, Change.OTHER_MUCH_WORSE}
    assert len(cells) == 4 * 3 * len(Change) + 2 + 3 * 2


def test_an_error_is_never_nought_and_shrinks_with_more_pull_requests() -> None:
    errors = [Tally(prs=prs, blocked=0).error for prs in (50, 500, 5000)]
    assert all(sooner > later > 0 for sooner, later in pairwise(errors))
    assert Tally(prs=400, blocked=100).error == pytest.approx((0.25 * 0.75 / 400) ** 0.5)


def test_the_tables_tell_shares_errors_and_calls() -> None:
    tallies = {OURS: Tally(prs=200, blocked=3, warned=2, calls=300.0)}
    results = {cell(Change.NONE, 100, 200): tallies}
    assert say_share(tallies[OURS]) == "1.5 (0.9)"
    assert say_calls(tallies[OURS], 1) == "150"
    assert "| 100 | 1 | 1.5 (0.9) +1.0w | 150 |" in summarise(results)
    assert "| **gate-action** | 1.5 (0.9) +1.0w | 150 |" in compare_rules(results, (100, 1, 10))


def test_a_target_that_was_missed_is_told_as_missed() -> None:
    missed = {cell(Change.SHARED_NOISE, 100, 200): {OURS: Tally(prs=200, blocked=9, calls=300.0)}}
    assert "| false blocks | <= 2 % | 4.5 (1.5) % at N=100 T=1, A/A, shared noise | **no** |" in list_targets(missed)


def test_a_target_that_was_missed_by_chance_is_not_told_as_missed() -> None:
    few = {cell(Change.SHARED_NOISE, 100, 25): {OURS: Tally(prs=25, blocked=1, calls=30.0)}}
    assert "| too few to tell |" in list_targets(few)
