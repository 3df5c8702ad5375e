"""Production scored by a gate's own evaluators: the draw, the estimate, what is kept, and what is told."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from gate_action import NotScored, Score, open_scorer
from gate_action.errors import ConfigError
from gate_action.loop.store import open_store
from gate_action.wiring.loop.scoring import ScoreOptions, Told, score_production
from tests.loop.production import MONDAY, Production, digest, feedback, turn

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics:
  kind: {evaluator: contains, options: {all_of: [please]}}
  answer: {evaluator: exact_match}
"""
NOW = MONDAY + timedelta(days=7)


@pytest.fixture
def options(tmp_path: Path) -> ScoreOptions:
    """20 turns that were complained of, of which all are rude, and 400 silent ones, of which one in ten is."""
    (tmp_path / "gate.yaml").write_text(GATE)
    production = Production()
    for number in range(20):
        turn_id = digest("complaint", number)
        at = MONDAY + timedelta(hours=number)
        production.add(
            "turn", turn(turn_id, at, output="No.", latency_s=2.0, trace_id=f"{number:032x}", user_key=f"u{number}")
        )
        production.add("feedback", feedback(turn_id, at))
    for number in range(400):
        output = "No." if number % 10 == 0 else "Yes, please."
        status = "error" if number < 40 else "ok"
        turn_id = digest("silent", number)
        production.add(
            "turn", turn(turn_id, MONDAY + timedelta(minutes=number), output=output, status=status, latency_s=1.0)
        )
    store = tmp_path / "store.duckdb"
    with open_store(store) as opened:
        production.write(opened)
    return ScoreOptions(repository=tmp_path, config="gate.yaml", store=store, turns=100, out=tmp_path / "scores.jsonl")


def score(options: ScoreOptions) -> Told:
    return score_production(options, {}, clock=lambda: NOW)


def test_the_mean_is_that_of_all_turns_and_not_of_those_that_were_drawn(options: ScoreOptions):
    told = score(options)
    (mean,) = told.means
    assert (told.drawn, len(told.scoring.turn_ids), mean.turns) == (100, 100, 100)
    truth = 360 / 420
    assert mean.mean.interval.low < truth < mean.mean.interval.high
    assert mean.mean.value == pytest.approx(truth, abs=0.06)  # the draw's own mean is 0.72
    assert told.left_out == ("answer",)


def test_beside_it_stand_errors_and_latency(options: ScoreOptions):
    vitals = score(options).vitals
    assert vitals.errors is not None
    assert vitals.errors.value == pytest.approx(40 / 420)
    assert vitals.latency_s == (1.0, 1.0)
    assert vitals.cost_usd is None


def test_what_was_scored_is_not_scored_again_and_told_once(options: ScoreOptions):
    score(options)
    again = score(options)
    assert (len(again.scoring.turn_ids), again.scoring.known) == (0, 100)
    assert options.out is not None
    (line,) = options.out.read_text().splitlines()
    records = json.loads(line)["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert len(records) == 100
    complaint = next(record for record in records if "traceId" in record)
    told = {one["key"]: next(iter(one["value"].values())) for one in complaint["attributes"]}
    assert (complaint["eventName"], told["gen_ai.evaluation.name"]) == ("gen_ai.evaluation.result", "kind")
    assert (told["gen_ai.evaluation.score.value"], told["gen_ai.evaluation.score.label"]) == (0.0, "fail")


def test_a_gate_whose_metrics_all_need_an_expected_answer_is_told_so(options: ScoreOptions):
    (options.repository / "gate.yaml").write_text(
        GATE.replace("  kind: {evaluator: contains, options: {all_of: [please]}}\n", "")
    )
    with pytest.raises(ConfigError, match="nobody said what was expected"):
        score(options)


async def test_a_service_scores_its_own_answers_as_they_are_given(options: ScoreOptions):
    async with open_scorer(options.repository, environ={}) as scorer:
        good = await scorer.score(input="Is it there?", output="Yes, please.")
        bad = await scorer.score(input="Is it there?", output="No.")
    assert isinstance(good["kind"], Score)
    assert (good["kind"].value, getattr(bad["kind"], "value", None)) == (1.0, 0.0)
    assert not any(isinstance(result, NotScored) for result in good.values())
