"""A GitHub Enterprise Server of a company: its own address and path, and a certificate of its own authority."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gate_action.clients.github.api import Patience, open_github
from gate_action.clients.github.client import UnreachableError
from gate_action.sinks.opening import Publication, open_sinks
from gate_action.sinks.publishing import publish_all
from standins.github.server import GithubServer
from standins.github.state import WORKFLOW_TOKEN, Github
from standins.loopback import running
from tests.sinks.published import EVENT, HEAD, PULL, failing

trustme = pytest.importorskip("trustme", reason="trustme is of the slow layer (.ci/slow.in)")
if TYPE_CHECKING:
    from trustme import CA

pytestmark = pytest.mark.slow
_QUICK = Patience(sleep=lambda _: None)


@pytest.fixture(scope="module")
def authority() -> "CA":
    made: CA = trustme.CA()
    return made


@pytest.fixture
def github() -> Github:
    state = Github()
    state.open_pull(PULL, HEAD)
    return state


@pytest.fixture
def url(github: Github, authority: "CA") -> Iterator[str]:
    """The stand-in behind TLS."""
    server = GithubServer(github)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.scheme = "https"
    with running(server):
        yield server.url


def _environ(url: str) -> dict[str, str]:
    return {"GITHUB_TOKEN": WORKFLOW_TOKEN, "GITHUB_REPOSITORY": "octo/app", "GITHUB_API_URL": url}


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_report_is_published_with_the_company_s_own_certificate(
    tmp_path: Path, github: Github, url: str, authority: "CA", variable: str
):
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    client = open_github({**_environ(url), variable: str(bundle)}, _QUICK)
    sinks = open_sinks({}, EVENT, Publication(out=tmp_path / "out", is_wanted=True), client)
    assert publish_all(sinks, failing()) == ()
    assert len(github.check_runs) == len(github.comments) == 1


def test_without_it_the_reason_names_the_variable(url: str, monkeypatch: pytest.MonkeyPatch):
    # The machine's own settings must not stand in for what the job was given.
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    client = open_github(_environ(url), _QUICK)
    assert client is not None
    with pytest.raises(UnreachableError, match="a private certificate is named by REQUESTS_CA_BUNDLE"):
        client.fetch_pull_head(PULL)
