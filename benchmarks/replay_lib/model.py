"""A model provider in a process of its own: answers after a while, and tells how often it was asked."""

import asyncio
import json
import sys

from aiohttp import web


class Model:
    """Each answer is a draw of its own."""

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._asked = 0

    async def complete(self, request: web.Request) -> web.Response:
        self._asked += 1
        number = self._asked
        body = await request.json()
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        content = f"{body['messages'][-1]['content']} is fine ({number})"
        choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 11, "completion_tokens": 7}
        return web.json_response({"id": "c", "model": body["model"], "choices": [choice], "usage": usage})

    async def count(self, request: web.Request) -> web.Response:
        del request  # it has nothing to say
        return web.json_response(self._asked)


async def serve(latency_s: float) -> None:
    model = Model(latency_s)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.complete)
    app.router.add_get("/asked", model.count)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(json.dumps(runner.addresses[0][1]), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
