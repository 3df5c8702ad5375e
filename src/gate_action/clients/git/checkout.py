"""Checkouts of a clone's commits: no remote, no credentials, no hooks, and nothing is copied but the files."""

import os
from pathlib import Path

from gate_action.clients.git.repository import Git, GitError
from gate_action.model.run import Revision

_DEEPEST_TREE = 100


def check_out(git: Git, revision: Revision, folder: Path) -> None:
    """A checkout of ``revision`` in ``folder``, which must not exist.

    It borrows the clone's objects. Files kept by git-lfs are theirs where the clone holds them, else the pointers.
    Raises GitError, also where git leaves out a file.
    """
    folder.mkdir(parents=True)
    _fetch_left_out(git, revision)
    spelling = git.run("rev-parse", "--show-object-format").decode().strip()
    git.run("init", "--quiet", f"--object-format={spelling}", folder=folder)
    objects = os.fsdecode(git.run("rev-parse", "--git-path", "objects")).rstrip("\n")
    alternates = folder / ".git" / "objects" / "info" / "alternates"
    alternates.write_text(f"{(git.repository / objects).resolve()}\n")
    shallow = git.repository / os.fsdecode(git.run("rev-parse", "--git-path", "shallow")).rstrip("\n")
    if shallow.is_file():
        (folder / ".git" / "shallow").write_bytes(shallow.read_bytes())
    git.run("checkout", "--quiet", "--detach", revision.sha, folder=folder)
    if absent := os.fsdecode(git.run("ls-files", "-z", "--deleted", folder=folder)):
        raise GitError(f"the checkout of {revision.short} lacks {absent.split(chr(0))[0]!r}")


def _fetch_left_out(git: Git, revision: Revision) -> None:
    """A partial clone (``--filter``) lacks files until they are asked for, and a checkout of ours cannot ask."""
    settings = os.fsdecode(git.run("config", "--list", "-z")).split("\0")
    names = (setting.partition("\n")[0] for setting in settings if setting.endswith(".promisor\ntrue"))
    remote = next((name.removeprefix("remote.").removesuffix(".promisor") for name in names), None)
    if remote is None:
        return
    for _ in range(_DEEPEST_TREE):  # a clone without trees tells of each level once the one above it is there
        listing = git.run("rev-list", "--objects", "--no-walk", "--missing=print", revision.sha)
        left_out = [line[1:] for line in listing.splitlines() if line.startswith(b"?")]
        if not left_out:
            return
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none")
        git.run("fetch", *options, "--stdin", remote, given=b"\n".join(left_out) + b"\n")
