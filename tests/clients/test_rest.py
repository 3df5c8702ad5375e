"""The client of REST servers: it waits where that helps, keeps its key to itself, and reads no more than it can."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from gate_action.clients.rest import Rest, Waiting
from gate_action.errors import StoreError
from standins.backends.server import Answer, Asked, serve


def waiting(pauses: list[float], tries: int = 4) -> Waiting:
    return Waiting(tries=tries, sleep=pauses.append, jitter=lambda: 0.0)


def in_turn(*answers: Answer) -> Callable[[Asked], Answer]:
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_after_the_time_that_it_asks_for(status: int):
    pauses: list[float] = []
    with serve(in_turn(Answer(status=status, headers={"Retry-After": "7"}), Answer(body={"a": 1}))) as server:
        assert Rest(url=server.url, waiting=waiting(pauses)).get("x") == {"a": 1}
    assert pauses == [7.0]


def test_without_a_word_of_the_server_the_pauses_double_and_end():
    pauses: list[float] = []
    with serve(in_turn(Answer(status=503))) as server, pytest.raises(StoreError, match=r"status 503 \(tried 4 times\)"):
        Rest(url=server.url, waiting=waiting(pauses)).get("x")
    assert pauses == [0.5, 1.0, 2.0]


def test_who_asks_for_an_hour_is_not_waited_for():
    pauses: list[float] = []
    hour = in_turn(Answer(status=429, headers={"Retry-After": "3600"}))
    with serve(hour) as server, pytest.raises(StoreError, match="3600 s"):
        Rest(url=server.url, waiting=waiting(pauses)).get("x")
    assert pauses == []


def test_a_server_that_is_not_there_is_tried_again_and_told():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(StoreError, match="no connection"):
        Rest(url=f"http://127.0.0.1:{port}", waiting=waiting([], tries=2)).get("x")


@pytest.mark.parametrize(("status", "hint"), [(401, "key"), (403, "key"), (404, "project")])
def test_a_refusal_is_told_at_once_with_what_to_look_at(status: int, hint: str):
    with serve(in_turn(Answer(status=status, body={"detail": "no"}))) as server:
        with pytest.raises(StoreError, match=f"status {status}") as told:
            Rest(url=server.url, headers={"X-Api-Key": "s3cret"}).get("x")
        assert len(server.asked) == 1
    assert hint in told.value.hint
    assert "s3cret" not in f"{told.value}{told.value.hint}"


def test_another_server_is_not_handed_the_key():
    with serve(in_turn(Answer(body={}))) as thief:
        moved = in_turn(Answer(status=302, headers={"Location": f"{thief.url}/x"}))
        with serve(moved) as server, pytest.raises(StoreError, match="not followed"):
            Rest(url=server.url, headers={"Authorization": "Bearer s3cret"}).get("x")
        assert thief.asked == []


def test_within_one_server_a_redirect_is_followed_and_a_circle_of_them_is_not():
    def answer(asked: Asked) -> Answer:
        if asked.path == "/x":
            return Answer(status=308, headers={"Location": "/y?z=1"})
        return Answer(body={"z": asked.one("z")})

    with serve(answer) as server:
        assert Rest(url=server.url).get("x", {"q": "1"}) == {"z": "1"}
    circle = in_turn(Answer(status=307, headers={"Location": "/x"}))
    with serve(circle) as server, pytest.raises(StoreError, match="circle"):
        Rest(url=server.url).get("x")


def test_a_post_goes_nowhere_else():
    moved = in_turn(Answer(status=307, headers={"Location": "/y"}))
    with serve(moved) as server, pytest.raises(StoreError, match="not followed"):
        Rest(url=server.url).post("x", {"a": 1})


def test_an_answer_without_end_is_not_read_to_its_end():
    endless = in_turn(Answer(body=b"[" + b"1," * 1_000_000 + b"1]"))
    with serve(endless) as server, pytest.raises(StoreError, match="more than 1,000 bytes") as told:
        Rest(url=server.url, largest=1_000).get("x")
    assert "page_size" in told.value.hint


def test_a_page_of_html_is_no_answer():
    page = in_turn(Answer(body=b"<html>", headers={"Content-Type": "text/html"}))
    with serve(page) as server, pytest.raises(StoreError, match="no JSON"):
        Rest(url=server.url).get("x")


def test_passwords_of_netrc_are_left_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password s3cret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    with serve(in_turn(Answer(body={}))) as server:
        Rest(url=server.url).get("x")
        Rest(url=server.url, user="u", password="p").get("x")
        assert ["authorization" in asked.headers for asked in server.asked] == [False, True]


def test_lists_in_a_question_are_repeated_and_paths_below_a_prefix_are_kept():
    with serve(in_turn(Answer(body=[]))) as server:
        Rest(url=f"{server.url}/base/").get("v1/x", {"ids": ["a", "b"], "limit": 3})
        (asked,) = server.asked
    assert (asked.path, asked.query) == ("/base/v1/x", {"ids": ["a", "b"], "limit": ["3"]})


def test_its_key_is_in_no_repr():
    rest = Rest(url="http://h", headers={"Authorization": "s3cret"}, user="u", password="s3cret")
    assert "s3cret" not in repr(rest)
