"""A model provider on loopback, in a thread: OpenAI-, Anthropic- and Gemini-shaped, streaming too. Each answer is its
own draw, so that nothing but a replay gives the same one twice.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any

from standins.loopback import QuietRequest, running

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: Body


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An answer that is none."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": {"message": "not now", "type": "scripted"}}'


def question_of(body: Body) -> str:
    """The last message, whoever's shape it has."""
    if "contents" in body:
        return str(body["contents"][-1]["parts"][-1]["text"])
    content = body["messages"][-1]["content"]
    return str(content if isinstance(content, str) else content[-1]["text"])


@dataclass(kw_only=True)
class Provider:
    """``draw`` is given the request and how many came before it."""

    draw: Callable[[Body, int], str | Refusal]
    heard: list[Heard] = field(default_factory=list)
    url: str = ""
    """Without a path."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, path: str, headers: Mapping[str, str], body: Body) -> str | Refusal:
        with self._lock:
            number = len(self.heard)
            self.heard.append(Heard(path=path, headers=headers, body=body))
        return self.draw(body, number)


@contextmanager
def provider(draw: Callable[[Body, int], str | Refusal]) -> Iterator[Provider]:
    made = Provider(draw=draw)

    class Answering(QuietRequest):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # noqa: N802  # the name that http.server looks for
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = made.hear(self.path, dict(self.headers), body)
            if isinstance(said, Refusal):
                return self.tell(said.status, said.body, {"Content-Type": "application/json", **said.headers})
            if body.get("stream"):
                return self.stream([f"data: {json.dumps(part)}\n\n".encode() for part in stream_of(said, body)])
            answer = json.dumps(shape(self.path, said, body)).encode()
            return self.tell(200, answer, {"Content-Type": "application/json", "Set-Cookie": "session=1"})

        def tell(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def stream(self, parts: list[bytes]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in [*parts, b"data: [DONE]\n\n"]:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                self.wfile.flush()
                time.sleep(0.005)  # or all of it arrives as one chunk
            self.wfile.write(b"0\r\n\r\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    with running(server):
        yield made


def shape(path: str, said: str, body: Body) -> dict[str, Any]:
    """The answer as the provider's own clients read it."""
    if path.split("?", maxsplit=1)[0].endswith(":generateContent"):
        usage = {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18}
        content = {"role": "model", "parts": [{"text": said}]}
        return {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "usageMetadata": usage}
    if path.endswith("/embeddings"):
        vectors = enumerate(json.loads(said))
        return {
            "object": "list",
            "model": body["model"],
            "data": [{"object": "embedding", "index": place, "embedding": vector} for place, vector in vectors],
            "usage": {"prompt_tokens": 11, "total_tokens": 11},
        }
    if path.endswith("/messages"):
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [{"type": "text", "text": said}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 11, "output_tokens": 7},
        }
    return {
        "id": "completion-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


def stream_of(said: str, body: Body) -> list[dict[str, Any]]:
    """OpenAI's chunks, a word each."""
    frame = {"id": "completion-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    words = [{"index": 0, "delta": {"content": word}, "finish_reason": None} for word in said.split(" ")]
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    return [{**frame, "choices": [choice]} for choice in [*words, last]]
