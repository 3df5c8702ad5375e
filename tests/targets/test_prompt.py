"""The `prompt` target, with a scripted model behind the real litellm."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gate_action.clients.llm import close_connections
from gate_action.errors import MissingKeyError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Fault, Output, TrialError, Unmeasured
from gate_action.targets.prompt import Prompt
from standins.openai_server import OpenAIServer, Says, openai_server


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as opened:
        yield opened
        await close_connections()


def build(folder: Path, **environment: str) -> Build:
    return Build(arm=Arm.HEAD, revision=Revision(sha="a"), folder=folder, environment=environment)


def said(role: str, content: str) -> Mapping[str, str]:
    return {"role": role, "content": content}


async def test_the_model_is_asked_with_the_revisions_prompt_and_the_gates_parameters(
    tmp_path: Path, server: OpenAIServer
):
    (tmp_path / "p.md").write_text("Be kind.")
    target = Prompt(prompt="p.md", model="openai/tiny", parameters={"top_p": 0.5}, base_url=server.url, key="KEY")
    async with target.open(build(tmp_path, KEY="s3cret"), Limits()) as ask:
        attempt = await ask(Fixture(id="f", input="why"), 0)
    assert attempt.outcome == Output(content="why")
    assert attempt.usage.output_tokens == 7
    assert attempt.usage.cost_usd is Unmeasured.UNPRICED
    (asked,) = server.journal
    assert asked.authorization == "Bearer s3cret"
    assert asked.body == {
        "model": "tiny",
        "top_p": 0.5,
        "messages": [said("system", "Be kind."), said("user", "why")],
    }


@pytest.mark.parametrize(
    ("says", "fault", "retry_after_s"),
    [
        (Says(status=429, headers={"Retry-After": "2"}), Fault.PROVIDER, 2.0),
        (Says(status=500), Fault.PROVIDER, None),
        (Says(status=400, text="too long"), Fault.REFUSED, None),
    ],
)
async def test_a_failed_call_is_the_providers_unless_the_request_is_to_blame(
    tmp_path: Path, server: OpenAIServer, says: Says, fault: Fault, retry_after_s: float | None
):
    (tmp_path / "p.md").write_text("Be kind.")
    server.script.append(says)
    target = Prompt(prompt="p.md", model="openai/tiny", base_url=server.url)
    async with target.open(build(tmp_path), Limits()) as ask:
        attempt = await ask(Fixture(id="f", input="why"), 0)
    assert isinstance(attempt.outcome, TrialError)
    assert (attempt.outcome.fault, attempt.retry_after_s) == (fault, retry_after_s)
    assert len(server.journal) == 1


async def test_a_missing_key_is_told_before_any_call(tmp_path: Path):
    (tmp_path / "p.md").write_text("Be kind.")
    with pytest.raises(MissingKeyError, match="gpt-4o-mini needs OPENAI_API_KEY"):
        async with Prompt(prompt="p.md", model="gpt-4o-mini").open(build(tmp_path), Limits()):
            pytest.fail("it opened")


def test_parameters_are_of_any_kind():
    parameters: dict[str, Any] = {"tools": [{"type": "function"}]}
    assert Prompt(prompt="p.md", model="m", parameters=parameters).parameters == parameters
