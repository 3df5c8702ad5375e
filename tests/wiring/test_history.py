"""Main's stored runs: the latest ten that are comparable, what they say of cost, and the line before any call."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gate_action.comparison.statistics.power import assume_spread
from gate_action.engine.account import mean_cost
from gate_action.model.forecast import Spread
from gate_action.model.report import BaseMatch, StoredBase
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline, Revision
from gate_action.model.trial import Arm, Output, Trial, TrialKey, Unmeasured, Usage
from gate_action.wiring.history import (
    Forecast,
    affordable_pairs,
    cost_of_call,
    find_history,
    measured_js,
    say_forecast,
    tell_base,
    within_reach,
)
from tests.engine.test_judge_standing import record

FINGERPRINT = Fingerprint(suite="s", evaluators="e", target="t")


def run(name: str, cost: float | Unmeasured = Unmeasured.NOT_REPORTED) -> EvalRun:
    return EvalRun(
        run_id=name,
        revision=Revision(sha="a" * 40),
        fingerprint=FINGERPRINT,
        fixtures={},
        scores=(),
        trial_cost_usd=cost,
    )


@dataclass(frozen=True)
class Store:
    """By commit."""

    runs: dict[str, tuple[EvalRun, ...]]

    def find(self, commits: Sequence[Revision], fingerprint: Fingerprint) -> Baseline | NoBaseline:
        assert fingerprint == FINGERPRINT
        (commit,) = commits
        found = self.runs.get(commit.sha)
        return Baseline(runs=found, commits_older=0) if found else NoBaseline(reason="none")

    def save(self, run: EvalRun) -> None:
        raise AssertionError(f"nothing is saved here: {run.run_id}")


def test_the_latest_ten_runs_are_found_whatever_their_commit():
    commits = [Revision(sha=f"{number:040d}") for number in range(20)]
    store = Store({commit.sha: (run(f"{commit.sha}-a"), run(f"{commit.sha}-b")) for commit in commits[1::2]})
    found = find_history(store, commits, FINGERPRINT)
    assert [one.run_id[-3:] for one in found] == [f"{number}-{part}" for number in (1, 3, 5, 7, 9) for part in "ab"]
    assert find_history(Store({}), commits, FINGERPRINT) == ()


def test_stored_runs_are_exact_so_many_commits_older_or_none_and_beyond_the_limit_they_do_not_gate():
    exact = Baseline(runs=(run("a"), run("b")), commits_older=0)
    older = replace(exact, commits_older=3)
    assert tell_base(within_reach(exact, 0)) == StoredBase(match=BaseMatch.EXACT, runs=2, sha="a" * 40)
    assert tell_base(within_reach(older, 3)) == StoredBase(match=BaseMatch.OLDER, runs=2, commits_older=3, sha="a" * 40)
    beyond = within_reach(older, 2)
    assert isinstance(beyond, NoBaseline)
    assert beyond.reason == (
        "the nearest stored run is 3 commits older than base, more than policy.max_commits_older 2"
    )
    assert tell_base(beyond).match is BaseMatch.NONE


def test_the_cost_of_a_call_is_that_of_the_runs_that_tell_it():
    assert cost_of_call([run("a", 0.1), run("b"), run("c", 0.3)]) == 0.2
    assert cost_of_call([run("a")]) is Unmeasured.NOT_REPORTED


def trials(*costs: float | Unmeasured) -> list[Trial]:
    return [
        Trial(key=TrialKey("f", Arm.HEAD, place), outcome=Output(content="x"), usage=Usage(cost_usd=cost))
        for place, cost in enumerate(costs)
    ]


def test_a_mean_cost_wants_every_trials():
    assert mean_cost(trials(0.1, 0.3)) == 0.2
    assert mean_cost(trials(0.1, Unmeasured.UNPRICED)) is Unmeasured.UNPRICED
    assert mean_cost([]) is Unmeasured.NOT_REPORTED


def forecast(*spreads: Spread, cost: float | Unmeasured = Unmeasured.NOT_REPORTED) -> Forecast:
    return Forecast(spreads=spreads, fixtures=100, clusters=80, trials=3, calls=600, cost_usd=cost)


def test_the_line_before_any_call_says_what_is_assumed():
    assert say_forecast(forecast(assume_spread("answer", 100, 0.08))) == (
        "preflight: 100 fixtures in 80 clusters x 3; found with 80 % power: answer a drop of 7.5 points"
        " (s2 0.08 assumed); at most 600 calls, cost not known"
    )


def test_the_line_before_any_call_says_what_was_measured_and_what_a_month_costs():
    spread = Spread(metric="answer", deviation=0.01, variance=0.05, runs=7)
    assert say_forecast(forecast(spread, cost=1.5)) == (
        "preflight: 100 fixtures in 80 clusters x 3; found with 80 % power: answer a drop of 2.7 points"
        " (s2 0.050 of 7 stored runs); at most 600 calls and 1.50 USD; 100 such pull requests 150 USD"
    )


def test_the_line_before_any_call_promises_nothing_where_nothing_can_be_found():
    steady = Spread(metric="answer", deviation=0.0, variance=0.0, runs=7)
    assert "answer unknown: no stored trial varied" in say_forecast(forecast(steady))
    assert "answer no drop" in say_forecast(forecast(replace(steady, deviation=2.0)))
    assert "nothing may block" in say_forecast(forecast())


def test_only_judges_that_may_block_shrink_what_is_found():
    records = {"tone": record("sha256:0", j=0.8), "weak": record("sha256:0", j=0.3)}
    assert measured_js(records) == {"tone": 0.8}


def test_the_self_test_inside_a_run_is_bounded_by_the_suites_size():
    assert [affordable_pairs(count) for count in (1, 200, 400, 5000)] == [100, 100, 50, 20]
