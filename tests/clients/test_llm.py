"""Model calls through the real litellm, against a scripted server on loopback. litellm's import alone takes seconds."""

import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gate_action.clients.llm import (
    ModelRequest,
    Models,
    close_connections,
    open_completer,
    open_models,
)
from gate_action.clients.model_keys import Access
from gate_action.errors import MissingKeyError
from gate_action.model.fixture import JsonObject, ToolCall
from gate_action.model.protocols import ProviderError
from gate_action.model.trial import Unmeasured
from standins.openai_server import OpenAIServer, Says, openai_server

HELLO: tuple[dict[str, str], ...] = ({"role": "user", "content": "hello"},)
SCHEMA: JsonObject = {"type": "object", "properties": {"verdict": {"type": "string"}}}


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as opened:
        yield opened
        await close_connections()


@pytest.fixture
async def models() -> AsyncIterator[Models]:
    yield await open_models(timeout_s=5.0)
    await close_connections()


async def ask(models: Models, server: OpenAIServer, model: str = "openai/tiny", **parameters: Any):
    request = ModelRequest(model=model, messages=HELLO, parameters=parameters)
    return await models.ask(request, Access(key="s3cret-key", base_url=server.url))


async def test_a_call_brings_text_tokens_and_the_time_it_took(models: Models, server: OpenAIServer):
    reply = await ask(models, server, temperature=0.5)
    assert reply.text == "hello"
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (11, 7)
    assert isinstance(reply.usage.latency_s, float)
    (asked,) = server.journal
    assert asked.authorization == "Bearer s3cret-key"
    assert asked.body == {"model": "tiny", "messages": list(HELLO), "temperature": 0.5}


async def test_a_known_model_has_a_price_and_an_unknown_one_says_so(models: Models, server: OpenAIServer):
    known = await ask(models, server, "openai/gpt-4o-mini")
    unknown = await ask(models, server, "openai/tiny")
    assert known.usage.cost_usd == pytest.approx((11 * 0.15 + 7 * 0.60) / 1e6)
    assert unknown.usage.cost_usd is Unmeasured.UNPRICED


async def test_tokens_that_nobody_reports_are_not_nought(models: Models, server: OpenAIServer):
    server.script.append(Says(text="hi", has_usage=False))
    usage = (await ask(models, server, "openai/gpt-4o-mini")).usage
    assert {usage.input_tokens, usage.output_tokens, usage.cost_usd} == {Unmeasured.NOT_REPORTED}


async def test_tool_calls_are_read_even_where_the_model_wrote_nonsense(models: Models, server: OpenAIServer):
    def call(arguments: str) -> dict[str, Any]:
        return {"id": "c", "type": "function", "function": {"name": "find", "arguments": arguments}}

    server.script.append(Says(text=None, tool_calls=(call('{"q": 1}'), call(""), call('{"q": '), call("[1]"))))
    reply = await ask(models, server)
    assert reply.text == ""
    assert [told.arguments for told in reply.tool_calls] == [
        {"q": 1},
        {},
        {"unreadable": '{"q": '},
        {"unreadable": "[1]"},
    ]
    assert reply.tool_calls[0] == ToolCall(name="find", arguments={"q": 1})


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (Says(status=429, headers={"Retry-After": "3"}), (True, False, 3.0)),
        (Says(status=500), (True, False, None)),
        (Says(status=503, headers={"Retry-After": "1"}), (True, False, 1.0)),
        (Says(status=401, text="bad key s3cret-key"), (False, False, None)),
        (Says(status=400, text="context too long"), (False, True, None)),
        (Says(status=404), (False, False, None)),
        (Says(raw=b"nonsense"), (True, False, None)),
        (Says(raw=b'{"choices": []}'), (True, False, None)),
    ],
)
async def test_each_failure_says_whether_to_try_again_and_is_asked_once(
    models: Models, server: OpenAIServer, says: Says, expected: tuple[bool, bool, float | None]
):
    server.script.append(says)
    with pytest.raises(ProviderError) as caught:
        await ask(models, server)
    error: Any = caught.value
    assert (error.is_transient, error.is_requests_fault, error.retry_after_s) == expected
    assert "s3cret" not in str(error)
    assert len(server.journal) == 1


async def test_a_call_that_takes_too_long_is_given_up(server: OpenAIServer):
    server.script.append(Says(delay_s=5))
    models = await open_models(timeout_s=0.2)
    with pytest.raises(ProviderError, match=r"tiny") as caught:
        await ask(models, server)
    error: Any = caught.value
    assert error.is_transient


async def test_a_provider_that_cannot_be_reached_is_an_outage(models: Models):
    request = ModelRequest(model="openai/tiny", messages=HELLO)
    with pytest.raises(ProviderError) as caught:
        await models.ask(request, Access(key="k", base_url="http://127.0.0.1:9/v1"))
    error: Any = caught.value
    assert error.is_transient


async def test_a_judge_is_asked_for_json_by_schema(server: OpenAIServer):
    environ = {"OPENAI_BASE_URL": server.url, "JUDGE_KEY": "k1"}
    async with open_completer(environ, key="JUDGE_KEY") as complete:
        completion = await complete(HELLO, model="openai/tiny", schema=SCHEMA)
    assert completion.text == "hello"
    assert completion.usage.input_tokens == 11
    (asked,) = server.journal
    assert asked.authorization == "Bearer k1"
    assert asked.body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert asked.body["temperature"] == 0


async def test_a_judge_without_its_key_is_never_asked(server: OpenAIServer):
    async with open_completer({"OPENAI_BASE_URL": server.url}, key="JUDGE_KEY") as complete:
        with pytest.raises(MissingKeyError, match="openai/tiny needs JUDGE_KEY"):
            await complete(HELLO, model="openai/tiny")
    assert server.journal == []


async def test_a_judge_that_says_nothing_has_not_answered(server: OpenAIServer):
    server.script.append(Says(text=None))
    async with open_completer({}, base_url=server.url) as complete:
        with pytest.raises(ProviderError, match="without text"):
            await complete(HELLO, model="openai/tiny")


async def test_two_who_ask_at_once_do_not_close_each_others_connections(server: OpenAIServer):
    async with open_completer({}, base_url=server.url) as first:
        async with open_completer({}, base_url=server.url) as second:
            await second(HELLO, model="openai/tiny")
        completion = await first(HELLO, model="openai/tiny")
    assert completion.text == "hello"


def run_alone(text: str) -> tuple[str, str]:
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip(), done.stderr


def test_litellm_is_not_loaded_before_the_first_call():
    text = "import sys, gate_action.clients.llm; print({'litellm', 'openai', 'httpx'} & set(sys.modules))"
    assert run_alone(text) == ("set()", "")


@pytest.mark.slow
def test_litellm_is_loaded_without_its_proxy_and_says_nothing():
    text = """
import sys
from gate_action.clients import llm
llm._load()
print([name for name in sys.modules if name.startswith("litellm.proxy.proxy_server")])
"""
    assert run_alone(text) == ("[]", "")
