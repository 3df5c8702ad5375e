"""Calls the repository's functions inside its own interpreter: standard library only, Python 3.9 or newer.

Never imported by us: its text is handed to an interpreter that may have no gate_action and no right to read our files.
It speaks the JSON lines of docs/contracts.md, 3; a request also names its ``function``.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import inspect
import json
import os
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Callable  # noqa: UP035  # one import for what 3.9 has in two places

_OPTIONAL = ("context", "attempt", "fixture_id")
_BUSY_PROVIDER = (429, 529)


def main() -> None:
    threads, preloaded, *paths = sys.argv[1:]
    requests, answers = take_streams()
    sys.path[:1] = [str(Path(path).absolute()) for path in (*paths, ".")]
    sys.argv = [preloaded or "gate-action"]
    functions = Functions()
    if preloaded:
        functions.find(preloaded)  # before a loop runs, as the module's own imports may start one
    asyncio.run(Server(functions, answers, int(threads)).serve(requests))


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keeps the real stdin and stdout for the protocol; for the functions they are /dev/null and stderr."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


class Functions:
    """Functions by ``package.module:name``, each imported once; what went wrong is kept too."""

    def __init__(self) -> None:
        self._found: dict[str, Callable[..., Any] | BaseException] = {}

    def find(self, name: str) -> Callable[..., Any] | BaseException:
        if name not in self._found:
            try:
                self._found[name] = self._load(name)
            except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a module raises is told to the asker
                self._found[name] = error
        return self._found[name]

    def _load(self, name: str) -> Callable[..., Any]:
        module, _, path = name.partition(":")
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
        if not callable(found):
            raise TypeError(f"{name} is no function but {type(found).__name__}")
        return found  # type: ignore[no-any-return]  # callable, but of a type that only the repository knows


class Server:
    """Async functions run as tasks of one loop, the others in threads."""

    def __init__(self, functions: Functions, answers: BinaryIO, threads: int) -> None:
        self._functions = functions
        self._answers = answers
        self._writing = threading.Lock()
        self._pool = ThreadPoolExecutor(threads)
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, requests: BinaryIO) -> None:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()

        def read() -> None:
            for line in requests:
                loop.call_soon_threadsafe(queue.put_nowait, line)
            loop.call_soon_threadsafe(queue.put_nowait, None)

        threading.Thread(target=read, daemon=True).start()
        while True:
            line = await queue.get()
            if line is None:
                sys.stderr.flush()
                os._exit(0)  # nobody listens any more: wait for no thread
            task = loop.create_task(self._handle(json.loads(line)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _handle(self, request: dict[str, Any]) -> None:
        function = self._functions.find(request["function"])
        if isinstance(function, BaseException):
            return self._tell(request, failure(function))
        if request.get("is_load"):
            return self._tell(request, {"output": None})
        if is_async(function):
            value = await self._call_async(function, request)
        else:
            value = await asyncio.get_running_loop().run_in_executor(self._pool, call, function, request)
        return self._tell(request, value)

    async def _call_async(self, function: Callable[..., Any], request: dict[str, Any]) -> dict[str, Any]:
        try:
            positional, keywords = arguments(function, request)
            return answer(await function(*positional, **keywords), request)
        except (Exception, SystemExit, asyncio.CancelledError) as error:  # noqa: BLE001  # told to the asker
            return failure(error)

    def _tell(self, request: dict[str, Any], parts: dict[str, Any]) -> None:
        try:
            line = encode({"id": request["id"], **parts})
        except (TypeError, ValueError, RecursionError) as error:
            line = encode({"id": request["id"], "error": f"what it returned is no JSON: {error}"[:2000]})
        with self._writing:
            self._answers.write(line)
            self._answers.flush()


def call(function: Callable[..., Any], request: dict[str, Any]) -> dict[str, Any]:
    """In a thread. A function that turns out to return an awaitable has a loop of its own there."""
    try:
        positional, keywords = arguments(function, request)
        value = function(*positional, **keywords)
        return answer(asyncio.run(_await(value)) if inspect.isawaitable(value) else value, request)
    except (Exception, SystemExit, asyncio.CancelledError) as error:  # noqa: BLE001  # told to the asker
        return failure(error)


async def _await(value: Any) -> Any:
    return await value


def is_async(function: Callable[..., Any]) -> bool:
    of_instance = getattr(function, "__call__", None)  # noqa: B004  # the method itself, not whether there is one
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(of_instance)


def arguments(function: Callable[..., Any], request: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """A trial's input goes first, and what else the signature names by keyword; a payload's parts all by keyword."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some built-ins tell no signature
        parameters = []
    if "payload" not in request:
        named = {parameter.name for parameter in parameters[1:]}
        return [request["input"]], {name: request[name] for name in _OPTIONAL if name in named}
    payload = request["payload"]
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return [], payload
    if len(parameters) == 1 and parameters[0].name not in payload:
        return [payload], {}
    return [], {parameter.name: payload[parameter.name] for parameter in parameters if parameter.name in payload}


def answer(value: Any, request: dict[str, Any]) -> dict[str, Any]:
    """A trial's mapping with ``output`` is the answer's shape; anything else is the output."""
    is_shaped = "payload" not in request and isinstance(value, dict) and "output" in value
    return value if is_shaped else {"output": value}


def failure(error: BaseException) -> dict[str, Any]:
    """What was raised, and where; a busy provider is told as such, as its client libraries show it."""
    traceback.print_exception(type(error), error, error.__traceback__)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.relpath(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    text = str(error).encode("utf-8", "replace").decode("utf-8")[:2000]
    told: dict[str, Any] = {"error": f"{type(error).__name__}: {text}{place}"}
    if getattr(error, "status_code", None) in _BUSY_PROVIDER:
        told["kind"] = "provider"
        told["retry_after_s"] = retry_after_s(error)
    return told


def retry_after_s(error: BaseException) -> float | None:
    try:
        seconds = float(error.response.headers["retry-after"])  # type: ignore[attr-defined]  # as openai and anthropic raise it
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < 1e9 else None  # noqa: PLR2004  # neither NaN nor for ever


def encode(parts: dict[str, Any]) -> bytes:
    text = json.dumps(parts, ensure_ascii=False, allow_nan=False, default=_plain)
    return text.encode("utf-8") + b"\n"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(value, "model_dump"):  # pydantic's models, which we may not import
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is no JSON")


if __name__ == "__main__":
    main()
