"""Calls a function of the checkout, sync or async, in a child with the build's own interpreter."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from gate_action.clients.children.json_lines import JsonLinesChild
from gate_action.clients.children.protocol import attempt_from, request_of
from gate_action.clients.children.python_child import Interpreter, open_function
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.protocols import Try
from gate_action.model.replay import Tracing
from gate_action.model.run import Build
from gate_action.model.trial import Attempt

_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """``function(input)`` returns the output, or a mapping with ``output`` and the answer's other parts.

    What else its signature names of ``context``, ``attempt`` and ``fixture_id`` it gets by keyword. It may print.
    """

    needs_folder: ClassVar[bool] = True

    function: str
    """``package.module:function``."""
    python: str = "python3"
    """The interpreter: in the build's PATH, or a path below the checkout's top, such as ``.venv/bin/python``."""
    path: tuple[str, ...] = ()
    """Folders of the checkout that go on ``sys.path``, before its top."""
    threads: int = 0
    """How many trials a function that is not async is called for at once, each in a thread; 0: ``limits.concurrency``.
    1 for one that is not safe in threads."""

    def __post_init__(self) -> None:
        if not _FUNCTION.fullmatch(self.function):
            raise ValueError(f"function: is package.module:function, not {self.function!r}")
        if self.threads < 0:
            raise ValueError("threads: is 0 or more")
        Interpreter(python=self.python, path=self.path)

    @property
    def programs(self) -> tuple[str, ...]:
        """What must be there to start: `validate` compares it with what the container has."""
        return (self.python,)

    @asynccontextmanager
    async def open(self, build: Build, limits: Limits) -> AsyncIterator[Try]:
        interpreter = Interpreter(python=self.python, path=self.path)
        threads = self.threads or limits.concurrency
        async with open_function(build, limits, interpreter, self.function, threads) as child:
            yield partial(_ask, child, self.function, build.tracing)


async def _ask(
    child: JsonLinesChild, function: str, tracing: Tracing | None, fixture: Fixture, attempt: int
) -> Attempt:
    reply = await child.ask({"function": function, **request_of(fixture, attempt, tracing)})
    return attempt_from(reply.content, reply.latency_s)
