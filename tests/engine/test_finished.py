"""Finished trials are packed and come out as they went in, reasons of scores aside."""

import tracemalloc
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from gate_action.engine.finished import FinishedTrials, Told
from gate_action.model.fixture import Fixture
from gate_action.model.replay import ModelCalls
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Fault, Stored, Trial, TrialError, TrialKey, TrialRequest, Unmeasured, Usage
from tests.profiles import examples

METRICS = ("exact", "has")

keys = st.builds(TrialKey, st.sampled_from("abc"), st.sampled_from(Arm), st.sampled_from([0, 1, 2_000]))
numbers = st.one_of(st.sampled_from(Unmeasured), st.floats(0.0, 1e6))
counts = st.one_of(st.sampled_from(Unmeasured), st.integers(0, 1 << 60))
usages = st.builds(Usage, latency_s=numbers, cost_usd=numbers, input_tokens=counts, output_tokens=counts)
outcomes = st.one_of(
    st.builds(Stored, st.integers(0, 1 << 62), st.integers(0, 1 << 33)),
    st.builds(TrialError, fault=st.sampled_from(Fault), detail=st.text(max_size=5)),
)
results = st.one_of(
    st.builds(Score, value=st.floats(0.0, 1.0)), st.builds(NotScored, cause=st.sampled_from(NotScoredCause))
)
trials = st.builds(
    Trial,
    key=keys,
    outcome=outcomes,
    usage=st.one_of(st.just(Usage()), usages),
    fresh=st.booleans(),
    tries=st.sampled_from([1, 1, 3]),
    calls=st.sampled_from([None, ModelCalls(bought=1, replayed=0, failed=0, saved_tokens=0, saved_usd=0.0)]),
)


def fixtures(names: Iterable[str]) -> dict[str, Fixture]:
    return {name: Fixture(id=name, input="x") for name in names}


@given(told=st.lists(st.tuples(trials, st.tuples(results, results)), max_size=12))
@examples(100)
def test_what_is_told_comes_back_by_key_and_in_the_order_of_keys(
    told: list[tuple[Trial, tuple[Score | NotScored, Score | NotScored]]],
) -> None:
    finished = FinishedTrials(fixtures("cab"), METRICS)
    last = {}
    for trial, both in told:
        scores = tuple(
            Scored(key=trial.key, metric=metric, result=result) for metric, result in zip(METRICS, both, strict=True)
        )
        finished.add(trial, scores)
        last[trial.key] = (trial, scores)
    assert len(finished) == len(last)
    assert [(one.trial, one.scores) for one in finished] == [last[key] for key in sorted(last)]
    assert list(finished.trials()) == [last[key][0] for key in sorted(last)]
    requests = [TrialRequest(key=key) for key in last]
    assert [one.trial for one in Told(requests, finished)] == [trial for trial, _ in last.values()]
    assert [one.trial.key for one in finished.of("a")] == [key for key in sorted(last) if key.fixture_id == "a"]
    assert all(finished.has(key) for key in last)
    assert finished.find(TrialKey("a", Arm.BASE, 7)) is None


def test_a_reason_is_left_to_the_journal() -> None:
    finished = FinishedTrials(fixtures("a"), METRICS)
    key = TrialKey("a", Arm.HEAD, 0)
    scores = [Scored(key=key, metric=metric, result=Score(value=1.0, reason="as expected")) for metric in METRICS]
    finished.add(Trial(key=key, outcome=Stored(0, 10)), scores)
    (one,) = finished
    assert [scored.result for scored in one.scores] == [Score(value=1.0), Score(value=1.0)]


def test_a_trial_takes_some_forty_bytes() -> None:
    names = [f"f{number:05d}" for number in range(10_000)]
    finished = FinishedTrials(fixtures(names), METRICS)
    tracemalloc.start()
    for place, name in enumerate(names):
        key = TrialKey(name, Arm.HEAD, 0)
        scores = [Scored(key=key, metric=metric, result=Score(value=1.0)) for metric in METRICS]
        finished.add(Trial(key=key, outcome=Stored(100 * place, 100), usage=Usage(latency_s=0.1)), scores)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 45 * len(names)
