"""``loop forget``: one person out of the store, wherever its home is, of fixtures, work tree, shelves and caches."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gate_action.clients.files import FolderFiles
from gate_action.clients.git.repository import Git, GitError
from gate_action.codec.user_keys import SECRET_NAME, UserKeys
from gate_action.config.loading import list_gates, load_config
from gate_action.config.settings import Config
from gate_action.errors import ConfigError
from gate_action.loop.forgetting import Person, erase, find_person, rewrite_file
from gate_action.loop.keeping_out import mark_person
from gate_action.loop.store import open_store
from gate_action.loop.traces_left import Marks, Swept, marks_of_rows, sweep, sweep_whole
from gate_action.wiring.loop.forgetting_shelves import Revised, Shelves
from gate_action.wiring.loop.opening import LoopOptions, read_settings, store_file
from gate_action.wiring.loop.out_of_reach import Named, OutOfReach, list_out_of_reach
from gate_action.wiring.places import runs_folder
from gate_action.wiring.replaying import recordings_folder

_MOST_COMMITS = 20
_AT_ONCE = 100
"""Marks that git is asked for in one go."""
_OURS = ".gate/"
"""What lies there is made again by whoever needs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Commits whose change brought or took a row of the person."""

    commits: tuple[str, ...]
    """The newest ones, in short."""
    count: int
    marks: tuple[str, ...] = ()
    """Which of the marks they hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    user_key: str
    person: Person
    erased: Mapping[str, int]
    """Table of the store -> rows."""
    tree: Swept
    folders: Mapping[str, Swept]
    """Outside the work tree: runs, and recorded model answers."""
    shelves: Revised
    history: History | None
    """None: the folder is not in a git repository."""
    out_of_reach: tuple[OutOfReach, ...]
    marks: int
    """By which later passes keep out what sources still hold of the person; 0 without the secret."""

    @property
    def is_whole(self) -> bool:
        """Is nothing left that this program could have reached?"""
        return not (self.tree.left or self.shelves.failed)


def key_of(user: str, *, is_id: bool, environ: Mapping[str, str] = os.environ) -> str:
    """The user's key, made of an id where ``is_id``. Raises ConfigError where the secret for that is not set."""
    if not is_id:
        return user
    keys = UserKeys(environ.get(SECRET_NAME, ""))
    if not keys.secret_id:
        raise ConfigError(f"{SECRET_NAME} is not set", hint="a user's key can only be made with it; or give the key")
    return keys.key(user)


def forget(
    options: LoopOptions, user_key: str, environ: Mapping[str, str] = os.environ, now: datetime | None = None
) -> Forgotten:
    """Raises ConfigError, StoreError. A shelf that cannot be reached is told, and ends nothing. ``now``: UTC, without a
    zone; what is of the person until then stays out.
    """
    now = now or datetime.now(UTC).replace(tzinfo=None)
    keys = UserKeys(environ.get(SECRET_NAME, ""))
    settings = read_settings(options)
    configs = _read_gates(options)
    with store_file(options, settings, writes=True, environ=environ) as path:
        with open_store(path) as store:
            person = find_person(store, user_key)
            made = mark_person(store, person, keys, now)
            erased = erase(store, person)
        rewrite_file(path)
        marks = _Marking(options.repository, person, keys).find()
        shelves = Shelves(repository=options.repository, settings=settings, configs=configs, environ=environ)
        revised = shelves.revise(marks, person.row_ids)
        tree = sweep(options.repository, marks, is_ours=lambda name: name.startswith(_OURS), skip=(path,))
    folders = {str(folder): sweep_whole(folder, marks) for folder in _folders(configs, environ)}
    history = _history(options.repository, marks)
    named = Named(row_ids=person.row_ids, trace_ids=person.trace_ids, in_history=history.marks if history else ())
    return Forgotten(
        user_key=user_key,
        person=person,
        erased=erased,
        tree=tree,
        folders=folders,
        shelves=revised,
        history=history,
        marks=made,
        out_of_reach=list_out_of_reach(settings, configs, named) if person.is_known or erased else (),
    )


@dataclass(frozen=True, slots=True)
class _Marking:
    repository: Path
    person: Person
    keys: UserKeys

    def find(self) -> Marks:
        """Everything by which the person or the person's rows are named in files."""
        person, signed = self.person, self.keys.trace_key
        traces = {signed(trace) for trace in person.trace_ids} - {""}
        conversations = {signed(name) for name in person.conversation_ids} - {""}
        named = {person.user_key, *person.row_ids, *person.turn_ids, *person.trace_ids, *traces, *conversations}
        marks = Marks(named | person.conversation_ids)
        for content in (*self._files(), *self._committed()):
            marks.add(marks_of_rows(content, person.row_ids, traces))
        return marks

    def _files(self) -> Iterator[bytes]:
        for path in self.repository.rglob("*.jsonl"):
            if path.is_file() and not path.is_symlink():
                yield path.read_bytes()

    def _committed(self) -> Iterator[bytes]:
        """Lines that any commit brought or took: a row that was edited since is known to caches as it was."""
        try:
            git = Git.find(self.repository)
            for some in _batches(sorted(self.person.row_ids)):
                shown = git.run("log", "--all", "--format=", "-p", "--unified=0", *_pickaxe(some))
                yield b"\n".join(line[1:] for line in shown.splitlines() if line.startswith((b"+{", b"-{")))
        except (ConfigError, GitError):  # no repository, or none with a commit
            return


def _read_gates(options: LoopOptions) -> tuple[Config, ...]:
    files = FolderFiles(options.repository)
    return tuple(load_config(files, options.config, gate) for gate in list_gates(files, options.config))


def _folders(configs: tuple[Config, ...], environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Outside the work tree, where runs leave what they measured and what they need not buy again."""
    recordings = (recordings_folder(environ, config.gate_id) for config in configs)
    return tuple(dict.fromkeys((runs_folder(environ), *recordings)))


def _history(repository: Path, marks: Marks) -> History | None:
    """Asks git which commits' changes hold a mark. A shallow clone knows only its own."""
    found: set[str] = set()
    held: set[str] = set()
    try:
        git = Git.find(repository)
        for some in _batches(marks.texts):
            commits = git.run("log", "--all", "--format=%H", *_pickaxe(some)).decode().split()
            found |= set(commits)
            if commits:
                shown = git.run("log", "--all", "--format=", "-p", "--unified=0", *_pickaxe(some))
                held |= {mark for mark in some if mark.encode() in shown}
        ordered = [one for one in git.run("log", "--all", "--format=%H").decode().split() if one in found]
    except (ConfigError, GitError):  # no repository, or none with a commit
        return None
    short = tuple(one[:12] for one in ordered[:_MOST_COMMITS])
    return History(commits=short, count=len(ordered), marks=tuple(sorted(held)))


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), _AT_ONCE):
        yield texts[start : start + _AT_ONCE]


def _pickaxe(marks: Sequence[str]) -> tuple[str, ...]:
    """Commits that change how often one of them occurs."""
    return "--pickaxe-regex", f"-S{'|'.join(map(_escaped, marks))}"


def _escaped(text: str) -> str:
    """As a POSIX extended regular expression."""
    return "".join(f"[{char}]" if char in ".*+?{}()|$[" else f"\\{char}" if char in "\\^" else char for char in text)
