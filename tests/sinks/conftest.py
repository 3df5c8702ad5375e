"""What is published goes to a stand-in for GitHub, with one pull request."""

from collections.abc import Iterator

import pytest

from standins.github.server import serve
from standins.github.state import Github
from tests.sinks.published import HEAD, PULL


@pytest.fixture
def github() -> Github:
    """A repository with one pull request."""
    state = Github()
    state.open_pull(PULL, HEAD)
    return state


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address
