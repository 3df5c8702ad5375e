"""Both builds behind a server that fails in every way that HTTP knows: the verdict is the same, or there is none."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from gate_action.comparison.plan import Plan
from gate_action.comparison.screen_confirm.screening import ScreenAndConfirm
from gate_action.engine.journal import Journal
from gate_action.engine.trials import Engine
from gate_action.model.decision import Verdict
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits, Metric, Policy
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm
from gate_action.targets.http import ArmUrls, Http
from tests.engine.rig import RememberingWatcher, open_asker, score_right

FIXTURES = tuple(Fixture(id=f"f{number:02}", input=f"f{number:02}") for number in range(16))
LIMITS = Limits(concurrency=16, trial_timeout_s=0.25, max_output_bytes=4000)
_JSON = "Content-Type: application/json\r\n"


@dataclass
class Server:
    """Answers right, or wrong for head's broken fixtures, or fails by chance; one connection a request."""

    chance: random.Random
    share: float
    broken: frozenset[str]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if head.startswith("GET"):  # is anybody there?
            await _send(writer, b"")
            return
        length = next(int(line[15:]) for line in head.splitlines() if line.lower().startswith("content-length:"))
        asked = json.loads(await reader.readexactly(length))
        right = "wrong" if head.startswith("POST /head") and asked["input"] in self.broken else "right"
        body = json.dumps({"output": right}).encode()
        if self.chance.random() < self.share:
            await self.chance.choice(_WAYS)(writer, body)
        else:
            await _send(writer, body)


async def _send(writer: asyncio.StreamWriter, body: bytes, status: str = "200 OK", headers: str = _JSON) -> None:
    top = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    writer.write(top.encode() + body)
    await writer.drain()


async def _fail_500(writer: asyncio.StreamWriter, body: bytes) -> None:
    await _send(writer, b"oops", "500 Internal Server Error")


async def _refuse_429(writer: asyncio.StreamWriter, body: bytes) -> None:
    await _send(writer, b"", "429 Too Many Requests", "Retry-After: 0\r\n")


async def _reset(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.transport.abort()


async def _hang(writer: asyncio.StreamWriter, body: bytes) -> None:
    await asyncio.sleep(1)


async def _drip(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\n{_JSON}Content-Length: {len(body)}\r\n\r\n".encode())
    for byte in body:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.1)


async def _half(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\n{_JSON}Content-Length: {len(body)}\r\n\r\n".encode() + body[: len(body) // 2])
    await writer.drain()


async def _wrong_type(writer: asyncio.StreamWriter, body: bytes) -> None:
    await _send(writer, b"<html>right</html>", headers="Content-Type: text/html\r\n")


async def _no_utf8(writer: asyncio.StreamWriter, body: bytes) -> None:
    await _send(writer, b'{"output": "\xff\xfe"}')


async def _endless(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\n{_JSON}Transfer-Encoding: chunked\r\n\r\n".encode())
    while not writer.is_closing():
        writer.write(b"400\r\n" + b" " * 1024 + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0)


_WAYS: tuple[Callable[[asyncio.StreamWriter, bytes], Awaitable[None]], ...] = (
    _fail_500,
    _refuse_429,
    _reset,
    _hang,
    _drip,
    _half,
    _wrong_type,
    _no_utf8,
    _endless,
)


@asynccontextmanager
async def opened(server: Server, folder: Path) -> AsyncIterator[Engine]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    target = Http(url=ArmUrls(base=f"http://127.0.0.1:{port}/base", head=f"http://127.0.0.1:{port}/head"))
    builds = [Build(arm=arm, revision=Revision(sha="f" * 40)) for arm in Arm]
    async with listening, target.open(builds[0], LIMITS) as base, target.open(builds[1], LIMITS) as head:
        with Journal(folder) as journal:
            yield Engine(
                fixtures={fixture.id: fixture for fixture in FIXTURES},
                metrics=("answer",),
                asker=open_asker(base, head, limits=LIMITS),
                score=score_right,
                journal=journal,
                watcher=RememberingWatcher(),
            )


async def judge(seed: int, folder: Path, *, is_broken: bool, share: float = 0.3) -> Verdict:
    chance = random.Random(seed)  # a simulation
    broken = frozenset(fixture.id for fixture in FIXTURES[:8]) if is_broken else frozenset()
    metric = Metric(name="answer", evaluator="exact_match")
    procedure = ScreenAndConfirm(Plan(fixtures=FIXTURES, metrics=(metric,), policy=Policy(margin=0.4)))
    async with opened(Server(chance, share, broken), folder) as engine:
        while asked := procedure.ask():
            finished = await engine.fulfil(asked)
            procedure.tell((one.trial for one in finished), (row for one in finished for row in one.scores))
    return procedure.decide().verdict


@pytest.mark.slow
@pytest.mark.parametrize("is_broken", [False, True])
async def test_builds_that_fail_alike_are_judged_as_if_they_did_not(tmp_path: Path, is_broken: bool):
    verdict = await judge(0, tmp_path / "run", is_broken=is_broken)
    assert verdict in {Verdict.FAIL if is_broken else Verdict.PASS, Verdict.NOT_EVALUATED}


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(10))
async def test_two_hundred_times(tmp_path: Path, part: int):
    decided = 0
    for seed in range(1 + part * 20, 21 + part * 20):
        is_broken = seed % 4 == 0
        verdict = await judge(seed, tmp_path / str(seed), is_broken=is_broken)
        assert verdict in {Verdict.FAIL if is_broken else Verdict.PASS, Verdict.NOT_EVALUATED}, seed
        decided += verdict is not Verdict.NOT_EVALUATED
    assert decided >= 10, "a gate that hardly ever decides is never wrong"
