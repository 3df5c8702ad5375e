import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from gate_action.clients.webhook import Webhook, WebhookError


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses = list(statuses)
        self.taken: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?key=very-secret"


class _Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait for 40 ms
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        status = self.server.statuses.pop(0) if self.server.statuses else 204
        self.send_response(status)
        if status == 302:
            self.send_header("location", self.server.url)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Nobody reads it."""


@contextmanager
def receive(*statuses: int) -> Iterator[Receiver]:
    receiver = Receiver(*statuses)
    thread = Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join(5)


def hook(url: str, key: str = "") -> Webhook:
    return Webhook(url=url, key=key, pause=lambda _: None)


def test_the_document_is_posted_and_signed():
    with receive() as receiver:
        hook(receiver.url, "k").post({"verdict": "held", "cluster": "é"})
    ((headers, body),) = receiver.taken
    assert json.loads(body) == {"verdict": "held", "cluster": "é"}
    assert headers["x-gate-signature"] == "sha256=" + hmac.new(b"k", body, hashlib.sha256).hexdigest()


def test_without_a_key_there_is_no_signature():
    with receive() as receiver:
        hook(receiver.url).post({})
    assert "x-gate-signature" not in receiver.taken[0][0]


@pytest.mark.parametrize(("statuses", "tries"), [((503, 429, 204), 3), ((500, 204), 2)])
def test_a_busy_receiver_is_asked_again(statuses: tuple[int, ...], tries: int):
    with receive(*statuses) as receiver:
        hook(receiver.url).post({})
    assert len(receiver.taken) == tries


@pytest.mark.parametrize(("statuses", "tries"), [((500, 500, 500), 3), ((404,), 1), ((302,), 1)])
def test_what_is_not_taken_is_told_without_the_address(statuses: tuple[int, ...], tries: int):
    with receive(*statuses) as receiver, pytest.raises(WebhookError) as error:
        hook(receiver.url).post({})
    assert len(receiver.taken) == tries
    assert "secret" not in str(error.value)
    assert "secret" not in repr(hook(receiver.url))


def test_nobody_there_is_told_without_the_address():
    with receive() as receiver:
        url = receiver.url
    with pytest.raises(WebhookError, match="ConnectionError") as error:
        hook(url).post({})
    assert "secret" not in str(error.value)
