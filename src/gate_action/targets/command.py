"""Runs a program of the checkout: one long-lived child that speaks JSON lines, or a child for each trial."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

from gate_action.clients.children.identity import launch_of
from gate_action.clients.children.json_lines import JsonLinesChild, open_json_lines
from gate_action.clients.children.one_shot import ask_once
from gate_action.clients.children.protocol import attempt_from, request_of
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.protocols import Try
from gate_action.model.replay import Tracing
from gate_action.model.run import Build
from gate_action.model.trial import Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """docs/contracts.md, 3."""

    needs_folder: ClassVar[bool] = True

    run: tuple[str, ...]
    """The program and its arguments. No shell. Started at the checkout's top."""
    protocol: Literal["jsonl", "once"] = "jsonl"

    def __post_init__(self) -> None:
        if not self.run:
            raise ValueError("run: names no program")

    @property
    def programs(self) -> tuple[str, ...]:
        """What must be there to start: `validate` compares it with what the container has."""
        return self.run[:1]

    @asynccontextmanager
    async def open(self, build: Build, limits: Limits) -> AsyncIterator[Try]:
        launch = await asyncio.to_thread(launch_of, build, self.run)
        if self.protocol == "once":
            yield partial(ask_once, launch, limits, build.tracing)
            return
        async with open_json_lines(launch, limits) as child:
            yield partial(_ask, child, build.tracing)


async def _ask(child: JsonLinesChild, tracing: Tracing | None, fixture: Fixture, attempt: int) -> Attempt:
    reply = await child.ask(request_of(fixture, attempt, tracing))
    return attempt_from(reply.content, reply.latency_s)
