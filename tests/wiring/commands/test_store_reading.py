from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import obstore
import pytest
import requests
from obstore.store import S3Store

from gate_action.clients.fetching import fetch_file
from gate_action.clients.stores.objects import Bounds
from gate_action.errors import ConfigError, MissingKeyError, StoreError
from gate_action.wiring.commands.store_reading import StoreAddress, read_store
from standins.github.server import serve
from standins.github.state import WORKFLOW_TOKEN, Github
from standins.github.workflows import zip_files
from standins.loopback import QuietRequest, running
from tests.loop.sync.rows import lines, row
from tests.sources.conftest import S3, s3  # noqa: F401  # a fixture

ROWS = lines(row(0), row(1))


def test_a_folder_is_read_with_the_files_below_it_and_no_others(tmp_path: Path):
    (tmp_path / "week").mkdir()
    (tmp_path / "week" / "rows.jsonl").write_bytes(ROWS)
    (tmp_path / "README.md").write_text("words")
    read = read_store(StoreAddress(source=str(tmp_path)), {})
    assert [(one.name, one.content) for one in read.objects] == [("week/rows.jsonl", ROWS)]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("", ConfigError),
        ("nowhere", ConfigError),
        ("s3://key:secret@bucket/x", ConfigError),
        ("actions:rows", ConfigError),
    ],
)
def test_a_source_that_is_none_is_told(source: str, error: type[Exception]):
    with pytest.raises(error):
        read_store(StoreAddress(source=source), {})


def test_a_variable_without_a_value_is_named():
    with pytest.raises(MissingKeyError, match="STORE_TOKEN"):
        read_store(StoreAddress(source="https://host/rows.jsonl", token="STORE_TOKEN"), {})


@pytest.fixture
def web() -> Iterator[str]:
    class Answering(QuietRequest):
        def do_GET(self) -> None:  # noqa: N802  # the name that http.server looks for
            is_open = self.headers.get("authorization") == "Bearer t0ken"
            self.send_response(200 if is_open else 403)
            self.end_headers()
            self.wfile.write(ROWS if is_open else b"")

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Answering)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def test_a_file_behind_http_is_read_with_its_token_and_within_bounds(web: str):
    address = StoreAddress(source=f"{web}/rows.jsonl?signature=secret", token="STORE_TOKEN")
    read = read_store(address, {"STORE_TOKEN": "t0ken"})
    assert ([one.content for one in read.objects], "secret" in read.words) == ([ROWS], False)
    with pytest.raises(StoreError, match="answers 403"):
        read_store(StoreAddress(source=f"{web}/rows.jsonl"), {})
    with pytest.raises(StoreError, match="more than the 10 bytes"):
        fetch_file(f"{web}/rows.jsonl", "t0ken", Bounds(size=10))


def test_the_newest_artifact_of_the_workflow_is_read_and_never_a_pull_requests():
    github = Github()
    told = {"event": "schedule", "head_branch": "main", "path": ".github/workflows/promote.yml"}
    github.add_artifact(github.add_run("a" * 40, **told), "rows", zip_files({"a.jsonl": ROWS, "b.md": b""}))
    evil = github.add_run("a" * 40, **(told | {"event": "pull_request"}))
    github.add_artifact(evil, "rows", zip_files({"evil.jsonl": ROWS}))
    address = StoreAddress(source="actions:rows", workflow="promote.yml")
    with serve(github) as url:
        environ = {"GITHUB_REPOSITORY": "octo/app", "GITHUB_TOKEN": WORKFLOW_TOKEN, "GITHUB_API_URL": url}
        read = read_store(address, environ)
    assert [one.name for one in read.objects] == ["a.jsonl"]


@pytest.mark.slow
def test_a_prefix_of_a_bucket_is_read(s3: S3):  # noqa: F811  # the fixture
    requests.put(f"{s3.endpoint}/synced-rows", timeout=20).raise_for_status()
    store = S3Store(
        "synced-rows", endpoint=s3.endpoint, access_key_id=s3.key, secret_access_key=s3.secret, region="us-east-1",
        client_options={"allow_http": True},
    )  # fmt: skip
    obstore.put(store, "week/rows.jsonl", ROWS)
    address = StoreAddress(source="s3://synced-rows/week", endpoint=s3.endpoint, access_key="K", secret_key="S")
    read = read_store(address, {"K": s3.key, "S": s3.secret})
    assert [one.name for one in read.objects] == ["rows.jsonl"]
