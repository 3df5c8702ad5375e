"""A long-lived interpreter of the build's own that calls the repository's functions. Our process never imports them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import PurePosixPath

import msgspec

from gate_action.clients.children.identity import launch_of
from gate_action.clients.children.json_lines import JsonLinesChild, open_json_lines
from gate_action.clients.children.process import Launch
from gate_action.errors import TargetStartError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json, JsonObject
from gate_action.model.metric import Limits
from gate_action.model.protocols import Call, CallError
from gate_action.model.run import Build
from gate_action.model.trial import TrialError


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """Which Python, and what it finds."""

    python: str = "python3"
    """In the build's PATH, or a path below the checkout's top, such as ``.venv/bin/python``."""
    path: tuple[str, ...] = ()
    """Folders of the checkout that go on ``sys.path``, before its top."""

    def __post_init__(self) -> None:
        for entry in self.path:
            if PurePosixPath(entry).is_absolute() or ".." in PurePosixPath(entry).parts:
                raise ValueError(f"path: {entry!r} leaves the checkout")


@asynccontextmanager
async def open_function(
    build: Build, limits: Limits, interpreter: Interpreter, function: str, threads: int
) -> AsyncIterator[JsonLinesChild]:
    """A child that has imported ``function``. Raises TargetStartError when it cannot within ``start_timeout_s``."""
    launch = await asyncio.to_thread(_launch, build, interpreter, threads, function)
    async with open_json_lines(launch, limits) as child:
        await _load(child, function, limits)
        yield child


@asynccontextmanager
async def open_call(build: Build, limits: Limits, interpreter: Interpreter) -> AsyncIterator[Call]:
    """The ``Call`` of model/protocols.py, on ``build``'s checkout. Nothing is started before the first call.

    A function gets by keyword those parts of the payload that its signature names; one that names a single
    parameter which is no part of the payload gets it whole.
    """
    launch = await asyncio.to_thread(_launch, build, interpreter, limits.concurrency)
    async with open_json_lines(launch, limits) as child:
        yield partial(_call, child, limits)


def _launch(build: Build, interpreter: Interpreter, threads: int, function: str = "") -> Launch:
    source = files("gate_action.clients.children").joinpath("python_runner.py").read_text(encoding="utf-8")
    argv = (interpreter.python, "-c", source, str(threads), function, *interpreter.path)
    return replace(launch_of(build, argv), title=f"{interpreter.python} (for {function or 'the gate'})")


async def _load(child: JsonLinesChild, function: str, limits: Limits) -> None:
    hint = f"the build's interpreter must be able to import {function.partition(':')[0]}"
    try:
        async with asyncio.timeout(limits.start_timeout_s):
            reply = await child.ask({"function": function, "is_load": True})
    except TimeoutError as error:
        raise TargetStartError(f"{function} was not imported within {limits.start_timeout_s:g} s", hint=hint) from error
    content = reply.content
    if isinstance(content, TrialError):
        raise TargetStartError(f"cannot import {function}: {content.detail}", tail=content.tail, hint=hint)
    if content.get("error") is not None:
        raise TargetStartError(f"cannot import {function}: {content['error']}", hint=hint)


async def _call(child: JsonLinesChild, limits: Limits, function: str, payload: JsonObject) -> Json:
    try:
        async with asyncio.timeout(limits.trial_timeout_s):
            content = (await child.ask({"function": function, "payload": payload})).content
    except TimeoutError as error:
        raise CallError(f"{function} did not answer within {limits.trial_timeout_s:g} s") from error
    except (TargetStartError, msgspec.EncodeError) as error:
        raise CallError(f"{function} cannot be called: {error}") from error
    if isinstance(content, TrialError):
        raise CallError(f"{function}: {content.detail} {content.tail}".rstrip())
    if content.get("error") is not None:
        raise CallError(f"{function} raised {content['error']}")
    return content.get("output")
