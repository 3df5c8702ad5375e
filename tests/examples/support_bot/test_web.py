import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from support_bot.web import MOST_BYTES, open_server

from standins.loopback import running


@pytest.fixture(scope="module")
def connection() -> Iterator[http.client.HTTPConnection]:
    with running(open_server(0)) as server:
        opened = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        yield opened
        opened.close()


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str | bytes | None = None,
    length: str | None = None,
) -> tuple[int, Any]:
    headers = {} if length is None else {"Content-Length": length}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_it_is_ready_once_it_listens(connection):
    assert ask(connection, "GET", "/healthz") == (200, {"status": "ready"})


def test_a_question_is_answered(connection):
    status, reply = ask(connection, "POST", "/answer", json.dumps({"input": "Where is my order KP-10451?"}))
    assert status == 200
    assert reply["tool_calls"] == [{"name": "order_status", "arguments": {"order_id": "KP-10451"}}]


@pytest.mark.parametrize("body", ["", "[", "[]", "{}", '{"input": {}}', b"\xff\xfe"])
def test_a_body_without_a_question_is_the_callers_fault_and_the_next_one_is_answered(connection, body):
    status, reply = ask(connection, "POST", "/answer", body)
    assert (status, list(reply)) == (400, ["error"])
    assert ask(connection, "GET", "/healthz")[0] == 200


@pytest.mark.parametrize("length", ["-1", "many", str(MOST_BYTES + 1)])
def test_a_body_of_no_sensible_length_is_not_read(connection, length):
    assert ask(connection, "POST", "/answer", "{}", length)[0] == 400


def test_an_unknown_path_is_not_found(connection):
    assert ask(connection, "GET", "/")[0] == 404
    assert ask(connection, "POST", "/", "{}")[0] == 404
