"""Git, by its command line: commits and their files. Knows no gate."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from gate_action.clients.files import match_paths
from gate_action.clients.stopping import is_stopped
from gate_action.errors import ConfigError, GateError, InterruptedRunError
from gate_action.model.dataclass import dataclass
from gate_action.model.run import Revision

_REGULAR = {"100644", "100755"}
_AS_A_STREAM = "core.bigFileThreshold=8m"
"""A large file of a fresh checkout is compared piece by piece: git would hold twice its size."""
_SETTINGS = ("core.hooksPath=/dev/null", "safe.directory=*", "advice.detachedHead=false", "lfs.skipdownloaderrors=true")
_PASSED_ON = re.compile(
    r"PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|XDG_.*|LD_LIBRARY_PATH|SSH_AUTH_SOCK|GIT_SSL.*|SSL_CERT_(FILE|DIR)"
    r"|(CURL|REQUESTS)_CA_BUNDLE|(https?|all|no|HTTPS?|ALL|NO)_(proxy|PROXY)"
)
"""What git needs of our environment to find itself, its settings and a server."""
_TIMEOUT_S = 300
_LOOK_S = 0.2
"""How often it is looked whether the run was told to stop."""
_GRACE_S = 2.0
_DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


class GitError(GateError):
    """A git command failed: it carries the command and what git said."""


@dataclass(frozen=True)
class GitFiles:
    """The Files of one commit, read from git's own store: never from a work tree."""

    git: "Git"
    revision: Revision

    @property
    def label(self) -> str:
        return self.revision.short

    @cached_property
    def _objects(self) -> Mapping[str, str]:
        listing = self.git.run("ls-tree", "-r", "-z", "--full-tree", self.revision.sha)
        entries = (line.split("\t", 1) for line in os.fsdecode(listing).split("\0") if line)
        fields = ((meta.split(), path) for meta, path in entries)
        return {path: object_id for (mode, _kind, object_id), path in fields if mode in _REGULAR}

    def find(self, pattern: str) -> tuple[str, ...]:
        return match_paths(pattern, self._objects)

    def read(self, path: str) -> bytes:
        return self.git.run("cat-file", "blob", self.object_id(path))

    def open(self, path: str) -> IO[bytes]:
        file = TemporaryFile()  # noqa: SIM115  # who asked for it closes it
        try:
            self.git.run("cat-file", "blob", self.object_id(path), into=file)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def object_id(self, path: str) -> str:
        """Of the file's content: one of each content. Raises ConfigError if there is no such file."""
        if path not in self._objects:
            raise ConfigError(f"{path} is not a file of commit {self.label}")
        return self._objects[path]


