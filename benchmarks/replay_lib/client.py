"""A build's side of it, in a process of its own: so many calls, so many in flight; prints each one's seconds."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator  # noqa: TC003  # a script, not a module of types

import aiohttp


async def run(url: str, calls: int, in_flight: int) -> dict[str, object]:
    taken: list[float] = []
    numbers: Iterator[int] = iter(range(calls))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:

        async def work() -> None:
            for number in numbers:
                body = {"model": "m", "messages": [{"role": "user", "content": f"thing {number}"}]}
                started = time.perf_counter()
                async with session.post(f"{url}/chat/completions", json=body) as reply:
                    await reply.read()
                taken.append(time.perf_counter() - started)

        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(work())
        wall_s = time.perf_counter() - started
    return {"wall_s": wall_s, "calls_s": taken}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
