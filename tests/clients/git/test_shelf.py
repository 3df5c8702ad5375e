"""A shelf on a branch, against git's own servers: nothing is lost, nothing of the user's is touched."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gate_action.clients.git.remote import Remote
from gate_action.clients.git.shelf import GitShelf, Kept, Squash
from gate_action.errors import StoreError
from standins.git_servers import HttpServer, create_bare, serve_daemon, serve_http

pytestmark = pytest.mark.slow

BRANCH = "gate-baselines"
WRITERS = 4


def keep_all(files: Sequence[Kept]) -> frozenset[str]:
    return frozenset(file.name for file in files)


NEVER = Squash(after_files=10_000, after_bytes=10**9, keep=keep_all)


def shelf(url: object, squash: Squash = NEVER, **remote: str) -> GitShelf:
    return GitShelf(remote=Remote(url=str(url), branch=BRANCH, **remote), squash=squash, pause=lambda _: None)


def git(folder: Path, *arguments: str) -> str:
    argv = ["git", "-C", str(folder), *arguments]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(
    params=["path", *(pytest.param(way, marks=pytest.mark.slow) for way in ("file", "unfiltered", "daemon", "http"))]
)
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A URL of the bare repository in ``tmp_path``, by each of git's transports."""
    create_bare(tmp_path / "remote.git", filters=request.param != "unfiltered")
    if request.param == "daemon":
        with serve_daemon(tmp_path) as url:
            yield f"{url}/remote.git"
    elif request.param == "http":
        with serve_http(HttpServer(tmp_path, writers=("t",))) as server:
            yield f"{server.url}/remote.git"
    else:
        yield str(tmp_path / "remote.git") if request.param == "path" else f"file://{tmp_path}/remote.git"


def test_the_first_write_makes_an_orphan_branch_and_later_readers_find_the_files(remote: str, tmp_path: Path):
    written = shelf(remote, token="t")
    assert written.names("a") == ()
    written.add({"a/one.json": b"1", "b/two.json": b"22"})
    written.add({"a/three.json": b"333\n\0"})

    reader = shelf(remote)
    assert reader.names("a") == ("a/one.json", "a/three.json")
    assert reader.read(["a/three.json", "b/two.json"]) == (b"333\n\0", b"22")
    assert git(tmp_path / "remote.git", "rev-list", "--count", BRANCH) == "2"
    assert git(tmp_path / "remote.git", "for-each-ref", "--format=%(refname)") == f"refs/heads/{BRANCH}"


def test_a_name_that_is_there_stays_as_it_is_and_makes_no_commit(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    shelf(bare).add({"a/one": b"first"})
    shelf(bare).add({"a/one": b"second"})
    assert shelf(bare).read(["a/one"]) == (b"first",)
    assert git(bare, "rev-list", "--count", BRANCH) == "1"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_many_writers_at_once_lose_nothing_while_the_branch_is_squashed_again_and_again(remote: str, tmp_path: Path):
    squash = Squash(after_files=4, after_bytes=10**9, keep=keep_all)
    start = threading.Barrier(WRITERS)

    def write(writer: int) -> None:
        start.wait()
        for number in range(3):
            mine = GitShelf(remote=Remote(url=remote, branch=BRANCH, token="t"), squash=squash)
            mine.add({f"{writer}/{number}": f"{writer}.{number}".encode()})

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))

    reader = shelf(remote)
    names = [f"{writer}/{number}" for writer in range(WRITERS) for number in range(3)]
    assert [name for writer in range(WRITERS) for name in reader.names(str(writer))] == names
    assert reader.read(names) == tuple(name.replace("/", ".").encode() for name in names)
    assert (
        int(git(tmp_path / "remote.git", "rev-list", "--count", BRANCH)) <= 5
    )  # four files and the squash before them


