"""A build behind HTTP: answers the rows of a suite after a latency. Tells when the first one was asked for.

    python -m engine_lib.server ANSWERS LATENCY_S

Prints its port. ``GET /first`` tells the monotonic clock at the first question since the last ``GET /first``.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from aiohttp import web


class _Build:
    def __init__(self, answers: Path, latency_s: float) -> None:
        with answers.open() as lines:
            self._answers = {row["fixture_id"]: {"output": row["output"]} for row in map(json.loads, lines)}
        self._latency_s = latency_s
        self._first: float | None = None

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            first, self._first = self._first, None
            return web.json_response({"first": first})
        asked = time.monotonic()
        if self._first is None:
            self._first = asked
        row = json.loads(await request.read())
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        return web.json_response(self._answers[row["fixture_id"]])


async def serve(answers: Path, latency_s: float) -> None:
    server = web.Server(_Build(answers, latency_s).answer)
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
