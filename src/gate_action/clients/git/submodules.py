"""Submodules of a checkout: which there are says the commit, where they come from the clone alone."""

import logging
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from gate_action.clients.git.checkout import check_out
from gate_action.clients.git.repository import Git, GitError
from gate_action.errors import ConfigError
from gate_action.model.run import Revision

_log = logging.getLogger(__name__)

_DEEPEST = 10
_NAME = re.compile(r"^submodule\.(?P<name>.+)\.path$", re.DOTALL)


def lay_out_submodules(git: Git, revision: Revision, folder: Path, *, depth: int = 0) -> None:
    """Fills the folders of ``revision``'s submodules in its checkout ``folder``, and those of theirs.

    One that the clone does not hold stays empty, and the log says so: a build may do without. Raises GitError.
    """
    if not (folder / ".gitmodules").is_file() or depth >= _DEEPEST:
        return
    names = _names(git, revision)
    for path, sha in _links(git, revision):
        module = _module(git, names.get(path, ""))
        wanted = _find(module, sha) if module else "it was never brought into this clone"
        if module is None or isinstance(wanted, str):
            hint = "actions/checkout brings submodules by `submodules: true`"
            _log.warning("%s: the submodule %s stays empty: %s (%s)", revision.short, path, wanted, hint)
            continue
        (folder / path).rmdir()  # git made it
        check_out(module, wanted, folder / path)
        lay_out_submodules(module, wanted, folder / path, depth=depth + 1)


def _find(module: Git, sha: str) -> Revision | str:
    """The commit, or why there is none."""
    try:
        return module.resolve(sha)
    except ConfigError as error:
        return str(error)


def _links(git: Git, revision: Revision) -> Iterator[tuple[str, str]]:
    """Path and commit of each."""
    for line in os.fsdecode(git.run("ls-tree", "-r", "-z", "--full-tree", revision.sha)).split("\0"):
        meta, _, path = line.partition("\t")
        if meta.startswith("160000 "):
            yield path, meta.split()[2]


def _names(git: Git, revision: Revision) -> Mapping[str, str]:
    """Path -> name, as the commit's own .gitmodules has them."""
    blob = f"{revision.sha}:.gitmodules"
    try:
        listing = os.fsdecode(git.run("config", "--blob", blob, "-z", "--get-regexp", r"^submodule\..*\.path$"))
    except GitError:  # none is named there, or git cannot read it
        return {}
    entries = (entry.partition("\n") for entry in listing.split("\0") if entry)
    return {path: found["name"] for key, _, path in entries if (found := _NAME.match(key))}


def _module(git: Git, name: str) -> Git | None:
    """The clone's own repository of a submodule. A name is a stranger's: it leads nowhere else."""
    if not name or any(part in {"", ".", ".."} for part in name.split("/")):
        return None
    common = git.repository / os.fsdecode(git.run("rev-parse", "--git-common-dir")).rstrip("\n")
    modules = (common / "modules").resolve()
    place = (modules / name).resolve()
    return Git(place) if place.is_relative_to(modules) and (place / "HEAD").is_file() else None
