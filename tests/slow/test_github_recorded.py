"""The referee itself, put to the test by what GitHub really answered, as PyGithub recorded it for its own tests.

They come with PyGithub's source distribution, are read from the download, and are no part of this repository.
"""

import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from standins.github.describe import describe_in_cache
from standins.github.referee import Referee
from standins.github.state import Exchange

pytestmark = [pytest.mark.slow, pytest.mark.needs_node]
_LINES = 10
"""Of one recorded exchange: scheme, method, host, port, URL, headers, body, status, headers, body."""
_OTHERS = re.compile(r"/branches/[^/]+/.|/(issues|pulls)/(comments|events)$")
"""Operations that we never ask for, and that a parameter of ours would take for its own."""
_NEWEST = ("CheckRun.", "CheckSuite.testGetCheckRuns")
"""Recorded late enough to hold every property that is required by now."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Exchange]]:
    """By the name of the recording: all exchanges that the description knows an operation for."""
    folder = tmp_path_factory.mktemp("pygithub")
    wanted = f"PyGithub=={version('PyGithub')}"
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", wanted]
    subprocess.run([*argv, "--dest", str(folder)], check=True, capture_output=True, timeout=110)
    [package] = folder.glob("*.tar.gz")
    found = {}
    with tarfile.open(package) as archive:
        for member in archive:
            if "/ReplayData/" in member.name and member.isfile():
                file = archive.extractfile(member)
                assert file is not None
                found[Path(member.name).name] = list(_read(file.read().decode("utf-8", "replace")))
    return found


@pytest.fixture(scope="module")
def referee() -> Referee:
    return Referee(json.loads(describe_in_cache().read_text(encoding="utf-8")))


def _read(text: str) -> Iterator[Exchange]:
    for block in text.strip().split("\n\n"):
        lines = block.split("\n")
        if len(lines) != _LINES or lines[2] != "api.github.com":
            continue
        parts = urlsplit(lines[4])
        body, answer = _json(lines[6]), _json(lines[9])
        yield Exchange(
            method=lines[1],
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            body=body,
            login="",
            status=int(lines[7]),
            answer=answer,
        )


def _json(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _known(referee: Referee, recorded: dict[str, list[Exchange]]) -> list[tuple[str, Exchange]]:
    return [
        (name, exchange)
        for name, exchanges in recorded.items()
        for exchange in exchanges
        if exchange.status < 300 and referee.knows(exchange) and not _OTHERS.search(exchange.path)
        if "created" not in exchange.query  # a search term, that the description calls a moment
    ]


def test_every_recorded_request_is_as_the_description_has_it(referee: Referee, recorded: dict[str, list[Exchange]]):
    known = _known(referee, recorded)
    assert len(known) > 300
    assert [fault for _, exchange in known if (fault := referee.fault_of_request(exchange))] == []


def test_every_recorded_exchange_of_check_runs_is(referee: Referee, recorded: dict[str, list[Exchange]]):
    newest = [exchange for name, exchange in _known(referee, recorded) if name.startswith(_NEWEST)]
    assert len(newest) >= 20
    assert [fault for exchange in newest if (fault := referee.fault(exchange))] == []


@pytest.mark.timeout(400)  # a thousand answers by pure Python: a minute and a half on an idle machine
def test_older_answers_lack_only_what_came_since(referee: Referee, recorded: dict[str, list[Exchange]]):
    known = _known(referee, recorded)
    faults = [(exchange.path, fault) for _, exchange in known if (fault := referee.fault(exchange))]
    other = {path for path, fault in faults if "is a required property" not in fault}
    # The description names 26 kinds of an issue's events, and leaves out the oldest ones; and it has a number for the
    # line of each comment on a change, where GitHub gives null once that line is gone.
    assert {path for path in other if not path.endswith(("/events", "/pulls/31/comments"))} == set()
