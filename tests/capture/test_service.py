"""The service as a process: the official client's answers, a kill in the middle, and a page in a real browser."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from gate_action_capture.tokens import feedback_token
from standins.loopback import running
from tests.capture.records import events

pytestmark = pytest.mark.slow
SECRET = "a secret of a test, long enough"
KEY = "a-key-of-a-test-long-enough"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def service(folder: Path, port: int, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PATH": os.environ["PATH"],
        "GATE_CAPTURE_SPOOL": str(folder),
        "GATE_CAPTURE_SECRET": SECRET,
        "GATE_CAPTURE_KEYS": KEY,
        "GATE_CAPTURE_PORT": str(port),
        "GATE_CAPTURE_PER_MINUTE": "100000",
        **more,
    }
    with subprocess.Popen([sys.executable, "-m", "gate_action_capture"], env=environment) as child:
        try:
            for _ in range(100):
                assert child.poll() is None, "the service ended at once"
                try:
                    requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
            yield child
        finally:
            child.terminate()
            child.wait(20)


def kept(folder: Path) -> list[str]:
    """The join keys, in the order of writing. A line that a kill tore is passed over, as readers do."""
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        whole = [line for line in file.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
        file.with_suffix(".whole").write_text("\n".join(whole), encoding="utf-8")
        found += [one["attributes"]["gate.join_key"] for one in events(file.with_suffix(".whole"))]
    return found


def test_what_was_answered_with_yes_is_there_after_a_kill(tmp_path: Path) -> None:
    """kill -9 while four clients write; then it starts again on the same spool. No yes is lost, none is there twice."""
    port = free_port()
    accepted: list[str] = []

    def speak(session: requests.Session, key: str) -> None:
        stated = {"join_key": key, "name": "thumb", "value": True}
        try:
            answer = session.post(
                f"http://127.0.0.1:{port}/v1/feedback",
                json=stated,
                headers={"authorization": f"Bearer {KEY}"},
                timeout=5,
            )
        except requests.RequestException:
            return
        if answer.status_code == 202:
            accepted.append(key)

    def write(prefix: str, count: int) -> None:
        with ThreadPoolExecutor(4) as pool:
            sessions = [requests.Session() for _ in range(4)]
            for number in range(count):
                pool.submit(speak, sessions[number % 4], f"{prefix}-{number}")

    with service(tmp_path, port) as child:
        timer = threading.Timer(0.7, child.send_signal, (signal.SIGKILL,))
        timer.start()
        write("first", 2_000)
        timer.join()
    first = len(accepted)
    with service(tmp_path, port):
        write("second", 50)
    found = kept(tmp_path)
    assert 0 < first < 2_000
    assert len(accepted) - first == 50
    assert set(accepted) <= set(found)
    assert len(found) == len(set(found))


@pytest.fixture
def page_port(tmp_path: Path) -> Iterator[int]:
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "site"))
    with running(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as server:
        yield server.server_port


def write_page(folder: Path, port: int, keys: tuple[str, ...]) -> None:
    asks = "".join(
        f'<article><p>The answer.</p><gate-feedback join-key="{key}" token="{feedback_token(SECRET, key)}" '
        f'endpoint="http://127.0.0.1:{port}/v1/feedback"></gate-feedback></article>'
        for key in keys
    )
    policy = f"default-src 'none'; script-src http://127.0.0.1:{port}; connect-src http://127.0.0.1:{port}"
    folder.mkdir()
    (folder / "index.html").write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<script src="http://127.0.0.1:{port}/widget.js" defer></script><main><h1>Shop</h1>{asks}</main></html>',
        encoding="utf-8",
    )


def test_a_reader_rates_and_comments_by_keyboard_and_is_asked_once(browser, tmp_path: Path, page_port: int) -> None:
    """On a page of another origin, under a strict content policy: three answers, one question, every statement kept."""
    port = free_port()
    write_page(tmp_path / "site", port, ("m1", "m2", "m3"))
    spool = tmp_path / "spool"
    origin = f"http://127.0.0.1:{page_port}"
    with service(spool, port, GATE_CAPTURE_ORIGINS=origin):
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(origin)
        first, second, third = page.locator("gate-feedback").all()

        first.get_by_role("button", name="Not helpful").focus()
        page.keyboard.press("Enter")
        box = first.get_by_label("What should it have said?")
        box.wait_for(state="visible")
        assert first.get_by_role("button", name="Not helpful").get_attribute("aria-pressed") == "true"
        page.keyboard.type("Thirty days <b>& nothing else</b>")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        box.wait_for(state="hidden")
        assert first.get_by_role("status").inner_text() == "Thank you. Your feedback was sent."

        second.get_by_role("button", name="Not helpful").click()
        second.get_by_role("status").get_by_text("Thank you").wait_for()
        assert second.get_by_label("What should it have said?").is_hidden()  # it has asked in this browser already

        third.get_by_role("button", name="Helpful", exact=True).click()
        third.get_by_role("status").get_by_text("Thank you").wait_for()
        with page.expect_response(lambda response: response.status == 202):
            third.get_by_role("button", name="Not helpful").click()
        page.close()
    stated = [one for file in sorted(spool.glob("*.jsonl")) for one in events(file)]
    told = [
        (one["attributes"]["gate.join_key"], one["attributes"].get("gen_ai.evaluation.score.label")) for one in stated
    ]
    assert told == [("m1", "down"), ("m1", None), ("m2", "down"), ("m3", "up"), ("m3", "down")]
    assert stated[1]["attributes"]["gen_ai.evaluation.explanation"] == "Thirty days <b>& nothing else</b>"
    thumbs = [one["attributes"]["gate.feedback.identifier"] for one in stated[3:]]
    assert thumbs[0] == thumbs[1]  # the second thought replaces the first
    assert complaints == []


def test_a_reader_is_told_when_it_was_not_sent(browser, tmp_path: Path, page_port: int) -> None:
    port = free_port()
    write_page(tmp_path / "site", port, ("m1",))
    with service(tmp_path / "spool", port, GATE_CAPTURE_ORIGINS=f"http://127.0.0.1:{page_port}"):
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{page_port}")
        page.locator("gate-feedback").get_by_role("button", name="Helpful", exact=True).wait_for()
    page.locator("gate-feedback").get_by_role("button", name="Helpful", exact=True).click()
    status = page.locator("gate-feedback").get_by_role("status")
    status.get_by_text("could not be sent").wait_for()
    pressed = (
        page.locator("gate-feedback").get_by_role("button", name="Helpful", exact=True).get_attribute("aria-pressed")
    )
    page.close()
    assert pressed == "false"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The accessibility checker's script, out of its npm package."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on this machine")
    folder = tmp_path_factory.mktemp("axe")
    packed = subprocess.run(
        ["npm", "pack", "--silent", "axe-core@4"], cwd=folder, check=True, capture_output=True, text=True, timeout=100
    )
    with tarfile.open(folder / packed.stdout.strip()) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode("utf-8")


@pytest.mark.needs_node
def test_the_widget_has_no_fault_that_axe_finds(browser, axe: str, tmp_path: Path, page_port: int) -> None:
    port = free_port()
    write_page(tmp_path / "site", port, ("m1",))
    written = tmp_path / "site" / "index.html"
    written.write_text(written.read_text().replace("script-src", "script-src 'unsafe-inline' 'unsafe-eval'"))
    with service(tmp_path / "spool", port, GATE_CAPTURE_ORIGINS=f"http://127.0.0.1:{page_port}"):
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{page_port}")
        page.locator("gate-feedback").get_by_role("button", name="Comment").click()
        page.add_script_tag(content=axe)
        found = page.evaluate("async () => (await axe.run()).violations.map(one => one.id + ': ' + one.help)")
        page.close()
    assert found == []
