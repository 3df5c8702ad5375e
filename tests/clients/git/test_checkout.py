"""Checkouts carry the commit's files, and neither remote, credentials nor hooks."""

from pathlib import Path

import pytest

from gate_action.clients.git.checkout import check_out
from gate_action.clients.git.repository import Git, GitError
from tests.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path / "repository")


def test_a_checkout_has_the_revisions_files_and_neither_remote_nor_credentials(repository: Repository, tmp_path: Path):
    first = repository.commit({"a": "1", "run.sh": "#!/bin/sh\n"})
    repository.commit({"a": "2"})
    repository.git("remote", "add", "origin", "https://example.invalid/o/r.git")
    repository.git("config", "http.https://example.invalid/.extraheader", "AUTHORIZATION: basic c2VjcmV0")
    git = Git.find(repository.folder)
    assert git.keeps_credentials()
    check_out(git, git.resolve(first), tmp_path / "out")
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
    check_out(git, git.resolve(sha), tmp_path / "out")
    assert not (tmp_path / "hooked").exists()


@pytest.mark.parametrize("left_out", ["blob:none", "tree:0"])
def test_a_checkout_in_a_partial_clone_fetches_what_the_clone_left_out(
    repository: Repository, tmp_path: Path, left_out: str
):
    old = repository.commit({"deep/er/a": "1", "same": "x"})
    repository.commit({"deep/er/a": "2"})
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", f"--filter={left_out}", f"file://{repository.folder}", str(clone))
    git = Git.find(clone)
    check_out(git, git.resolve(old), tmp_path / "checkout")
    assert (tmp_path / "checkout/deep/er/a").read_text(encoding="utf-8") == "1"


def test_a_checkout_that_git_leaves_a_file_out_of_is_an_error(repository: Repository, tmp_path: Path):
    repository.commit({"a": "1", "b": "2"})
    blob = repository.git("rev-parse", "HEAD:b")
    (repository.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    git = Git.find(repository.folder)
    with pytest.raises(GitError):
        check_out(git, git.resolve("HEAD"), tmp_path / "checkout")


def test_a_repository_of_the_other_hash_is_checked_out_as_well(tmp_path: Path):
    repository = Repository(tmp_path / "repository")
    repository.folder.mkdir()
    repository.git("init", "--quiet", "--object-format=sha256")
    repository.commit({"a": "1"})
    git = Git.find(repository.folder)
    check_out(git, git.resolve("HEAD"), tmp_path / "checkout")
    assert (tmp_path / "checkout/a").read_text(encoding="utf-8") == "1"


def test_files_that_git_lfs_cannot_download_do_not_stop_a_checkout(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As git-lfs does: what it cannot have is an error, unless it was told to leave the pointer."""
    smudge = 'test \\"$(git config lfs.skipdownloaderrors)\\" = true && cat'
    (tmp_path / ".gitconfig").write_text(
        f'[filter "large"]\n\tsmudge = "{smudge}"\n\trequired = true\n', encoding="utf-8"
    )
    repository.commit({".gitattributes": "*.bin filter=large\n", "a.bin": "pointer"})
    monkeypatch.setenv("HOME", str(tmp_path))
    git = Git.find(repository.folder)
    check_out(git, git.resolve("HEAD"), tmp_path / "checkout")
    assert (tmp_path / "checkout/a.bin").read_text(encoding="utf-8") == "pointer"
