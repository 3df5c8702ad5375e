import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from itertools import count
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from gate_action.loop.attention import Stopwatch
from gate_action.loop.promote.proposing import propose
from gate_action.loop.promote.serving import open_server, review_in_browser
from gate_action.loop.promote.session import Session
from gate_action.loop.serving import PageServer
from gate_action.model.promotion import Proposal, ReviewOutcome
from standins.loopback import running
from tests.loop.promote.failing import bench, failure


def proposal(candidates: int = 2) -> Proposal:
    return propose([failure(n, comment="<script>alert(1)</script>") for n in range(candidates)], bench())


def clock() -> float:
    return float(next(_TICKS))


_TICKS = count()


@contextmanager
def serving(session: Session) -> Iterator[PageServer]:
    with open_server(session) as server, running(server):
        yield server


@pytest.fixture
def server() -> Iterator[PageServer]:
    with serving(Session(proposal(), "ann", Stopwatch(clock))) as server:
        yield server


class Answered(NamedTuple):
    status: int
    page: str
    headers: Message


def ask(server: PageServer, method: str, path: str, body: str | None = None, **headers: str) -> Answered:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    told = Answered(answer.status, answer.read().decode(), answer.headers)
    connection.close()
    return told


def send(server: PageServer, origin: str | None = None, csrf: str | None = None, **fields: str) -> Answered:
    form = {"csrf": server.csrf if csrf is None else csrf, "row": row(server), **fields}
    headers = {
        "Origin": server.origin if origin is None else origin,
        "Content_Type": "application/x-www-form-urlencoded",
    }
    return ask(server, "POST", f"/{server.token}/", urlencode(form), **headers)


def row(server: PageServer) -> str:
    assert isinstance(server.session, Session)
    candidate = server.session.current
    return candidate.fixture.id if candidate else ""


def test_the_page_shows_the_candidate_as_text_and_allows_no_script(server):
    status, page, headers = ask(server, "GET", f"/{server.token}/")
    assert status == 200
    assert "1 of 2" in page
    assert "Can I pay by cheque?" in page
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'nonce-")
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/x/", "/%2e%2e/", "//", "/" + "x" * 43 + "/"])
def test_without_the_token_nothing_is_there(server, path):
    assert ask(server, "GET", path)[:2] == (404, "")
    assert ask(server, "POST", path, "action=finish")[:2] == (404, "")
    assert not server.session.is_finished


def test_another_name_for_this_machine_is_refused(server):
    assert ask(server, "GET", f"/{server.token}/", Host=f"evil.example:{server.server_port}")[0] == 404


@pytest.mark.parametrize(
    "told", [{"origin": "http://evil.example"}, {"origin": "null"}, {"csrf": ""}, {"csrf": "x" * 43}]
)
def test_a_form_that_another_page_sends_changes_nothing(server, told):
    assert send(server, action="accept", **told)[0] == 403
    assert server.session.reviews == []


def test_candidates_are_accepted_corrected_and_rejected_one_by_one(server):
    ask(server, "GET", f"/{server.token}/")
    assert send(server, action="correct", correction="We take cards and transfers.")[0] == 303
    assert "2 of 2" in ask(server, "GET", f"/{server.token}/")[1]
    status, page, _ = send(server, action="reject")
    assert (status, "Say why it is rejected" in page) == (200, True)
    assert send(server, action="reject", reason="not a fault")[0] == 303
    assert "All 2 candidates are decided" in ask(server, "GET", f"/{server.token}/")[1]
    first, second = server.session.reviews
    assert (first.outcome, first.candidate.fixture.expected.output) == (
        ReviewOutcome.EDITED,
        "We take cards and transfers.",
    )
    assert (second.outcome, second.reason, second.reviewer) == (ReviewOutcome.REJECTED, "not a fault", "ann")
    assert all(one.seconds > 0 for one in server.session.reviews)


def test_a_form_that_is_sent_twice_decides_once(server):
    stale = row(server)
    send(server, action="accept")
    _, page, _ = send(server, action="accept", row=stale)
    assert "was decided before" in page
    assert len(server.session.reviews) == 1


@pytest.mark.parametrize("fields", [{"action": "delete"}, {"action": "correct", "correction": " "}, {}])
def test_what_makes_no_sense_is_told_and_decides_nothing(server, fields):
    assert send(server, **fields)[0] == 200
    assert server.session.reviews == []


def test_a_form_beyond_measure_is_not_read(server):
    headers = {"Origin": server.origin, "Content_Length": str(1 << 40)}
    assert ask(server, "POST", f"/{server.token}/", None, **headers)[0] == 403


def test_a_review_ends_when_the_person_finishes():
    addresses: list[str] = []

    def person(line: str) -> None:
        address = line.split(" at ")[1].split(maxsplit=1)[0]
        addresses.append(address)
        threading.Thread(target=finish, args=(address,)).start()

    def finish(address: str) -> None:
        host, _, path = address.removeprefix("http://").partition("/")
        connection = http.client.HTTPConnection(host, timeout=5)
        connection.request("GET", f"/{path}")
        page = connection.getresponse().read().decode()
        csrf = page.split('name="csrf" value="')[1].split('"')[0]
        for action in ("accept", "finish"):
            connection = http.client.HTTPConnection(host, timeout=5)
            shown = page.split('name="row" value="')[1].split('"')[0]
            form = urlencode({"csrf": csrf, "row": shown, "action": action})
            connection.request("POST", f"/{path}", form, {"Origin": f"http://{host}"})
            connection.getresponse().read()

    (review,) = review_in_browser(proposal(), "ann", person, Stopwatch(clock))
    assert review.outcome is ReviewOutcome.ACCEPTED
    assert addresses[0].startswith("http://127.0.0.1:")
