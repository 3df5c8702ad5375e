"""The service: who may speak, of what, how much and how often; and what is kept before it says yes."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gate_action_capture import SettingsError
from gate_action_capture.__main__ import read_port
from gate_action_capture.app import FeedbackApp, ServiceSettings
from gate_action_capture.tokens import feedback_token
from tests.capture.asgi import ask
from tests.capture.records import events, read_lines

SECRET = "a secret of a test, long enough"  # no one's
KEY = "a key of a test, long enough"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OTHER = "5bf92f3577b34da6a3ce929d0e0e4736"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def app(tmp_path: Path, clock: Clock) -> AsyncIterator[FeedbackApp]:
    settings = ServiceSettings(folder=tmp_path, secret=SECRET, keys=(KEY,), origins=("https://shop.example",))
    app = FeedbackApp(settings, clock=clock)
    yield app
    await app.close()


def kept(app: FeedbackApp):
    return [one for file in sorted(app.settings.folder.glob("*.jsonl")) for one in events(file)]


def thumb(trace: str = TRACE, token_of: str = TRACE, **more):
    return {"trace_id": trace, "name": "thumb", "value": False, "token": feedback_token(SECRET, token_of), **more}


async def test_a_browser_speaks_of_the_call_that_its_token_is_for(app) -> None:
    answered = await ask(app, stated=thumb(comment="Wrong.", correction="30 days."))
    (event,) = kept(app)
    assert answered.status == 202
    assert event["traceId"] == TRACE
    assert event["attributes"]["gate.feedback.correction"] == "30 days."
    assert event["attributes"]["gate.feedback.author_kind"] == "end_user"
    assert event["attributes"]["gate.feedback.identifier"] == answered.body["identifier"]


@pytest.mark.parametrize(
    ("stated", "status", "told"),
    [
        (thumb(trace=OTHER), 403, "does not belong to this call"),
        ({**thumb(), "token": "v1.99999999999.x"}, 403, "not one of this service"),
        ({**thumb(), "token": "v1.9999999999.x"}, 403, "does not belong"),
        ({**thumb(), "token": feedback_token(SECRET, TRACE, now=0)}, 403, "has expired"),
        ({**thumb(), "token": 7}, 401, "a token for this call is missing"),
        ({"trace_id": TRACE, "name": "thumb", "value": True}, 401, "a token for this call is missing"),
        (thumb(join_key="another call"), 422, "exactly one of"),
        (thumb(user_id="somebody else"), 422, "'user_id' is no field here"),
        (thumb(author="reviewer"), 422, "'author' is no field here"),
        ({**thumb(), "name": 7}, 422, "name must be a text"),
        ({**thumb(), "value": [1]}, 422, "value is a list"),
        ({**thumb(), "name": "x\n"}, 422, "name is"),
        ([1, 2], 400, "no JSON object"),
        (b"{", 400, "no JSON"),
        (b"[" * 16_000, 400, "no JSON"),
        (b" " * 17_000, 413, "at most 16384 bytes"),
    ],
)
async def test_what_is_not_allowed_is_refused_in_words_and_nothing_is_kept(app, stated, status: int, told: str) -> None:
    answered = await ask(app, stated=stated)
    assert answered.status == status
    assert told in answered.body["error"]
    assert kept(app) == []


async def test_a_body_that_claims_to_be_short_is_counted_all_the_same(app) -> None:
    answered = await ask(app, stated=b"x" * 20_000, headers={"content-length": "5"})
    assert answered.status == 413


async def test_a_server_with_its_key_speaks_for_its_users(app) -> None:
    stated = {"join_key": "m1", "name": "rating", "value": 4, "user_id": "u1", "identifier": "own"}
    answered = await ask(app, stated=stated, headers={"authorization": f"Bearer {KEY}"})
    assert answered.status == 202
    assert kept(app)[0]["attributes"]["user.id"] == "u1"
    wrong = await ask(app, stated=stated, headers={"authorization": "Bearer another"})
    assert (wrong.status, wrong.headers["www-authenticate"]) == (401, "Bearer")


async def test_an_identifier_from_a_browser_reaches_no_other_call(app) -> None:
    """Readers keep the last statement of an identifier: nobody may overwrite somebody else's."""
    first = await ask(app, stated=thumb(identifier="mine"))
    again = await ask(app, stated=thumb(identifier="mine"))
    other = await ask(app, stated=thumb(trace=OTHER, token_of=OTHER, identifier=first.body["identifier"]))
    assert first.body == again.body
    assert other.body != first.body


