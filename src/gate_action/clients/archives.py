"""Zip archives that a stranger made, read in memory and within bounds. Nothing is ever unpacked to a disk."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final

from gate_action.model.dataclass import dataclass

_PIECE: Final = 64 * 1024
_ENCRYPTED: Final = 0x1
_FAULTS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""All that zipfile and its decompressors raise for content that is not what it claims to be."""


class ArchiveError(Exception):
    """An archive that is none, is damaged, or holds what no tool of ours puts into one. One sentence with values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveBounds:
    """What an archive may hold at most."""

    files: int = 100
    bytes: int = 20_000_000
    """Of all files together, unpacked."""


def read_zip(content: bytes, bounds: ArchiveBounds) -> Mapping[str, bytes]:
    """Name -> content of every file, in the archive's order; folders are passed over.

    Raises ArchiveError: too many or too large files (counted while they are unpacked, whatever the archive claims), an
    absolute or climbing name, a name that occurs twice, a link, an encrypted file, a checksum that does not match.
    """
    found: dict[str, bytes] = {}
    left = bounds.bytes
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
            if len(entries) > bounds.files:
                raise ArchiveError(f"the archive holds {len(entries):,} files, and at most {bounds.files:,} are read")
            for entry in entries:
                _check_entry(entry, found)
                found[entry.filename] = _read(archive, entry, left, bounds)
                left -= len(found[entry.filename])
    except _FAULTS as error:
        raise ArchiveError(f"the archive cannot be read: {error}") from error
    return found


def _check_entry(entry: zipfile.ZipInfo, found: Mapping[str, bytes]) -> None:
    name = entry.filename
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in path.parts[0]:
        raise ArchiveError(f"the archive holds a file called {name[:100]!r}, which lies outside of it")
    if name in found:
        raise ArchiveError(f"the archive holds {name[:100]!r} twice")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ArchiveError(f"{name[:100]!r} in the archive is a link or a device, and no file")
    if entry.flag_bits & _ENCRYPTED:
        raise ArchiveError(f"{name[:100]!r} in the archive is encrypted")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, bounds: ArchiveBounds) -> bytes:
    read = bytearray()
    with archive.open(entry) as file:
        while piece := file.read(_PIECE):
            read += piece
            if len(read) > left:
                raise ArchiveError(f"the archive holds more than {bounds.bytes:,} bytes, unpacked")
    return bytes(read)
