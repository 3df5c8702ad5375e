"""The fastest peer: braintrust's Eval without upload, on the same rows. Runs in a venv of its own.

python peer_braintrust.py FIXTURES ANSWERS|URL RESULTS IN_FLIGHT
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import braintrust

Rows = list[dict[str, Any]]
Task = Callable[[str], Awaitable[str]]


def exact(input: str, output: str, expected: dict[str, Any]) -> float:  # noqa: A002, ARG001  # braintrust's names
    return float(output == expected["output"])


def has(input: str, output: str, expected: dict[str, Any]) -> float:  # noqa: A002, ARG001  # as above
    return float(all(fact in output for fact in expected["facts"]))


@asynccontextmanager
async def over_http(rows: Rows, url: str, in_flight: int) -> AsyncIterator[Task]:
    import aiohttp  # not where the answers are at hand

    questions = {row["id"]: row["input"] for row in rows}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:

        async def task(fixture_id: str) -> str:
            question = {"fixture_id": fixture_id, "input": questions[fixture_id]}
            async with session.post(url, json=question) as reply:
                answer: str = (await reply.json())["output"]
                return answer

        yield task


@asynccontextmanager
async def from_recording(answers: Rows) -> AsyncIterator[Task]:
    known: dict[str, str] = {row["fixture_id"]: row["output"] for row in answers}

    async def task(fixture_id: str) -> str:
        return known[fixture_id]

    yield task


async def evaluate(rows: Rows, answers: str, in_flight: int) -> Any:
    is_remote = answers.startswith("http")
    async with over_http(rows, answers, in_flight) if is_remote else from_recording(read(answers)) as task:
        return await braintrust.EvalAsync(
            "bench",
            data=lambda: [{"input": row["id"], "expected": row["expected"]} for row in rows],
            task=task,
            scores=[exact, has],
            no_send_logs=True,
            max_concurrency=in_flight,
        )


def main(fixtures: str, answers: str, results: str, in_flight: str) -> None:
    done = asyncio.run(evaluate(read(fixtures), answers, int(in_flight)))
    with Path(results).open("w") as file:
        for one in done.results:
            print(json.dumps({"id": one.input, "output": one.output, **one.scores}), file=file)


def read(path: str) -> Rows:
    with Path(path).open() as lines:
        return list(map(json.loads, lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