async def test_one_address_may_not_speak_all_the_time(app, clock: Clock) -> None:
    answered = [await ask(app, stated=thumb(f"{n:032x}", f"{n:032x}")) for n in range(1, 33)]
    assert [one.status for one in answered].count(202) == 30
    assert (answered[-1].status, answered[-1].headers["retry-after"]) == (429, "3")
    clock.now += 4
    assert (await ask(app, stated=thumb())).status == 202


async def test_one_call_is_not_spoken_of_without_end(app, clock: Clock) -> None:
    statuses = []
    for _ in range(14):
        clock.now += 10  # slow enough for the address
        statuses.append((await ask(app, stated=thumb())).status)
    assert statuses.count(429) == 2


async def test_the_address_is_read_behind_proxies_of_our_own_only(tmp_path: Path, clock: Clock) -> None:
    async def statuses(proxies: int) -> list[int]:
        settings = ServiceSettings(folder=tmp_path, secret=SECRET, per_minute=1, trusted_proxies=proxies)
        app = FeedbackApp(settings, clock=clock)
        forged = [await ask(app, stated=thumb(), headers={"x-forwarded-for": f"{n}.1.1.1, 9.9.9.9"}) for n in range(3)]
        await app.close()
        return [one.status for one in forged]

    assert await statuses(0) == [202, 429, 429]
    assert await statuses(1) == [202, 429, 429]


@pytest.mark.parametrize(("origin", "allowed"), [("https://shop.example", True), ("https://evil.example", False)])
async def test_pages_of_known_origins_may_ask(app, origin: str, allowed: bool) -> None:
    preflight = await ask(app, "OPTIONS", headers={"origin": origin})
    assert preflight.status == 204
    assert (preflight.headers.get("access-control-allow-origin") == origin) is allowed


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/healthz", 200), ("GET", "/v1/feedback", 405), ("POST", "/widget.js", 405), ("GET", "/../etc", 404)],
)
async def test_places(app, method: str, path: str, status: int) -> None:
    assert (await ask(app, method, path)).status == status


async def test_the_widget_is_served_and_the_place_of_mounting_is_taken_off(app) -> None:
    answered = await ask(app, "GET", "/feedback/widget.js", root_path="/feedback")
    assert answered.headers["content-type"] == "text/javascript; charset=utf-8"
    assert b"gate-feedback" in answered.body


async def test_a_form_of_another_site_cannot_post(app) -> None:
    """A plain form needs no preflight, and cannot send JSON."""
    assert (await ask(app, stated=b"{}", headers={"content-type": "text/plain"})).status == 415


async def test_many_at_once_are_all_kept_and_share_their_fsyncs(app) -> None:
    stated = [thumb(f"{n:032x}", f"{n:032x}") for n in range(1, 26)]
    answered = await asyncio.gather(*(ask(app, stated=one) for one in stated))
    assert {one.status for one in answered} == {202}
    assert len(kept(app)) == 25


async def test_a_new_day_is_a_new_file(tmp_path: Path) -> None:
    from gate_action_capture.feedback import Feedback
    from gate_action_capture.spool import Spool

    days = iter(["20260101", "20260101", "20260101", "20260102", "20260102", "20260102"])
    spool = Spool(tmp_path, today=lambda: next(days))
    await spool.add(Feedback(name="thumb", value=1.0, trace_id=TRACE))
    await spool.add(Feedback(name="thumb", value=0.0, trace_id=TRACE))
    await spool.add(Feedback(name="thumb", value=0.0, trace_id=OTHER))
    await spool.close()
    assert [len(read_lines(tmp_path / f"feedback-{day}.jsonl")) for day in ("20260101", "20260102")] == [4, 2]


async def test_a_disk_that_refuses_is_never_a_yes(tmp_path: Path) -> None:
    app = FeedbackApp(ServiceSettings(folder=tmp_path, secret=SECRET))
    assert (await ask(app, stated=thumb())).status == 202
    assert app._spool is not None
    lines = app._spool._lines  # the one way to a disk that refuses, without root
    kept_open = lines._file
    lines._file = -1
    answered = await ask(app, stated=thumb())
    lines._file = kept_open
    await app.close()
    assert (answered.status, answered.headers["retry-after"]) == (503, "30")


def test_a_service_that_nothing_protects_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="anybody could write"):
        ServiceSettings(folder=tmp_path)
    with pytest.raises(SettingsError, match="shorter than 16"):
        ServiceSettings(folder=tmp_path, keys=("short",))
    shown = repr(ServiceSettings(folder=tmp_path, secret=SECRET, keys=(KEY,)))
    assert not re.search("long enough", shown)


@pytest.mark.parametrize("port", ["http", "70000", "-1"])
def test_a_port_that_is_none_is_told(port: str) -> None:
    with pytest.raises(SettingsError, match="write a number below 65536"):
        read_port({"GATE_CAPTURE_PORT": port})
    assert read_port({}) == 8080
