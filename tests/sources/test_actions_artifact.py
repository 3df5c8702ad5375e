"""Fixtures out of another workflow's artifact: the newest that counts, pinned where gate.yaml pins it."""

from collections.abc import Iterator
from typing import Any

import pytest

from gate_action.errors import ConfigError, StoreError
from gate_action.model.fixture import Suite
from gate_action.sources.actions_artifact import ActionsArtifact
from gate_action.wiring.objects import build_named
from standins.github.server import serve
from standins.github.state import WORKFLOW_TOKEN, Github
from standins.github.workflows import zip_files
from tests.files import FilesInMemory

NOTHING = FilesInMemory({})
ROW = b'{"id": "%b", "input": "hello"}\n'


@pytest.fixture
def github() -> Github:
    return Github()


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address


def upload(github: Github, files: dict[str, bytes], **ran: Any) -> int:
    told = {"event": "schedule", "head_branch": "main", "path": ".github/workflows/cycle.yml"}
    return github.add_artifact(github.add_run("a" * 40, **told | ran), "fixtures", zip_files(files))


def load(url: str, **options: Any) -> Suite:
    environ = {"GITHUB_REPOSITORY": "octo/app", "GITHUB_TOKEN": WORKFLOW_TOKEN, "GITHUB_API_URL": url}
    given = {"name": "fixtures", "workflow": "cycle.yml"} | options
    source = build_named("sources", "actions_artifact", given, environ)
    assert isinstance(source, ActionsArtifact)
    return source.load(NOTHING)


def test_the_newest_artifact_that_counts_is_read_with_places(github: Github, url: str):
    upload(github, {"old.jsonl": ROW % b"old"})
    upload(github, {"new/a.jsonl": ROW % b"new", "README.md": b"no fixture"})
    upload(github, {"evil.jsonl": ROW % b"evil"}, event="pull_request")
    upload(github, {"evil.jsonl": ROW % b"evil"}, head_repository="stranger/app")
    upload(github, {"red.jsonl": ROW % b"red"}, conclusion="failure")
    (fixture,) = load(url).fixtures
    assert fixture.id == "new"
    assert fixture.place is not None
    assert (fixture.place.path, fixture.place.line) == ("fixtures/new/a.jsonl", 1)


def test_a_pin_holds_the_content_and_what_changed_is_refused_with_the_digest(github: Github, url: str):
    upload(github, {"a.jsonl": ROW % b"a"})
    with pytest.raises(StoreError, match="is not what was pinned") as told:
        load(url, digest="sha256:" + "0" * 64)
    digest = str(told.value).split("its digest is ")[1].split(",")[0]
    assert load(url, digest=digest).by_id.keys() == {"a"}
    upload(github, {"a.jsonl": ROW % b"b"})
    with pytest.raises(StoreError, match="is not what was pinned"):
        load(url, digest=digest)


def test_where_none_counts_the_reasons_are_told(github: Github, url: str):
    upload(github, {"a.jsonl": ROW % b"a"}, head_branch="change")
    with pytest.raises(StoreError, match="there is no artifact fixtures of octo/app") as told:
        load(url)
    assert "forks do not count" in told.value.hint


def test_an_artifact_without_a_fixture_file_or_with_bad_rows_is_no_suite(github: Github, url: str):
    upload(github, {"README.md": b"words"})
    with pytest.raises(StoreError, match="holds no fixture file"):
        load(url)
    upload(github, {"a.jsonl": b"{}\n"})
    with pytest.raises(ConfigError) as told:
        load(url)
    assert told.value.problems[0].path == "fixtures/a.jsonl"


def test_an_expired_artifact_does_not_count(github: Github, url: str):
    number = upload(github, {"a.jsonl": ROW % b"a"})
    held = github.artifacts[number]
    github.artifacts[number] = type(held)(name=held.name, content=held.content, run_id=held.run_id, is_expired=True)
    with pytest.raises(StoreError, match="there is no artifact"):
        load(url)


@pytest.mark.parametrize(
    "options", [{"name": ""}, {"workflow": "cycle"}, {"workflow": "x/cycle.yml"}, {"digest": "1"}, {"repository": "x"}]
)
def test_options_that_cannot_work_are_refused(options: dict[str, str]):
    with pytest.raises(ValueError, match=next(iter(options))):
        ActionsArtifact(**{"name": "f", "workflow": "cycle.yml"} | options)
