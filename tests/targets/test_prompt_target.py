"""The `prompt` target: prompt files of a checkout, and a scripted model behind the real litellm."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gate_action.clients.llm import close_connections
from gate_action.clients.prompts import load_prompt
from gate_action.errors import ConfigError, MissingKeyError, TargetStartError
from gate_action.model.fixture import Fixture, Json, JsonObject
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Fault, Output, TrialError, Unmeasured
from gate_action.targets.prompt import Prompt
from tests.fakes.openai_server import OpenAIServer, Says, openai_server

CHAT: Json = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes?"}], "who": "Ada"}


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as opened:
        yield opened
        await close_connections()


def build(folder: Path, **environment: str) -> Build:
    return Build(arm=Arm.HEAD, revision=Revision(sha="a"), folder=folder, environment=environment)


def filled(folder: Path, text: str, content: Json, name: str = "prompt.md") -> list[JsonObject]:
    (folder / name).write_text(text, encoding="utf-8")
    return load_prompt(folder, name).fill(Fixture(id="f", input=content, context=("one", "two")), 0)


def said(role: str, content: str) -> Mapping[str, str]:
    return {"role": role, "content": content}


def test_a_text_that_takes_the_input_is_the_users(tmp_path: Path):
    assert filled(tmp_path, "Of {{context}}: {{input}}?", "why") == [said("user", "Of one\n\ntwo: why?")]


def test_an_input_that_no_placeholder_takes_follows_the_systems_text(tmp_path: Path):
    assert filled(tmp_path, "Be kind.", "why") == [said("system", "Be kind."), said("user", "why")]


def test_parts_of_an_input_are_put_in_as_they_are(tmp_path: Path):
    content: Json = {"city": "Oslo {{context}}", "days": [1]}
    assert filled(tmp_path, "{{input.city}} {{ input.days }}", content) == [said("user", "Oslo {{context}} [1]")]


def test_a_chats_messages_follow_the_prompt(tmp_path: Path):
    messages = filled(tmp_path, "Serve {{input.who}}.", CHAT)
    assert messages == [said("system", "Serve Ada."), said("user", "hi"), said("assistant", "yes?")]


def test_a_yaml_prompt_is_a_list_of_messages(tmp_path: Path):
    text = "- {role: system, content: Be kind.}\n- role: user\n  content: |-\n    {{input}}!\n"
    assert filled(tmp_path, text, "why", "p.yaml") == [said("system", "Be kind."), said("user", "why!")]


def test_a_conversation_of_several_turns_is_refused_by_name(tmp_path: Path):
    with pytest.raises(ConfigError, match="fixture 'f' has several turns"):
        filled(tmp_path, "Be kind.", {"turns": ["a", "b"]})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("p.md", "{{expected}}", "nothing is known as {{expected}}"),
        ("p.yaml", "[]", "it has no message"),
        ("p.yaml", "role: user", "Expected `array`"),
        ("p.yaml", "- {role: user, content: hi, name: x}", "unknown field `name`"),
        ("p.yaml", "- [", "not YAML"),
    ],
)
def test_a_file_that_is_no_prompt_cannot_start(tmp_path: Path, name: str, text: str, words: str):
    with pytest.raises(TargetStartError) as caught:
        filled(tmp_path, text, "x", name)
    assert words in str(caught.value)


def test_a_prompt_never_leads_out_of_the_checkout(tmp_path: Path):
    checkout = tmp_path / "checkout"
    (checkout / "prompts").mkdir(parents=True)
    (tmp_path / "secret").write_text("s3cret")
    (checkout / "link").symlink_to(tmp_path / "secret")
    (checkout / "folder").symlink_to(tmp_path)
    for path in ("link", "folder/secret", "../secret", str(tmp_path / "secret"), "prompts", "missing"):
        with pytest.raises(TargetStartError) as caught:
            load_prompt(checkout, path)
        assert "s3cret" not in str(caught.value)


def test_a_link_inside_the_checkout_is_followed(tmp_path: Path):
    (tmp_path / "real.md").write_text("Be kind.")
    (tmp_path / "link.md").symlink_to("real.md")
    assert load_prompt(tmp_path, "link.md").messages[0].content == "Be kind."


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
