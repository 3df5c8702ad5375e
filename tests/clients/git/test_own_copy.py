import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate_action.clients.git.own_copy import OwnCopy
from gate_action.clients.git.remote import Remote
from gate_action.errors import StoreError
from standins.git_servers import HttpServer, create_bare, serve_http

BRANCH = "gate"
REF = f"refs/heads/{BRANCH}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpServer]:
    create_bare(tmp_path / "app.git")
    with serve_http(HttpServer(tmp_path, writers=("t",))) as served:
        yield served


def own_copy(server: HttpServer, token: str = "t") -> OwnCopy:
    return OwnCopy(remote=Remote(url=f"{server.url}/app.git", branch=BRANCH, token=token))


def add(copy: OwnCopy, name: str, parent: str = "") -> str:
    return copy.commit(f"Add {name}", parent=parent or None, files={name: name.encode()}, known={})


def test_a_push_that_was_done_and_whose_answer_was_lost_is_done(server: HttpServer):
    server.lost = 1
    copy = own_copy(server)
    commit = add(copy, "one")
    assert copy.push(commit, "")
    assert server.lost == 0
    assert copy.list_tips(REF) == {REF: commit}
    assert copy.list_files(commit).keys() == {"one"}


def test_who_saw_an_older_tip_is_told_so_and_changes_nothing(server: HttpServer):
    copy, other = own_copy(server), own_copy(server)
    first = add(copy, "one")
    assert copy.push(first, "")
    assert not other.push(add(other, "two"), "")
    assert copy.list_tips(REF, "refs/heads/none") == {REF: first}


def test_a_branch_can_be_taken_away_by_who_saw_it_last(server: HttpServer):
    copy = own_copy(server)
    first = add(copy, "one")
    assert copy.push(first, "")
    assert copy.push("", first)
    assert copy.list_tips(REF) == {}


def test_a_refused_token_is_a_store_error_that_names_the_branch(server: HttpServer):
    copy = own_copy(server, token="other")
    with pytest.raises(StoreError, match="the branch gate cannot be written"):
        copy.push(add(copy, "one"), "")


def test_a_remote_that_is_not_there_is_a_store_error_with_a_hint(tmp_path: Path):
    copy = OwnCopy(remote=Remote(url=str(tmp_path / "nothing"), branch=BRANCH))
    with pytest.raises(StoreError, match=r"the branch gate of .* cannot be read") as told:
        copy.list_tips(REF)
    assert "contents: read" in told.value.hint


@pytest.mark.parametrize("name", ["main", "trunk"])
def test_the_default_branch_is_the_one_that_the_remote_names(tmp_path: Path, name: str):
    bare = create_bare(tmp_path / "app.git")
    subprocess.run(["git", "-C", str(bare), "symbolic-ref", "HEAD", f"refs/heads/{name}"], check=True)
    first = OwnCopy(remote=Remote(url=str(bare), branch=name))
    assert first.push(add(first, "one"), "")
    assert OwnCopy(remote=Remote(url=str(bare), branch=BRANCH)).default_branch() == name


def test_the_folder_is_gone_when_nobody_holds_the_copy(tmp_path: Path):
    bare = create_bare(tmp_path / "app.git")
    copy = OwnCopy(remote=Remote(url=str(bare), branch=BRANCH))
    folder = copy.open().repository
    assert folder.is_dir()
    del copy
    assert not folder.exists()
