"""Git: commits are found, and their files read without a work tree."""

import os
import sys
from pathlib import Path

import pytest

from gate_action.clients.git.repository import Git
from gate_action.errors import ConfigError
from tests.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path / "repository")


def test_a_folder_outside_any_repository_is_a_config_error_that_tells_what_to_do(tmp_path: Path):
    with pytest.raises(ConfigError, match="not in a git repository") as caught:
        Git.find(tmp_path)
    assert "fetch-depth: 0" in caught.value.hint


def test_files_are_read_from_the_commit_and_not_from_the_work_tree(repository: Repository):
    sha = repository.commit({"gate.yaml": "committed\n"})
    (repository.folder / "gate.yaml").write_text("changed\n", encoding="utf-8")
    git = Git.find(repository.folder)
    assert git.files(git.resolve(sha)).read("gate.yaml") == b"committed\n"


def test_find_takes_files_folders_and_globs(repository: Repository):
    repository.commit({"fixtures/a.jsonl": "", "fixtures/deep/b.yaml": "", "fixtures.md": "", "ä b.csv": ""})
    git = Git.find(repository.folder)
    files = git.files(git.resolve("HEAD"))
    assert files.find("fixtures") == ("fixtures/a.jsonl", "fixtures/deep/b.yaml")
    assert files.find("./fixtures/a.jsonl") == ("fixtures/a.jsonl",)
    assert files.find("fixtures/*.jsonl") == ("fixtures/a.jsonl",)
    assert files.find("**/*.yaml") == ("fixtures/deep/b.yaml",)
    assert files.find("ä b.csv") == ("ä b.csv",)
    assert files.find("nothing") == ()


@pytest.mark.parametrize("pattern", ["../secret", "/etc/passwd", "fixtures/../../x"])
def test_a_pattern_that_leaves_the_repository_is_refused(repository: Repository, pattern: str):
    repository.commit({"a": ""})
    git = Git.find(repository.folder)
    with pytest.raises(ConfigError, match="leaves the repository"):
        git.files(git.resolve("HEAD")).find(pattern)


def test_symlinks_are_no_files(repository: Repository):
    (repository.folder / "link").symlink_to("/etc/passwd")
    repository.commit({"real": "x"})
    git = Git.find(repository.folder)
    files = git.files(git.resolve("HEAD"))
    assert files.find(".") == ("real",)
    with pytest.raises(ConfigError, match="link is not a file"):
        files.read("link")


def test_an_unknown_commit_is_a_config_error_with_the_fetch_depth_hint(repository: Repository):
    repository.commit({"a": ""})
    with pytest.raises(ConfigError, match="not in this clone") as caught:
        Git.find(repository.folder).resolve("0" * 40)
    assert "fetch-depth: 0" in caught.value.hint


def test_a_name_that_looks_like_an_option_is_no_option(repository: Repository):
    repository.commit({"a": ""})
    with pytest.raises(ConfigError, match="not in this clone"):
        Git.find(repository.folder).resolve("--output=/nowhere")


def test_a_missing_commit_is_fetched_into_a_shallow_clone(repository: Repository, tmp_path: Path):
    first = repository.commit({"a": "1"})
    repository.commit({"a": "2"})
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(clone))
    git = Git.find(clone)
    assert git.files(git.resolve(first)).read("a") == b"1"


def test_a_commit_that_no_branch_has_is_fetched_with_its_history_into_a_complete_clone(
    repository: Repository, tmp_path: Path
):
    parted = repository.commit({"a": "1"})
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", f"file://{repository.folder}", str(clone))
    repository.git("checkout", "--quiet", "--detach")
    repository.commit({"a": "2"})
    strangers = repository.commit({"a": "3"})
    repository.git("update-ref", "refs/pull/7/head", strangers)
    git = Git.find(clone)
    found = git.merge_base(git.resolve(strangers), git.resolve("HEAD"))
    assert found is not None
    assert found.sha == parted
    assert git.run("rev-parse", "--is-shallow-repository").strip() == b"false"


def test_changed_files_are_told_and_untracked_ones_are_not(repository: Repository):
    repository.commit({"a": "1", "b": "1"})
    (repository.folder / "a").write_text("2", encoding="utf-8")
    (repository.folder / "new").write_text("", encoding="utf-8")
    assert Git.find(repository.folder).changed_files() == ("a",)


def test_a_large_file_that_was_only_touched_has_not_changed_and_one_of_the_same_size_has(repository: Repository):
    """Compared as a stream: git must read it, since its time says nothing."""
    repository.commit({"a": "1" * 9 * 2**20})
    os.utime(repository.folder / "a")
    assert Git.find(repository.folder).changed_files() == ()
    with (repository.folder / "a").open("r+b") as file:
        file.seek(2**20)
        file.write(b"2")
    assert Git.find(repository.folder).changed_files() == ("a",)


def test_a_commit_names_its_parents_at_a_shallow_clones_edge_too(repository: Repository, tmp_path: Path):
    first = repository.commit({"a": "1"})
    repository.commit({"a": "2"})
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(clone))
    git = Git.find(clone)
    assert git.parent_shas(git.resolve("HEAD")) == (first,)


def test_a_ctrl_c_at_the_terminal_does_not_reach_git(repository: Repository):
    repository.commit({"a": ""})
    repository.git("config", "alias.session", f"!{sys.executable} -c 'import os; print(os.getsid(0))'")
    told = Git.find(repository.folder).run("session")
    assert int(told) != os.getsid(0)


def test_a_command_gets_what_git_needs_of_our_environment_and_no_token(repository: Repository, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
    monkeypatch.setenv("ACTIONS_RUNTIME_TOKEN", "t0ken")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    seen = Git(repository.folder).run("-c", "alias.told=!env", "told").decode()
    told = dict(line.partition("=")[::2] for line in seen.splitlines())
    assert told["HTTPS_PROXY"] == "http://127.0.0.1:1"
    assert "PATH" in told
    assert "t0ken" not in seen


def test_a_command_that_is_slow_to_read_gets_all_of_its_input(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It begins to read after the first look at whether the run was told to stop, and a pipe holds 64 kB."""
    git = Git.find(repository.folder)
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nsleep 0.4\nwc -c\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    assert int(git.run("fast-import", given=b"x" * 1_000_000)) == 1_000_000
