"""A checkout has its submodules' files where the clone holds them."""

import logging
from pathlib import Path

import pytest

from gate_action.clients.git.checkout import check_out
from gate_action.clients.git.repository import Git
from gate_action.clients.git.submodules import lay_out_submodules
from tests.repositories import Repository

pytestmark = pytest.mark.slow
LOCAL = ("-c", "protocol.file.allow=always")


def with_submodule(outer: Repository, inner: Repository, path: str = "vendor") -> str:
    outer.git(*LOCAL, "submodule", "--quiet", "add", str(inner.folder), path)
    return outer.commit({"app.py": path})


def lay_out(repository: Path, sha: str, folder: Path) -> None:
    git = Git.find(repository)
    check_out(git, git.resolve(sha), folder)
    lay_out_submodules(git, git.resolve(sha), folder)


@pytest.fixture
def outer(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path / "outer")


@pytest.fixture
def inner(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "inner")
    made.commit({"prompt.txt": "first"})
    return made


def test_each_commit_gets_the_submodule_that_it_names(outer: Repository, inner: Repository, tmp_path: Path):
    base = with_submodule(outer, inner)
    inner.commit({"prompt.txt": "second"})
    outer.git(*LOCAL, "submodule", "--quiet", "update", "--remote")
    head = outer.commit({"app.py": "changed"})
    for sha, said in ((base, "first"), (head, "second")):
        lay_out(outer.folder, sha, tmp_path / said)
        assert (tmp_path / said / "vendor/prompt.txt").read_text(encoding="utf-8") == said


def test_a_submodules_own_are_there_too(outer: Repository, inner: Repository, tmp_path: Path):
    middle = Repository.create(tmp_path / "middle")
    with_submodule(middle, inner, "deep/er")
    sha = with_submodule(outer, middle)
    outer.git(*LOCAL, "submodule", "--quiet", "update", "--init", "--recursive")
    lay_out(outer.folder, sha, tmp_path / "checkout")
    assert (tmp_path / "checkout/vendor/deep/er/prompt.txt").read_text(encoding="utf-8") == "first"


def test_a_commit_that_the_clone_lacks_is_fetched(outer: Repository, inner: Repository, tmp_path: Path):
    sha = with_submodule(outer, inner)
    newer = inner.commit({"prompt.txt": "newer"})
    outer.git("update-index", "--cacheinfo", f"160000,{newer},vendor")
    outer.git("commit", "--quiet", "-m", "by another clone")
    inner.git("config", "uploadpack.allowAnySHA1InWant", "true")
    assert outer.git("rev-parse", "HEAD") != sha
    lay_out(outer.folder, "HEAD", tmp_path / "checkout")
    assert (tmp_path / "checkout/vendor/prompt.txt").read_text(encoding="utf-8") == "newer"


def test_one_that_the_clone_does_not_hold_stays_empty_and_is_told(
    outer: Repository, inner: Repository, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    sha = with_submodule(outer, inner)
    outer.git("clone", "--quiet", str(outer.folder), str(tmp_path / "clone"))
    with caplog.at_level(logging.WARNING):
        lay_out(tmp_path / "clone", sha, tmp_path / "checkout")
    assert list((tmp_path / "checkout/vendor").iterdir()) == []
    assert "the submodule vendor stays empty" in caplog.text
    assert "submodules: true" in caplog.text


@pytest.mark.parametrize("name", ["../../other/.git", "vendor/../vendor", "/etc", "."])
def test_a_name_that_leads_out_of_the_clones_modules_leads_nowhere(
    outer: Repository, inner: Repository, tmp_path: Path, name: str
):
    with_submodule(outer, inner)
    sha = outer.commit({".gitmodules": f'[submodule "{name}"]\n\tpath = vendor\n\turl = x\n'})
    lay_out(outer.folder, sha, tmp_path / "checkout")
    assert list((tmp_path / "checkout/vendor").iterdir()) == []


def test_a_gitmodules_that_git_cannot_read_is_the_commits_own_affair(
    outer: Repository, inner: Repository, tmp_path: Path
):
    with_submodule(outer, inner)
    sha = outer.commit({".gitmodules": "[submodule\n"})
    lay_out(outer.folder, sha, tmp_path / "checkout")
    assert list((tmp_path / "checkout/vendor").iterdir()) == []
