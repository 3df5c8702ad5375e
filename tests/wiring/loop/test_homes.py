"""``state:`` becomes a home, or a fault that names its line; every command of the loop then works there."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gate_action.cli.commands import run_command
from gate_action.clients.git.home import GitHome
from gate_action.clients.stores.homes import BucketHome
from gate_action.config.loop.state import BranchShape, BucketShape, StateShape
from gate_action.errors import ConfigError, MissingKeyError
from gate_action.loop.store import arrow_table
from gate_action.wiring.loop.homes import find_keeper
from gate_action.wiring.loop.opening import LoopOptions, open_loop
from standins.git_servers import create_bare

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
"""
KEY = {"GATE_STATE_KEY": "a long and random text"}
CURSOR = [{"source": "a", "name": "b", "value": "c"}]


def test_a_folder_needs_no_home():
    assert find_keeper(StateShape(), Path(), {}) is None


def test_a_folder_on_a_runner_that_forgets_is_told(caplog: pytest.LogCaptureFixture):
    assert find_keeper(StateShape(), Path(), {"RUNNER_ENVIRONMENT": "github-hosted"}) is None
    assert "forgets" in caplog.text
    assert find_keeper(StateShape(), Path(), {"RUNNER_ENVIRONMENT": "self-hosted"}) is None
    assert len(caplog.records) == 1


def test_a_bucket_takes_its_keys_from_the_environment_and_may_be_encrypted():
    bucket = BucketShape(url="s3://b/x", access_key="A", secret_key="S")
    found = find_keeper(StateShape(bucket=bucket, key="GATE_STATE_KEY"), Path(), {"A": "1", "S": "2", **KEY})
    assert found
    assert isinstance(found.home, BucketHome)
    assert (found.home.where.key, found.home.where.secret, found.seal.secret) == ("1", "2", "a long and random text")


def test_in_a_workflow_the_branch_is_of_its_repository_with_its_token_and_the_run_is_named():
    job = {
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_TOKEN": "t",
        "GITHUB_RUN_ID": "7",
    }
    found = find_keeper(StateShape(branch=BranchShape(), key="GATE_STATE_KEY"), Path(), {**job, **KEY})
    assert found
    assert isinstance(found.home, GitHome)
    remote = found.home.remote
    assert (remote.url, remote.branch, remote.token) == ("https://github.example/o/r.git", "gate-loop", "t")
    assert found.by == "https://github.example/o/r/actions/runs/7/attempts/1"


@pytest.mark.parametrize(
    ("environ", "error", "told"),
    [
        ({}, MissingKeyError, "GATE_STATE_KEY"),
        ({"GATE_STATE_KEY": "short"}, ConfigError, "5 characters"),
    ],
)
def test_a_key_that_is_not_there_or_too_short_is_told_without_showing_it(
    environ: Mapping[str, str], error: type[Exception], told: str
):
    with pytest.raises(error, match=told) as caught:
        find_keeper(StateShape(branch=BranchShape(remote="x"), key="GATE_STATE_KEY"), Path(), environ)
    assert "short" not in str(caught.value)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("{bucket: {url: 's3://b'}, branch: {}, key: K}", "one home"),
        ("{branch: {}}", "only encrypted"),
        ("{path: ../x}", "leaves the repository"),
        ("{bucket: {url: 's3://b', access_key: A}}", "go together"),
        ("{bucket: {url: 'https://b'}}", "s3://"),
        ("{branch: {token: T}, key: K}", "opens remote"),
        ("{key: 'not a name'}", "state.key"),
    ],
)
def test_a_state_that_cannot_work_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state: str, told: str
):
    (tmp_path / "gate.yaml").write_text(f"{GATE}state: {state}\n")
    assert run_command(["loop", "status", "--repository", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "gate.yaml:5" in said
    assert told in said


@pytest.mark.slow
def test_what_one_job_wrote_another_clone_finds_through_the_branch(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    for clone in ("one", "two"):
        (tmp_path / clone).mkdir()
        state = f"state: {{branch: {{remote: 'file://{bare}'}}, key: GATE_STATE_KEY}}\n"
        (tmp_path / clone / "gate.yaml").write_text(GATE + state)
    one, two = (LoopOptions(repository=tmp_path / clone, config="gate.yaml") for clone in ("one", "two"))
    with open_loop(one, environ=KEY) as (_, store):
        store.upsert("cursor", arrow_table("cursor", CURSOR))
    with open_loop(two, writes=False, environ=KEY) as (_, store):
        assert store.table("cursor").to_pyarrow().to_pylist() == CURSOR
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["gate.yaml"]
