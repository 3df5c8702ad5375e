"""The judge through the real model client, against a scripted server on loopback: what is sent, what comes of it."""

import json

import pytest

from gate_action.clients.llm import open_completer
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.model.fixture import Fixture, Suite
from gate_action.model.metric import Metric
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Output, TrialKey
from gate_action.testing import no_call
from standins.openai_server import OpenAIServer, Says, openai_server
from tests.evaluators.examples import judgement

pytestmark = pytest.mark.slow

FIXTURE = Fixture(id="f", input="How long?", context=("Thirty days.",))
METRIC = Metric(name="grounded", evaluator="llm_judge", options={"preset": "groundedness"})


async def judge(server: OpenAIServer) -> Scored:
    scorer = build_scorer([METRIC], Suite(fixtures=(FIXTURE,)), JudgeDefaults(model="openai/tiny"))
    async with open_completer({"OPENAI_API_KEY": "k"}, base_url=server.url) as complete:
        (scored,) = await scorer.score(
            FIXTURE, TrialKey("f", Arm.HEAD, 0), Output(content="Thirty."), complete=complete, call=no_call
        )
    return scored


async def test_the_schema_and_the_record_arrive_and_the_verdict_comes_back():
    async with openai_server(Says(text=json.dumps(judgement("pass", quotes=["Thirty"])))) as server:
        scored = await judge(server)
    assert scored.result == Score(value=1.0, reason="pass: It says so.")
    (asked,) = server.journal
    assert asked.body["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    assert json.loads(asked.body["messages"][1]["content"])["answer"] == "Thirty."
    assert "tools" not in asked.body


@pytest.mark.parametrize(
    "says", [Says(text="It is fine."), Says(status=400, text="no such model"), Says(raw=b"<html>")]
)
async def test_a_judge_that_fails_leaves_the_score_missing(says: Says):
    async with openai_server(says, says, says, says, says, says) as server:
        scored = await judge(server)
    assert isinstance(scored.result, NotScored)
    assert scored.result.cause is NotScoredCause.EVALUATOR_ERROR
