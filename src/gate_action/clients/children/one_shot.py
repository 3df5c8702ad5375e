"""One trial, one child: the request on its stdin, the answer is all of its stdout."""

import time
from dataclasses import replace

import msgspec

from gate_action.clients.children.process import Child, Launch, describe_exit, start_child
from gate_action.clients.children.protocol import attempt_from, decode_object, garbage, request_of, too_large
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.replay import Tracing
from gate_action.model.trial import Attempt, Fault, Output, TrialError, Usage

_GRACE_S = 0.5
"""A child that is cancelled has had its time: others wait for its place."""


async def ask_once(launch: Launch, limits: Limits, tracing: Tracing | None, fixture: Fixture, attempt: int) -> Attempt:
    """Raises TargetStartError when the program cannot be started. When cancelled, the child is ended first."""
    output = _Bounded(limits.max_output_bytes)
    if tracing is not None:
        traced = tracing.environment(fixture.id, attempt)
        launch = replace(launch, environment={**launch.environment, **traced})
    started = time.perf_counter()
    child = await start_child(launch, output.feed)
    output.child = child
    try:
        child.send(msgspec.json.encode(request_of(fixture, attempt, tracing)))
        child.end_input()
        await child.wait()
        latency_s = time.perf_counter() - started
    finally:
        await child.stop(_GRACE_S)
    return _read_answer(child, output, latency_s)


class _Bounded:
    """All of stdout, unless it is more than ``limit`` bytes: then the child is ended."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.content = bytearray()
        self.is_too_large = False
        self.child: Child | None = None

    def feed(self, chunk: bytes) -> None:
        if self.is_too_large:
            return
        if len(self.content) + len(chunk) > self.limit:
            self.is_too_large = True
            self.content.clear()
        else:
            self.content += chunk
        if self.is_too_large and self.child is not None:
            self.child.kill()


def _read_answer(child: Child, output: _Bounded, latency_s: float) -> Attempt:
    usage = Usage(latency_s=latency_s)
    if output.is_too_large:
        return Attempt(outcome=too_large(output.limit), usage=usage)
    if child.exit_code != 0:
        detail = f"the child ended with {describe_exit(child.exit_code)}"
        return Attempt(outcome=TrialError(fault=Fault.CRASHED, detail=detail, tail=child.tail), usage=usage)
    content = bytes(output.content)
    told = decode_object(content) if content.lstrip().startswith(b"{") else {}
    if not isinstance(told, TrialError) and not told.keys().isdisjoint(("output", "error")):
        return attempt_from(told, latency_s)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return Attempt(outcome=garbage(f"stdout is no UTF-8: {error.reason} at byte {error.start}"), usage=usage)
    return Attempt(outcome=Output(content=_without_newline(text)), usage=usage)


def _without_newline(text: str) -> str:
    """``print`` ends each line with one, which is no part of an answer."""
    return text.removesuffix("\n").removesuffix("\r")
