"""An HTTP server of the standard library on loopback, run by a thread for as long as a block runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TypeVar

Server = TypeVar("Server", bound=HTTPServer)


class QuietRequest(BaseHTTPRequestHandler):
    """Says nothing of what it is asked: who stands in keeps a journal where anybody reads one."""

    disable_nagle_algorithm = True  # head and body are two writes: the second would wait for 40 ms

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Nobody reads it."""


@contextmanager
def running(server: Server) -> Iterator[Server]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
