"""One commit as git's fast-import reads it: files in, bytes out. Knows no repository."""

import re
from collections.abc import Collection, Mapping

_NAME = re.compile(r"[A-Za-z0-9._/-]+")
_COMMITTER = "gate-action <gate-action@localhost>"


def spell_commit(
    message: str,
    *,
    ref: str,
    parent: str | None,
    files: Mapping[str, bytes],
    known: Mapping[str, str],
    gone: Collection[str] = (),
) -> bytes:
    """``files``: name -> content, added to ``parent``'s; ``known``: name -> id of an object that is there already;
    ``gone``: names of the parent's that it no longer has.

    Raises ValueError for a name that would need quoting.
    """
    words = message.encode()
    lines = [f"commit {ref}".encode(), f"committer {_COMMITTER} now".encode(), b"data %d" % len(words), words]
    if parent is not None:
        lines.append(f"from {parent}".encode())
    lines += [f"D {_plain(name)}".encode() for name in gone]
    lines += [f"M 100644 {oid} {_plain(name)}".encode() for name, oid in known.items()]
    for name, content in files.items():
        lines += [f"M 100644 inline {_plain(name)}".encode(), b"data %d" % len(content), content]
    return b"\n".join([*lines, b""])


def _plain(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a stored file")
    return name