def test_a_squash_that_another_push_overtakes_is_made_again_on_top_of_it(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")

    def keep(files: Sequence[Kept]) -> frozenset[str]:
        if not (tmp_path / "overtaken").exists():
            (tmp_path / "overtaken").touch()
            shelf(bare).add({"meanwhile/file": b"!"})
        return keep_all(files)

    shelf(bare).add({"a/0": b"0"})
    shelf(bare, Squash(after_files=1, after_bytes=10**9, keep=keep)).add({"a/1": b"1"})
    assert shelf(bare).read(["a/0", "a/1", "meanwhile/file"]) == (b"0", b"1", b"!")
    assert git(bare, "rev-list", "--count", BRANCH) == "1"


def test_squashing_keeps_what_it_is_told_to_and_shows_sizes_and_starts(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    seen: list[Kept] = []

    def keep(files: Sequence[Kept]) -> frozenset[str]:
        seen.extend(files)
        return frozenset({"a/1"})

    shelf(bare).add({"a/0": b"0" * 5000, "a/1": b"one"})
    shelf(bare, Squash(after_files=2, after_bytes=10**9, keep=keep)).add({"a/2": b"two"})
    assert shelf(bare).names("a") == ("a/1", "a/2")
    assert [(file.name, file.start) for file in seen] == [("a/0", b"0" * 200), ("a/1", b"one")]
    assert 0 < seen[0].stored_bytes < 100


def test_who_is_taken_out_is_in_no_commit_of_the_branch_any_more(remote: str, tmp_path: Path):
    written = shelf(remote, token="t")
    written.add({"a/one": b"kim", "b/two": b"ann and kim", "b/three": b"ann"})
    written.add({"a/four": b"kim again"})

    def without(name: str, content: bytes) -> bytes | None:
        return None if content.startswith(b"kim") else content.replace(b" and kim", b"") if name != "none" else content

    reader = shelf(remote, token="t")
    assert reader.revise(without) == ("a/four", "a/one", "b/two")
    assert (reader.names("a"), reader.read(["b/two", "b/three"])) == ((), (b"ann", b"ann"))
    assert git(tmp_path / "remote.git", "rev-list", "--count", BRANCH) == "1"
    assert shelf(remote).revise(without) == ()


def test_the_token_travels_in_no_argument_and_goes_to_its_own_server_alone(tmp_path: Path):
    create_bare(tmp_path / "remote.git")
    with serve_http(HttpServer(tmp_path, readers=("reading",), writers=("writing",))) as server:
        opened = shelf(f"{server.url}/remote.git", token="writing")
        opened.add({"a/one": b"1"})
        assert shelf(f"{server.url}/remote.git", token="reading").read(["a/one"]) == (b"1",)
    assert "writing" not in repr(opened)
    assert f"http.{server.url}/remote.git.extraheader" in opened.remote.settings()


def test_a_token_that_may_only_read_is_told_which_permission_is_missing(tmp_path: Path):
    create_bare(tmp_path / "remote.git")
    with serve_http(HttpServer(tmp_path, readers=("reading",), writers=("writing",))) as server:
        url = f"{server.url}/remote.git"
        shelf(url, token="writing").add({"a/one": b"1"})
        with pytest.raises(StoreError, match="cannot be written") as refused:
            shelf(url, token="reading").add({"a/two": b"2"})
        with pytest.raises(StoreError, match="cannot be read"):
            shelf(url, token="wrong").names("a")
    assert "contents: write" in refused.value.hint
    assert "reading" not in str(refused.value)


def test_a_branch_that_a_rule_protects_is_refused_at_once(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    hook = bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected; exit 1\n")
    hook.chmod(0o755)
    with pytest.raises(StoreError, match="cannot be written"):
        shelf(f"file://{bare}").add({"a/one": b"1"})


def test_what_is_not_there_is_a_store_error(tmp_path: Path):
    with pytest.raises(StoreError, match="cannot be read"):
        shelf(tmp_path / "nothing").names("a")


def test_its_own_copy_is_gone_with_the_process(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    words = (
        "from tests.clients.git.test_shelf import shelf\n"
        f"kept = shelf({str(bare)!r})\nkept.add({{'a/one': b'1'}})\nprint(kept._copy.open().repository)\n"
    )
    done = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    assert not Path(done.stdout.strip()).exists()
