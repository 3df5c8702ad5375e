"""The proxy between real clients and a scripted provider, and what it refuses."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from gate_action.clients.llm import ModelRequest, close_connections, open_models
from gate_action.clients.model_keys import Access
from gate_action.clients.proxy.passing_on import REPLAYED
from gate_action.clients.proxy.recording import Door, Proxy, Reach, open_proxy
from gate_action.clients.proxy.tape import open_tape
from gate_action.codec.answers import Header
from gate_action.engine.replay import Recorder, Slip
from gate_action.model.fixture import Fixture
from gate_action.model.trial import Arm, TrialKey
from standins.providers import Body, Provider, Refusal, provider, question_of

BASE, HEAD = Door(arm=Arm.BASE, token="token-of-base"), Door(arm=Arm.HEAD, token="token-of-head")


@dataclass
class Bench:
    proxy: Proxy
    recorder: Recorder
    provider: Provider
    slips: dict[Arm, Slip]

    def url(self, door: Door, route: str = "openai", path: str = "") -> str:
        return self.proxy.url(door, route, path)

    def begin(self, arm: Arm) -> None:
        """A trial of the only fixture, alone in flight."""
        if arm in self.slips:
            self.recorder.close_slip(self.slips[arm])
        self.slips[arm] = self.recorder.open_slip(TrialKey("f", arm, 0), Fixture(id="f", input="?"), f"{arm}")


def numbered(body: Body, number: int) -> str | Refusal:
    return f"{question_of(body)} and the answer is {number}"


@asynccontextmanager
async def bench(tmp_path: Path, draw: Callable[[Body, int], str | Refusal] = numbered) -> AsyncIterator[Bench]:
    with provider(draw) as upstream, open_tape(tmp_path / "answers.jsonl") as tape:
        tape.start(Header(recorded_at="2026-01-01T00:00:00+00:00"))
        recorder = Recorder(tape=tape)
        routes = {"openai": f"{upstream.url}/v1", "anthropic": upstream.url, "gemini": f"{upstream.url}/v1beta"}
        async with open_proxy(recorder, Reach(doors=(BASE, HEAD), routes=routes)) as proxy:
            made = Bench(proxy, recorder, upstream, {})
            for arm in Arm:
                made.begin(arm)
            yield made


async def test_openais_own_client_hears_the_same_twice_and_pays_once(tmp_path: Path) -> None:
    openai = pytest.importorskip("openai")
    async with bench(tmp_path) as place:
        heard = []
        for door in (BASE, HEAD):
            async with openai.AsyncOpenAI(api_key="key-of-the-child", base_url=place.url(door)) as client:
                reply = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
                heard.append(reply.choices[0].message.content)
        assert heard == ["Hi and the answer is 0"] * 2
        assert [one.path for one in place.provider.heard] == ["/v1/chat/completions"]
        assert place.provider.heard[0].headers["Authorization"] == "Bearer key-of-the-child"
        assert place.slips[Arm.HEAD].calls.is_replayed
        assert place.slips[Arm.HEAD].calls.saved_tokens == 18
    assert "key-of-the-child" not in (tmp_path / "answers.jsonl").read_text(encoding="utf-8")


async def test_a_stream_is_played_event_by_event(tmp_path: Path) -> None:
    openai = pytest.importorskip("openai")
    async with bench(tmp_path) as place:
        heard: list[list[str]] = []
        for door in (BASE, HEAD):
            async with openai.AsyncOpenAI(api_key="key", base_url=place.url(door)) as client:
                messages = [{"role": "user", "content": "Hi"}]
                stream = await client.chat.completions.create(model="m", messages=messages, stream=True)
                heard.append([part.choices[0].delta.content async for part in stream])
        assert heard[0] == heard[1]
        assert heard[0][:3] == ["Hi", "and", "the"]
        assert len(place.provider.heard) == 1
    answer = next(json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines() if "cuts" in line)
    assert len(answer["cuts"]) > 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "route"), [("openai/m", "openai"), ("anthropic/m", "anthropic"), ("gemini/m", "gemini")]
)
async def test_litellm_speaks_each_providers_shape_through_it(tmp_path: Path, model: str, route: str) -> None:
    models = await open_models(20.0)
    request = ModelRequest(model=model, messages=[{"role": "user", "content": "Hi"}])
    async with bench(tmp_path) as place:
        urls = [place.url(door, route) for door in (BASE, HEAD)]
        heard = [(await models.ask(request, Access(key="k-123456", base_url=url))).text for url in urls]
        assert heard == ["Hi and the answer is 0"] * 2
        assert len(place.provider.heard) == 1
        await close_connections()
    assert "k-123456" not in (tmp_path / "answers.jsonl").read_text(encoding="utf-8")


async def post(url: str, question: str = "Hi", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    body = {"model": "m", "messages": [{"role": "user", "content": question}]}
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as reply:
        return reply.status, await reply.read(), dict(reply.headers)


@pytest.mark.parametrize("status", [401, 429, 500, 503, 529])
async def test_a_providers_refusal_passes_through_and_is_no_answer(tmp_path: Path, status: int) -> None:
    def draw(body: Body, number: int) -> str | Refusal:
        return numbered(body, number) if number else Refusal(status=status, headers={"Retry-After": "7"})

    async with bench(tmp_path, draw) as place:
        path = "/chat/completions"
        refused, _, headers = await post(place.url(BASE, path=path))
        assert (refused, headers["Retry-After"]) == (status, "7")
        assert bool(place.slips[Arm.BASE].open_failures) == (status != 401)
        assert place.recorder.unlike["denied"] == (status == 401)
        assert place.slips[Arm.BASE].calls.bought == 0
        answered, _, headers = await post(place.url(BASE, path=path))
        assert answered == 200
        assert not place.slips[Arm.BASE].open_failures
        assert REPLAYED not in headers


async def test_a_request_that_the_provider_calls_bad_is_bad_again_for_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path, lambda *_: Refusal(status=400, body=b'{"error": "too long"}')) as place:
        told = [await post(place.url(door, path="/chat/completions")) for door in (BASE, HEAD)]
        assert [(status, body) for status, body, _ in told] == [(400, b'{"error": "too long"}')] * 2
        assert len(place.provider.heard) == 1


async def test_a_provider_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    with open_tape(tmp_path / "answers.jsonl") as tape:
        recorder = Recorder(tape=tape)
        async with open_proxy(recorder, Reach(doors=(BASE,), routes={"gone": "http://127.0.0.1:9"})) as proxy:
            slip = recorder.open_slip(TrialKey("f", Arm.BASE, 0), Fixture(id="f", input="?"), "t")
            status, body, _ = await post(proxy.url(BASE, "gone", "/x"))
            assert status == 502
            assert b"cannot be reached" in body
            assert slip.open_failures


async def say(port: int, raw: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    answer = await asyncio.wait_for(reader.read(300), 5)
    writer.close()
    return answer


@pytest.mark.parametrize(
    "head",
    [
        "GET http://elsewhere.example/ HTTP/1.1\r\nHost: elsewhere.example",
        "CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443",
        "GET /token-of-base/openai/models HTTP/1.1\r\nHost: elsewhere.example",
        "GET /token-of-base/openai/models HTTP/1.1\r\nHost: {host}\r\nHost: {host}",
        "GET /token-of-base/openai/../secret HTTP/1.1\r\nHost: {host}",
        "GET /token-of-base/openai/%2e%2e/secret HTTP/1.1\r\nHost: {host}",
        "GET //token-of-base/openai/models HTTP/1.1\r\nHost: {host}",
        "GET /token-of-basf/openai/models HTTP/1.1\r\nHost: {host}",
        "GET /openai/models HTTP/1.1\r\nHost: {host}",
        "GET /token-of-base/elsewhere/models HTTP/1.1\r\nHost: {host}",
        "OPTIONS /token-of-base/openai/models HTTP/1.1\r\nHost: {host}",
        "POST /token-of-base/openai/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked",
        "POST /token-of-base/openai/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nContent-Length: 4",
        "GET /token-of-base/openai/x HTTP/1.1\r\nHost: {host}\r\nX: a\nEvil: b\x00",
    ],
)
async def test_it_is_no_open_proxy(tmp_path: Path, head: str) -> None:
    async with bench(tmp_path) as place:
        raw = head.format(host=f"127.0.0.1:{place.proxy.port}").encode() + b"\r\n\r\n"
        status = (await say(place.proxy.port, raw)).split(b" ", 2)[1]
        assert status[:1] == b"4", status
        assert not place.provider.heard


async def test_an_answer_that_breaks_off_is_half_for_the_child_too_and_is_not_kept(tmp_path: Path) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with open_tape(tmp_path / "answers.jsonl") as tape:
        recorder = Recorder(tape=tape)
        reach = Reach(doors=(BASE,), routes={"half": f"http://127.0.0.1:{port}"})
        async with open_proxy(recorder, reach) as proxy:
            slip = recorder.open_slip(TrialKey("f", Arm.BASE, 0), Fixture(id="f", input="?"), "t")
            with pytest.raises(aiohttp.ClientError):
                await post(proxy.url(BASE, "half", "/x"))
            assert slip.open_failures
            assert slip.calls.bought == 0
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def scripted(tmp_path: Path, *replies: bytes) -> AsyncIterator[tuple[str, str, list[bytes]]]:
    """Base's URL and head's, and what reached a provider that says ``replies``, one a connection."""
    heard: list[bytes] = []
    left = list(replies)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
        heard.append(head + await reader.readexactly(length))
        writer.write(left.pop(0))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with open_tape(tmp_path / "answers.jsonl") as tape:
        recorder = Recorder(tape=tape)
        async with open_proxy(recorder, Reach(doors=(BASE, HEAD), routes={"own": url})) as proxy:
            for arm in Arm:
                recorder.open_slip(TrialKey("f", arm, 0), Fixture(id="f", input="?"), f"{arm}")
            yield proxy.url(BASE, "own", "/files/1"), proxy.url(HEAD, "own", "/files/1"), heard
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "HEAD", "PUT"])
async def test_what_base_took_away_is_not_asked_for_again_by_head(tmp_path: Path, method: str) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with scripted(tmp_path, reply) as (base, head, heard), aiohttp.ClientSession() as session:
        for url in (base, head):
            async with session.request(method, url) as told:
                assert told.status == 200
    assert [one.split(b" ")[:2] for one in heard] == [[method.encode(), b"/files/1"]]


async def test_an_answer_that_is_compressed_against_our_wish_is_still_read_by_the_child(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"answer": "yes"}')
    frame = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    reply = frame % len(packed) + packed
    async with scripted(tmp_path, reply, reply) as (base, head, heard):
        told = [await post(url) for url in (base, head)]
    assert [body for _, body, _ in told] == [b'{"answer": "yes"}'] * 2
    assert len(heard) == 2  # such an answer is not kept


async def test_a_request_goes_on_as_the_child_compressed_it_and_is_known_by_what_it_says(tmp_path: Path) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    packed = [gzip.compress(b'{"q": 1}', mtime=hour) for hour in (1, 2)]
    async with scripted(tmp_path, reply) as (base, head, heard), aiohttp.ClientSession() as session:
        for url, body in zip((base, head), packed, strict=True):
            async with session.post(url, data=body, headers={"Content-Encoding": "gzip"}) as told:
                assert (told.status, await told.read()) == (200, b"{}")
    assert len(heard) == 1
    assert heard[0].endswith(packed[0])
    assert b"\r\nContent-Encoding: gzip\r\n" in heard[0]


async def test_a_compression_that_we_do_not_know_goes_through(tmp_path: Path) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    async with (
        scripted(tmp_path, reply) as (base, _, heard),
        aiohttp.ClientSession() as session,
        session.post(base, data=b"(\xb5/\xfd\x04", headers={"Content-Encoding": "zstd"}) as told,
    ):
        assert told.status == 200
    assert heard[0].endswith(b"(\xb5/\xfd\x04")
