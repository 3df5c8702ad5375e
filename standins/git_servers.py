"""Bare repositories behind git's own servers: a file URL, the git daemon, and smart HTTP behind a token."""

import base64
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import ThreadingHTTPServer
from pathlib import Path

from standins.loopback import QuietRequest, running


def create_bare(folder: Path, *, filters: bool = True) -> Path:
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder)], check=True)
    for setting in ("uploadpack.allowFilter", "daemon.receivepack", "http.receivepack"):
        value = str(filters).lower() if setting.startswith("uploadpack") else "true"
        subprocess.run(["git", "-C", str(folder), "config", setting, value], check=True)
    return folder


@contextmanager
def serve_daemon(top: Path) -> Iterator[str]:
    """``git daemon`` on a free port; yields the URL that ``top`` is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    argv = ["git", "daemon", "--reuseaddr", "--export-all", "--enable=receive-pack", "--listen=127.0.0.1"]
    child = subprocess.Popen([*argv, f"--port={port}", f"--base-path={top}", str(top)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"git://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(10)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"no git daemon on port {port}")


@dataclass
class HttpServer:
    """What it serves, and what it was sent."""

    top: Path
    readers: tuple[str, ...] = ()
    """Tokens that may read; none: everybody may."""
    writers: tuple[str, ...] = ()
    lost: int = 0
    """So many pushes are done, and nobody is told."""
    url: str = ""
    authorizations: list[str] = field(default_factory=list)

    def is_allowed(self, header: str, *, writes: bool) -> bool:
        told = base64.b64decode(header.partition(" ")[2]).decode() if header else ""
        token = told.partition(":")[2]
        return token in self.writers if writes else not self.readers or token in (*self.readers, *self.writers)


@contextmanager
def serve_http(server: HttpServer) -> Iterator[HttpServer]:
    """``git http-backend`` on loopback, with GitHub's way of taking tokens."""

    class Answering(QuietRequest):
        protocol_version = "HTTP/1.0"

        def _serve(self) -> None:
            path, _, query = self.path.partition("?")
            header = self.headers.get("authorization", "")
            server.authorizations.append(header)
            if not server.is_allowed(header, writes="receive-pack" in self.path):
                self.send_response(403 if header else 401)
                self.send_header("www-authenticate", 'Basic realm="git"')
                self.end_headers()
                return
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            request = {"REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": query}
            answer = _ask_backend(server, request, self.headers, body)
            if server.lost and self.command == "POST" and path.endswith("receive-pack"):
                server.lost -= 1
                self.send_error(502)
            else:
                self._pass_on(answer)

        def _pass_on(self, answer: bytes) -> None:
            head, _, content = answer.partition(b"\r\n\r\n")
            headers = [line.decode().partition(": ")[::2] for line in head.split(b"\r\n")]
            status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
            self.send_response(status)
            for name, value in headers:
                if name != "Status":
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve  # noqa: N815  # the names that http.server looks for

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    listening.daemon_threads = True
    server.url = f"http://127.0.0.1:{listening.server_port}"
    with running(listening):
        yield server


def _ask_backend(server: HttpServer, request: Mapping[str, str], headers: Message, body: bytes) -> bytes:
    """What git's own CGI program answers."""
    environment = {
        **os.environ,
        "GIT_PROJECT_ROOT": str(server.top),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROTOCOL": headers.get("git-protocol", ""),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_USER": "writer",
        "REMOTE_ADDR": "127.0.0.1",
        **request,
    }
    argv = ["git", "http-backend"]
    return subprocess.run(argv, input=body, capture_output=True, env=environment, check=True).stdout
