"""Git: commits are found, their files read without a work tree, and checkouts carry no credentials."""

from pathlib import Path

import pytest

from gate_action.clients.git import Git
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


def test_a_checkout_has_the_revisions_files_and_neither_remote_nor_credentials(repository: Repository, tmp_path: Path):
    first = repository.commit({"a": "1", "run.sh": "#!/bin/sh\n"})
    repository.commit({"a": "2"})
    repository.git("remote", "add", "origin", "https://example.invalid/o/r.git")
    repository.git("config", "http.https://example.invalid/.extraheader", "AUTHORIZATION: basic c2VjcmV0")
    git = Git.find(repository.folder)
    assert git.keeps_credentials()
    git.checkout(git.resolve(first), tmp_path / "out")
    assert (tmp_path / "out" / "a").read_text(encoding="utf-8") == "1"
    config = (tmp_path / "out" / ".git" / "config").read_text(encoding="utf-8")
    assert "AUTHORIZATION" not in config
    assert "remote" not in config
    assert Git(tmp_path / "out").run("rev-parse", "HEAD").decode().strip() == first
    assert repository.git("status", "--porcelain") == ""
    assert repository.git("worktree", "list").count("\n") == 0


def test_hooks_of_the_repository_do_not_run(repository: Repository, tmp_path: Path):
    sha = repository.commit({"a": "1"})
    hook = repository.folder / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n", encoding="utf-8")
    hook.chmod(0o755)
    git = Git.find(repository.folder)
    git.checkout(git.resolve(sha), tmp_path / "out")
    assert not (tmp_path / "hooked").exists()


def test_changed_files_are_told_and_untracked_ones_are_not(repository: Repository):
    repository.commit({"a": "1", "b": "1"})
    (repository.folder / "a").write_text("2", encoding="utf-8")
    (repository.folder / "new").write_text("", encoding="utf-8")
    assert Git.find(repository.folder).changed_files() == ("a",)


def test_a_commit_names_its_parents_at_a_shallow_clones_edge_too(repository: Repository, tmp_path: Path):
    first = repository.commit({"a": "1"})
    repository.commit({"a": "2"})
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(clone))
    git = Git.find(clone)
    assert git.parent_shas(git.resolve("HEAD")) == (first,)
