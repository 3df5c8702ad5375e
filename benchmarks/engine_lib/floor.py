"""The floor: a bare asyncio + aiohttp client that makes the calls, checks, and writes the results down.

python floor.py FIXTURES ANSWERS|URL RESULTS IN_FLIGHT
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import IO, Any

Ask = Callable[[str, str], Awaitable[str]]
Rows = list[dict[str, Any]]


async def run(rows: Rows, ask: Ask, results: IO[str], in_flight: int) -> None:
    waiting = iter(rows)

    async def work() -> None:
        for row in waiting:
            output = await ask(row["id"], row["input"])
            expected = row["expected"]
            exact, has = output == expected["output"], all(fact in output for fact in expected["facts"])
            results.write(json.dumps({"id": row["id"], "output": output, "exact": exact, "has": has}) + "\n")

    await asyncio.gather(*(work() for _ in range(in_flight)))


async def over_http(rows: Rows, url: str, results: IO[str], in_flight: int) -> None:
    import aiohttp  # not where the answers are at hand

    connector = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(fixture_id: str, question: str) -> str:
            async with session.post(url, json={"fixture_id": fixture_id, "input": question}) as reply:
                answer: str = (await reply.json())["output"]
                return answer

        await run(rows, ask, results, in_flight)


async def from_recording(rows: Rows, answers: Rows, results: IO[str], in_flight: int) -> None:
    known: dict[str, str] = {row["fixture_id"]: row["output"] for row in answers}

    async def ask(fixture_id: str, question: str) -> str:
        del question
        return known[fixture_id]

    await run(rows, ask, results, in_flight)


def main(fixtures: str, answers: str, results: str, in_flight: str) -> None:
    rows = read(fixtures)
    with open(results, "w") as file:  # noqa: PTH123  # the floor imports nothing that it can do without
        if answers.startswith("http"):
            asyncio.run(over_http(rows, answers, file, int(in_flight)))
        else:
            asyncio.run(from_recording(rows, read(answers), file, int(in_flight)))


def read(path: str) -> Rows:
    with open(path) as lines:  # noqa: PTH123  # as above
        return list(map(json.loads, lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
