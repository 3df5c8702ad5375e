"""The `http` target, against real servers on loopback, faults included."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gate_action.clients.http_answer import Parts
from gate_action.errors import ConfigError, TargetStartError
from gate_action.model.fixture import Fixture, Json, ToolCall
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError, Unmeasured
from gate_action.targets.http import ArmUrls, Http

pytestmark = pytest.mark.slow
LIMITS = Limits(concurrency=4, max_output_bytes=10_000, start_timeout_s=20)
HEAD = Build(arm=Arm.HEAD, revision=Revision(sha="a"))
FIXTURE = Fixture(id="f1", input={"city": "Oslo", "days": [1, 2]}, context=("doc",))
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/answer"))


@asynccontextmanager
async def raw(answer: bytes, *, then_wait: bool = False, resets: bool = False) -> AsyncIterator[str]:
    """A server that says just these bytes to a POST, and a fine answer to all else."""

    done: list[asyncio.Task[None] | None] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        done.append(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"POST"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()
            return
        await reader.readuntil(b'"f1"')
        writer.write(answer)
        if resets:
            writer.transport.abort()
            return
        await writer.drain()
        if then_wait:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await asyncio.wait_for(asyncio.gather(*filter(None, done)), 5)


async def ask(url: str, *, fixture: Fixture = FIXTURE, **options: object) -> Attempt:
    target = Http(url=ArmUrls(base="http://127.0.0.1:9/", head=url), **options)  # type: ignore[arg-type]  # a table's
    async with target.open(HEAD, LIMITS) as attempt:
        return await attempt(fixture, 2)


def fault(attempt: Attempt) -> Fault:
    assert isinstance(attempt.outcome, TrialError), attempt
    return attempt.outcome.fault


def answers(body: Json = None, **options: object) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        del request
        return web.json_response(body, **options)  # type: ignore[arg-type]  # a table's

    return handle


async def test_an_answer_in_the_protocols_shape_is_read_whole():
    call: Json = {"name": "find", "arguments": {"q": 1}}
    body: Json = {"output": "ok", "tool_calls": [call], "context": ["d"], "usage": {"input_tokens": 3, "cost_usd": 0.1}}
    async with served(answers(body)) as url:
        attempt = await ask(url)
    assert attempt.outcome == Output(
        content="ok", tool_calls=(ToolCall(name="find", arguments={"q": 1}),), context=("d",)
    )
    assert (attempt.usage.input_tokens, attempt.usage.cost_usd) == (3, 0.1)
    assert attempt.usage.output_tokens is Unmeasured.NOT_REPORTED
    assert isinstance(attempt.usage.latency_s, float)


async def test_paths_lead_to_the_parts_of_any_answer():
    body: Json = {
        "choices": [{"message": {"content": "hi", "calls": [{"function": {"name": "f", "arguments": '{"a": 1}'}}]}}],
        "docs": [{"text": "one"}, {"text": "two"}],
        "tokens": {"in": 5},
    }
    parts = Parts(
        output="$.choices[0].message.content",
        tool_calls="$..calls[*]",
        context="$.docs[*].text",
        input_tokens="$.tokens.in",
    )
    async with served(answers(body)) as url:
        attempt = await ask(url, response=parts)
    assert attempt.outcome == Output(
        content="hi", tool_calls=(ToolCall(name="f", arguments={"a": 1}),), context=("one", "two")
    )
    assert attempt.usage.input_tokens == 5


async def test_the_request_is_made_from_the_template_and_the_headers():
    seen: dict[str, object] = {}

    async def handle(request: web.Request) -> web.Response:
        seen.update(method=request.method, key=request.headers.get("X-Key"), path=request.path)
        if request.method == "PUT":
            seen["body"] = await request.json()
        return web.json_response({"output": 1})

    template = {
        "whole": "{{input}}",
        "days": "{{ input.days }}",
        "text": "In {{input.city}}, {{input.days.1}} days, try {{attempt}}: {{context}}",
        "fixed": [1, None, "{{fixture_id}}"],
    }
    async with served(handle) as url:
        await ask(url, request=template, headers={"X-Key": "s3cret"}, method="PUT")
    assert seen == {
        "method": "PUT",
        "key": "s3cret",
        "path": "/answer",
        "body": {
            "whole": {"city": "Oslo", "days": [1, 2]},
            "days": [1, 2],
            "text": "In Oslo, 2 days, try 2: doc",
            "fixed": [1, None, "f1"],
        },
    }


async def test_a_template_that_an_input_does_not_fit_is_a_mistake_in_the_config():
    async with served(answers({"output": 1})) as url:
        with pytest.raises(ConfigError, match=r"fixture 'f1' has nothing for \{\{input.country\}\}"):
            await ask(url, request={"x": "{{input.country}}"})


@pytest.mark.parametrize(
    ("handler", "expected", "words"),
    [
        (answers({"output": 1}, status=500), Fault.REFUSED, "status 500"),
        (answers({"no": 1}, status=404), Fault.REFUSED, "status 404"),
        (answers({}, status=429), Fault.PROVIDER, "status 429"),
        (answers({}, status=302, headers={"Location": "/else"}), Fault.REFUSED, "'/else': redirects are not followed"),
        (answers({"output": 1}, content_type="text/html"), Fault.GARBAGE, "text/html, not JSON"),
        (answers({"answer": 1}), Fault.GARBAGE, "neither output nor error"),
        (answers([1]), Fault.GARBAGE, "neither output nor error"),
        (answers({"output": 1, "context": [1]}), Fault.GARBAGE, "wrong shape"),
        (answers({"error": "no stock"}), Fault.REFUSED, "no stock"),
        (answers({"output": "x" * 20_000}), Fault.TOO_LARGE, "10000 bytes"),
    ],
)
async def test_each_way_to_refuse_or_to_talk_nonsense_is_told(handler: Handler, expected: Fault, words: str):
    async with served(handler) as url:
        attempt = await ask(url)
    assert fault(attempt) is expected
    assert isinstance(attempt.outcome, TrialError)
    assert words in attempt.outcome.detail


async def test_what_the_server_asks_us_to_wait_is_kept():
    async with served(answers({}, status=429, headers={"Retry-After": "7"})) as url:
        assert (await ask(url)).retry_after_s == 7.0


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (OK + b'Content-Length: 14\r\n\r\n{"output": "\xff"}', Fault.GARBAGE),
        (OK + b'Content-Length: 500\r\n\r\n{"output": "ha', Fault.GARBAGE),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", Fault.GARBAGE),
        (OK + b'Content-Length: 14\r\n\r\n{"output": \t[}', Fault.GARBAGE),
        (OK + b'Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\n{"output": "x"}', Fault.GARBAGE),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Fault.GARBAGE),
        (b"", Fault.CRASHED),
    ],
)
async def test_broken_http_is_told(answer: bytes, expected: Fault):
    async with raw(answer) as url:
        assert fault(await ask(url)) is expected


async def test_a_reset_connection_is_a_crash():
    async with raw(b"", resets=True) as url:
        assert fault(await ask(url)) is Fault.CRASHED


async def test_a_body_chunked_for_ever_is_too_large_at_the_limit():
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            return web.Response()
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 1000)
        except ConnectionError:
            return response

    async with served(handle) as url:
        assert fault(await ask(url)) is Fault.TOO_LARGE


async def test_a_slow_drip_waits_for_the_engines_time_out():
    async with raw(OK + b"Content-Length: 50\r\n\r\n{", then_wait=True) as url:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await ask(url)


async def test_a_text_answer_is_the_output():
    async def handle(request: web.Request) -> web.Response:
        del request
        return web.Response(text="grüezi")

    async with served(handle) as url:
        assert (await ask(url, response="text")).outcome == Output(content="grüezi")


async def test_text_that_is_no_utf_8_is_garbage():
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe") as url:
        assert fault(await ask(url, response="text")) is Fault.GARBAGE


async def test_a_build_that_cannot_be_reached_cannot_start():
    target = Http(url=ArmUrls(base="http://127.0.0.1:9/", head="http://127.0.0.1:9/"), ready="/health")
    with pytest.raises(TargetStartError, match=r"http://127.0.0.1:9/health was not ready within 0.2 s.*no connection"):
        async with target.open(HEAD, Limits(start_timeout_s=0.2)):
            pytest.fail("it opened")


async def test_a_build_is_waited_for_until_it_says_that_it_is_ready():
    asked = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({"output": 1}, status=503 if len(asked) == 1 else 200)

    async with served(handle) as url:
        assert (await ask(url, ready="/health")).outcome == Output(content=1)
    assert asked == ["/health", "/health", "/answer"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, r"url: one for each build"),
        ({"url": "http://both/"}, r"url: one for each build"),
        ({"url": ArmUrls(base="http://a/", head="ftp://b/")}, r"url: 'ftp://b/' is no http"),
        ({"url": ArmUrls(base="http://a/", head="http://b/"), "start": ("x",)}, r"url: one url with \{port\}"),
        ({"start": ("x",), "request": {"a": ["{{expected}}"]}}, r"request: nothing is known as \{\{expected\}\}"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, object], words: str):
    with pytest.raises(ValueError, match=words):
        Http(**options)  # type: ignore[arg-type]  # a table of wrong options


@pytest.mark.parametrize("path", ["output", "$.[", "$..a[?"])
def test_a_path_that_is_no_jsonpath_is_refused(path: str):
    with pytest.raises(ValueError, match=r"context: .* is no JSONPath"):
        Parts(context=path)


def test_a_checkout_is_needed_only_for_what_is_started():
    assert Http(start=("x",)).needs_folder
    assert not Http(url=ArmUrls(base="http://a/", head="http://b/")).needs_folder


def test_headers_show_in_no_repr():
    assert "s3cret" not in repr(Http(start=("x",), headers={"Authorization": "s3cret"}))