@dataclass(frozen=True)
class Git:
    """One repository. Hooks are off, no prompt is shown, and its owner is not questioned."""

    repository: Path
    secret_settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Settings of git's for every command. They travel in its environment: an argument is there for all to read."""

    def run(
        self, *arguments: str, folder: Path | None = None, given: bytes = b"", into: IO[bytes] | None = None
    ) -> bytes:
        """Git's stdout, or nothing where it goes ``into`` a file; ``given`` is its stdin.

        Raises GitError; InterruptedRunError where the run is told to stop.

        It has a session of its own: a Ctrl-C at the terminal is ours to answer, and makes no command of git's fail.
        """
        place = folder or self.repository
        settings = (part for setting in _SETTINGS for part in ("-c", setting))
        argv = ["git", *settings, "-C", str(place), *arguments]
        # What a command is given can be read by judged code of our uid for as long as the command runs: no token.
        environment = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
        environment |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
        environment |= _in_environment(self.secret_settings)
        # From a file: a communicate() that is called again after its time-out writes no more of the input (CPython).
        with TemporaryFile() as stdin:
            stdin.write(given)
            stdin.seek(0)
            return _run(argv, stdin, into, environment, called=arguments)

    @classmethod
    def find(cls, folder: Path) -> "Git":
        """The repository that ``folder`` lies in. Raises ConfigError."""
        try:
            top = cls(folder.resolve()).run("rev-parse", "--show-toplevel")
        except GitError as error:
            raise ConfigError(
                f"{folder} is not in a git repository: {error}",
                hint="the gate compares two commits: run it in a clone, after actions/checkout with fetch-depth: 0",
            ) from error
        return cls(Path(os.fsdecode(top.rstrip(b"\n"))))

    def resolve(self, name: str) -> Revision:
        """The commit that ``name`` stands for; fetched from origin when it is a full SHA that is not here.

        Raises ConfigError.
        """
        try:
            return self._look_up(name)
        except GitError as error:
            if self._fetch(name):
                return self._look_up(name)
            raise ConfigError(
                f"the commit {name!r} is not in this clone: {error}",
                hint="use actions/checkout with fetch-depth: 0, or name a commit that exists",
            ) from error

    def parent_shas(self, revision: Revision) -> tuple[str, ...]:
        """As the commit itself names them: rev-list hides those that a shallow clone does not hold."""
        header = self.run("cat-file", "commit", revision.sha).split(b"\n\n", 1)[0]
        return tuple(line[len("parent ") :].decode() for line in header.splitlines() if line.startswith(b"parent "))

    def parents(self, revision: Revision) -> tuple[Revision, ...]:
        """Raises ConfigError for one that is not here and cannot be fetched."""
        return tuple(self.resolve(sha) for sha in self.parent_shas(revision))

    def first_parents(self, revision: Revision, count: int) -> tuple[Revision, ...]:
        """``revision`` and the commits before it on its own line, nearest first, at most ``count`` in all."""
        listing = self.run("log", "--first-parent", f"--max-count={count}", "--format=%H %T", revision.sha)
        return tuple(Revision(sha=sha, tree=tree) for sha, tree in map(str.split, listing.decode().splitlines()))

    def merge_base(self, one: Revision, other: Revision) -> Revision | None:
        """None where the two share no history that is in this clone."""
        try:
            return self.resolve(self.run("merge-base", one.sha, other.sha).decode().strip())
        except GitError:
            return None

    def resolve_and_default(self, name: str) -> tuple[Revision, Revision | None]:
        """As ``resolve``, and beside it the commit of origin's default branch, else of a branch named main or master;
        None without any. By one command where ``name`` is here. Raises ConfigError.
        """
        try:
            found, *defaults = self._look_up_all((name, *_DEFAULT_BRANCHES))
        except GitError:
            found, *defaults = None, *self._look_up_all(_DEFAULT_BRANCHES)
        return found or self.resolve(name), next((revision for revision in defaults if revision), None)

    def files(self, revision: Revision) -> GitFiles:
        return self._files.setdefault(revision.sha, GitFiles(self, revision))

    @cached_property
    def _files(self) -> dict[str, GitFiles]:
        """By commit: its list of files is read once."""
        return {}

    def changed_files(self) -> tuple[str, ...]:
        """Paths with uncommitted changes; untracked ones are not listed."""
        listing = os.fsdecode(self.run("-c", _AS_A_STREAM, "status", "--porcelain", "-z", "--untracked-files=no"))
        return tuple(entry[3:] for entry in listing.split("\0") if len(entry) > len("XY "))

    def changed_between(self, base: Revision, head: Revision) -> tuple[str, ...]:
        """Paths of files that differ, those that only one of the two has among them: a renamed one is two."""
        listing = self.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", base.sha, head.sha)
        return tuple(path for path in os.fsdecode(listing).split("\0") if path)

    def keeps_credentials(self) -> bool:
        """Does the clone's own config hold a token (actions/checkout with persist-credentials)?"""
        try:
            self.run("config", "--local", "--get-regexp", r"^http\..*\.extraheader$")
        except GitError:
            return False
        return True

    def _look_up(self, name: str) -> Revision:
        """Raises GitError."""
        (found,) = self._look_up_all((name,))
        if found is None:
            raise GitError(f"git knows no commit {name!r}")
        return found

    def _look_up_all(self, names: Sequence[str]) -> tuple[Revision | None, ...]:
        """By one command: None for what names no commit."""
        if any("\n" in name for name in names):
            raise GitError("a name of a commit is one line")
        asked = "".join(f"{name}^{{commit}}\n{name}^{{tree}}\n" for name in names)
        answers = iter(self.run("cat-file", "--batch-check", given=os.fsencode(asked)).splitlines())
        pairs = [(commit.split(), tree.split()) for commit, tree in zip(answers, answers, strict=True)]
        return tuple(
            Revision(sha=commit[0].decode(), tree=tree[0].decode())
            if commit[1:2] == [b"commit"] and tree[1:2] == [b"tree"]
            else None
            for commit, tree in pairs
        )

    def _fetch(self, name: str) -> bool:
        if len(name) != len("0" * 40) or not set(name) <= set("0123456789abcdef"):
            return False
        try:
            # A depth would cut a complete clone short there, and with it where two commits parted.
            is_shallow = self.run("rev-parse", "--is-shallow-repository").strip() == b"true"
            self.run("fetch", "--quiet", "--no-tags", *(["--depth=1"] if is_shallow else []), "origin", name)
        except GitError:
            return False
        return True


def _run(
    argv: Sequence[str],
    stdin: IO[bytes],
    into: IO[bytes] | None,
    environment: Mapping[str, str],
    *,
    called: Sequence[str],
) -> bytes:
    """As Git.run; ``called``: the command as messages name it."""
    try:
        process = subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=subprocess.PIPE if into is None else into,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed", hint="install git: the gate reads both revisions with it") from error
    with process:
        try:
            stdout, stderr = _wait_for(process, called[0])
        except BaseException:
            _end(process)
            raise
    if process.returncode != 0:
        said = stderr.decode(errors="replace").strip()
        raise GitError(f"git {' '.join(called[:3])} failed with exit code {process.returncode}: {said[-500:]}")
    return stdout or b""


def _wait_for(process: subprocess.Popen[bytes], command: str) -> tuple[bytes | None, bytes]:
    """Its stdout, where it is piped, and stderr. Raises GitError when it takes too long, and InterruptedRunError."""
    deadline = time.monotonic() + _TIMEOUT_S
    while True:
        try:
            return process.communicate(timeout=_LOOK_S)
        except subprocess.TimeoutExpired as error:
            if is_stopped():
                raise InterruptedRunError(f"interrupted while git {command} was at work") from None
            if time.monotonic() > deadline:
                raise GitError(f"git {command} took more than {_TIMEOUT_S} s") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """With what it started. SIGTERM first: git takes its locks away."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
            return


def _in_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """As git reads settings since 2.31: a count, and numbered keys and values."""
    told = {"GIT_CONFIG_COUNT": str(len(settings))} if settings else {}
    for number, (key, value) in enumerate(settings.items()):
        told |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return told
