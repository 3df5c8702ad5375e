"""Runs on an orphan branch: written beside each other, read with no more than the right to read, bounded in size."""

import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate_action.baselines.branch import Branch
from gate_action.codec.baselines import encode_baseline, name_record
from gate_action.errors import ConfigError, StoreError
from gate_action.model.run import Baseline, EvalRun, NoBaseline
from gate_action.wiring.objects import build_named
from standins.git_servers import HttpServer, create_bare, serve_http
from tests.baselines.records import PRINT, a_year_of_runs
from tests.repositories import Repository

pytestmark = pytest.mark.slow


def packed_kib(bare: Path, folder: Path) -> float:
    """Of a fresh clone, with every branch."""
    subprocess.run(["git", "clone", "--quiet", "--bare", "--no-local", str(bare), str(folder)], check=True)
    argv = ["git", "-C", str(folder), "count-objects", "-v"]
    told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return float(dict(line.split(": ") for line in told.splitlines())["size-pack"])


def test_a_saved_run_is_found_again_exact_or_some_commits_older(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    first, second, third = a_year_of_runs(3, fixtures=4)
    Branch(remote=str(bare)).save(first)
    Branch(remote=str(bare)).save(second)

    store = Branch(remote=str(bare))
    assert store.find([second.revision, first.revision], PRINT) == Baseline(runs=(_as_read(second),), commits_older=0)
    assert store.find([third.revision, second.revision, first.revision], PRINT) == Baseline(
        runs=(_as_read(second),), commits_older=1
    )
    assert isinstance(store.find([third.revision], PRINT), NoBaseline)


def _record(run: EvalRun) -> tuple[str, bytes]:
    content = encode_baseline(run)
    return f"{run.revision.sha}/{name_record(content)}", content


def _as_read(run: EvalRun) -> EvalRun:
    return replace(run, scores=tuple(sorted(run.scores, key=lambda one: (one.key, one.metric))))


def test_a_branch_that_is_not_there_yet_is_no_baseline_and_no_error(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    (run,) = a_year_of_runs(1, fixtures=2)
    assert isinstance(Branch(remote=str(bare)).find([run.revision], PRINT), NoBaseline)


def opened(folder: Path, environ: Mapping[str, str], **options: str) -> Branch:
    """As wiring opens it."""
    store = build_named("baselines", "branch", options, environ, folder)
    assert isinstance(store, Branch)
    return store


def test_pushes_at_the_same_time_are_all_stored(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    runs = list(a_year_of_runs(4, fixtures=3))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda run: Branch(remote=f"file://{bare}").save(run), runs))
    store = Branch(remote=str(bare))
    assert all(isinstance(store.find([run.revision], PRINT), Baseline) for run in runs)


def test_a_partial_run_is_never_stored(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    (run,) = a_year_of_runs(1, fixtures=2)
    with pytest.raises(StoreError, match="partial runs are never stored"):
        Branch(remote=str(bare)).save(replace(run, is_complete=False))
    assert Branch(remote=str(bare)).shelf.names(run.revision.sha) == ()


def test_in_a_workflow_the_branch_is_this_repositorys_and_the_token_the_actions(tmp_path: Path):
    create_bare(tmp_path / "octo" / "app.git")
    (run,) = a_year_of_runs(1, fixtures=2)
    with serve_http(HttpServer(tmp_path, readers=("ghs_fork",), writers=("ghs_job",))) as server:
        environ = {"GITHUB_SERVER_URL": server.url, "GITHUB_REPOSITORY": "octo/app", "GITHUB_TOKEN": "ghs_job"}
        opened(tmp_path, environ).save(run)
        forked = opened(tmp_path, environ | {"GITHUB_TOKEN": "ghs_fork"})
        assert isinstance(forked.find([run.revision], PRINT), Baseline)
        with pytest.raises(StoreError, match="cannot be written"):
            forked.save(replace(run, run_id="20260101T000000Z-ffffffff"))


def test_a_remote_of_gate_yaml_is_never_handed_the_jobs_token(tmp_path: Path):
    with serve_http(HttpServer(create_bare(tmp_path / "remote.git").parent, writers=())) as server:
        environ = {"GITHUB_SERVER_URL": "https://x", "GITHUB_REPOSITORY": "o/a", "GITHUB_TOKEN": "ghs_job"}
        store = opened(tmp_path, environ, remote=f"{server.url}/remote.git")
        (run,) = a_year_of_runs(1, fixtures=2)
        store.find([run.revision], PRINT)
        with pytest.raises(StoreError):
            store.save(run)
    assert set(server.authorizations) == {""}


def test_elsewhere_the_branch_is_origins_and_the_users_clone_stays_as_it_is(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    clone = Repository.create(tmp_path / "clone")
    clone.commit({"a.txt": "one"})
    clone.git("remote", "add", "origin", "../remote.git")
    (clone.folder / "a.txt").write_text("changed, and not committed")
    before = _everything(clone.folder)
    (run,) = a_year_of_runs(1, fixtures=2)

    opened(clone.folder, {}).save(run)

    assert _everything(clone.folder) == before
    assert isinstance(Branch(remote=str(bare)).find([run.revision], PRINT), Baseline)


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_clone_without_an_origin_is_told_what_to_write(tmp_path: Path):
    clone = Repository.create(tmp_path / "clone")
    (run,) = a_year_of_runs(1, fixtures=2)
    with pytest.raises(ConfigError, match="is not known") as told:
        opened(clone.folder, {}).find([run.revision], PRINT)
    assert "remote:" in told.value.hint


@pytest.mark.parametrize("option", [{"branch": "-x"}, {"branch": "refs/heads/x"}, {"max_mb": 0.0}, {"squash_after": 0}])
def test_options_that_cannot_work_are_refused(option: dict[str, Any]):
    with pytest.raises(ValueError, match=next(iter(option))):
        Branch(**option)


@pytest.mark.slow
def test_squashing_keeps_the_newest_runs_within_the_megabytes(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    runs = list(a_year_of_runs(14, fixtures=3_000, trials=1, edited=3_000))
    for run in runs:
        Branch(remote=f"file://{bare}", max_mb=1.0, squash_after=5).save(run)
    store = Branch(remote=str(bare))
    kept = [isinstance(store.find([run.revision], PRINT), Baseline) for run in runs]
    assert kept[-5:] == [True] * 5
    assert kept == sorted(kept)
    assert not kept[0]
    assert packed_kib(bare, tmp_path / "clone.git") < 2_000


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_year_of_twenty_pushes_a_day_stays_below_50_mb(tmp_path: Path):
    """The first 350 days come in portions of a squash each, to save time; the last 300 pushes one by one."""
    bare = create_bare(tmp_path / "remote.git")
    runs = list(a_year_of_runs(20 * 365, fixtures=100))
    store = Branch(remote=f"file://{bare}")
    early = runs[:-300]
    for first in range(0, len(early), 250):
        store.shelf.add(dict(map(_record, early[first : first + 250])))
    for run in runs[-300:]:
        store.save(run)
    assert packed_kib(bare, tmp_path / "clone.git") < 50_000
    assert isinstance(store.find([runs[-1].revision], PRINT), Baseline)
