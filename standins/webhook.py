"""Who is told by a webhook: keeps what came, and answers as a test says."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

from standins.loopback import QuietRequest, running


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.statuses = list(statuses)
        self.taken: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?key=very-secret"


class _Request(QuietRequest):
    server: Receiver

    def do_POST(self) -> None:  # noqa: N802  # the name that http.server looks for
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        status = self.server.statuses.pop(0) if self.server.statuses else 204
        self.send_response(status)
        if status == 302:
            self.send_header("location", self.server.url)
        self.send_header("content-length", "0")
        self.end_headers()


@contextmanager
def receive(*statuses: int) -> Iterator[Receiver]:
    with running(Receiver(*statuses)) as receiver:
        yield receiver
