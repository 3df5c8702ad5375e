"""A server of the team's own, behind a certificate of its own authority."""

import ssl
from pathlib import Path

import pytest

from gate_action.clients.rest import Rest, Waiting
from gate_action.errors import StoreError
from standins.backends.server import Answer, serve

trustme = pytest.importorskip("trustme", reason="trustme is of the slow layer (.ci/slow.in)")
pytestmark = pytest.mark.slow


def test_the_bundle_that_is_named_is_trusted_and_nothing_else(tmp_path: Path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "own.pem")
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with serve(lambda _: Answer(body={"a": 1}), tls) as server:
        assert Rest(url=server.url, ca_bundle=str(tmp_path / "own.pem")).get("x") == {"a": 1}
        for bundle in ("", str(tmp_path / "other.pem")):
            with pytest.raises(StoreError, match="certificate") as told:
                Rest(url=server.url, ca_bundle=bundle, waiting=Waiting(tries=1)).get("x")
            assert "ca_bundle" in told.value.hint
