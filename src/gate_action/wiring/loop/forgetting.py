"""``loop forget``: one person out of store, fixtures, work tree and caches; what git's history holds is told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gate_action.clients.files import FolderFiles
from gate_action.clients.git.repository import Git, GitError
from gate_action.codec.user_keys import SECRET_NAME, UserKeys
from gate_action.config.loading import list_gates, load_config
from gate_action.errors import ConfigError
from gate_action.loop.forgetting import Person, erase, find_person, rewrite_file
from gate_action.loop.store import open_store
from gate_action.loop.traces_left import Swept, marks_of_rows, sweep
from gate_action.wiring.loop.opening import LoopOptions, read_settings, store_file
from gate_action.wiring.replaying import recordings_folder

_MOST_COMMITS = 20
_SHORTEST_MARK = 8
"""A shorter id, as some backends give, would be found in words of others."""
_OURS = ".gate/"
"""What lies there is made again by whoever needs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Commits whose change brought or took a row of the person."""

    commits: tuple[str, ...]
    """The newest ones, in short."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    user_key: str
    person: Person
    erased: Mapping[str, int]
    """Table of the store -> rows."""
    tree: Swept
    caches: Mapping[str, Swept]
    history: History | None
    """None: the folder is not in a git repository."""


def key_of(user: str, *, is_id: bool, environ: Mapping[str, str] = os.environ) -> str:
    """The user's key, made of an id where ``is_id``. Raises ConfigError where the secret for that is not set."""
    if not is_id:
        return user
    keys = UserKeys(environ.get(SECRET_NAME, ""))
    if not keys.secret_id:
        raise ConfigError(f"{SECRET_NAME} is not set", hint="a user's key can only be made with it; or give the key")
    return keys.key(user)


def forget(options: LoopOptions, user_key: str, environ: Mapping[str, str] = os.environ) -> Forgotten:
    """Raises ConfigError, StoreError."""
    settings = read_settings(options)
    with store_file(options, settings, writes=True, environ=environ) as path:
        with open_store(path) as store:
            person = find_person(store, user_key)
            erased = erase(store, person)
        rewrite_file(path)
        marks = _marks(options, person, environ)
        tree = sweep(options.repository, marks, is_ours=lambda name: name.startswith(_OURS), skip=(path,))
    caches = {
        str(folder): sweep(folder, marks, is_ours=lambda _: True, skip=(path,))
        for folder in _caches(options, environ)
        if folder.is_dir()
    }
    return Forgotten(
        user_key=user_key,
        person=person,
        erased=erased,
        tree=tree,
        caches=caches,
        history=_history(options.repository, marks),
    )


def _marks(options: LoopOptions, person: Person, environ: Mapping[str, str]) -> frozenset[str]:
    """Everything by which the person or the person's rows are named in files."""
    keys = UserKeys(environ.get(SECRET_NAME, ""))
    traces = {keys.trace_key(trace) for trace in person.trace_ids} - {""}
    rows = [
        marks_of_rows(path.read_bytes(), person.row_ids, traces)
        for path in options.repository.rglob("*.jsonl")
        if path.is_file() and not path.is_symlink()
    ]
    named = {person.user_key, *person.row_ids, *person.turn_ids, *person.trace_ids, *traces}
    return frozenset(mark for mark in named.union(*rows) if len(mark) >= _SHORTEST_MARK)


def _caches(options: LoopOptions, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Folders outside the work tree in which runs keep what they need not buy again."""
    files = FolderFiles(options.repository)
    gates = list_gates(files, options.config)
    folders = [recordings_folder(environ, load_config(files, options.config, gate).gate_id) for gate in gates]
    return tuple(dict.fromkeys(folders))


def _history(repository: Path, marks: frozenset[str]) -> History | None:
    """Asks git which commits' changes hold a mark. A shallow clone knows only its own."""
    try:
        git = Git.find(repository)
        found = {
            commit
            for mark in sorted(marks)
            for commit in git.run("log", "--all", "--format=%H", f"-S{mark}").decode().split()
        }
        ordered = [one for one in git.run("log", "--all", "--format=%H").decode().split() if one in found]
    except (ConfigError, GitError):  # no repository, or none with a commit
        return None
    return History(commits=tuple(one[:12] for one in ordered[:_MOST_COMMITS]), count=len(ordered))
