"""Homes of every kind: a bucket in memory by obstore, S3 and git's own servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from obstore.store import MemoryStore

from gate_action.clients.git.home import GitHome
from gate_action.clients.git.remote import Remote
from gate_action.clients.stores.homes import BucketHome, Home
from gate_action.clients.stores.objects import Place
from standins.git_servers import HttpServer, create_bare, serve_http
from tests.loop.state.homes import Town
from tests.sources.conftest import s3

__all__ = ["s3"]


@pytest.fixture(params=["memory", *(pytest.param(way, marks=pytest.mark.slow) for way in ("git", "http", "s3"))])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """The same home, for as many jobs as ask."""
    if request.param == "memory":
        store = MemoryStore()
        yield lambda: BucketHome(Place(url="s3://memory/loop"), (store, "loop/"))
    elif request.param == "git":
        bare = create_bare(tmp_path / "remote.git")
        yield lambda: GitHome(Remote(url=f"file://{bare}", branch="gate-loop"))
    elif request.param == "http":
        create_bare(tmp_path / "remote.git")
        with serve_http(HttpServer(tmp_path, readers=("t",), writers=("t",))) as server:
            yield lambda: GitHome(Remote(url=f"{server.url}/remote.git", branch="gate-loop", token="t"))
    else:
        server = request.getfixturevalue("s3")
        requests.put(f"{server.endpoint}/loop-state", timeout=20).raise_for_status()
        url = f"s3://loop-state/{tmp_path.name}"
        place = Place(url=url, endpoint=server.endpoint, key=server.key, secret=server.secret)
        yield lambda: BucketHome(place)


@pytest.fixture
def home(town: Town) -> Home:
    return town()
