"""Fixtures that are set aside on the disk, so that a suite of any size is held in little memory."""

import os
import tempfile
import weakref
from collections import OrderedDict
from pathlib import Path

from gate_action.codec.records import decode_own_fixture, encode_fixture
from gate_action.errors import StoreError
from gate_action.model.fixture import Fixture

_LENGTH_BITS = 28
_AS_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LARGE_NUMBER = b"0" * 19
"""Once digits are zeros: it may be no 64-bit integer, which would be read as a float."""
_DIGEST = b',"digest":'
"""Comes after all that a fixture says."""
_GATHERED_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 16
_KNOWN = 256
"""Fixtures that were read last: those that are under way are read once."""


class FixtureSpool:
    """Takes fixtures one by one. Its file has no name, and is gone with the spool."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: for the file; None: where temporary files go."""
        self._folder = folder
        self._file = -1
        self._gathered = bytearray()
        self._written = 0
        self._block_at = 0
        self._block = b""
        """What was read last: who goes through a suite asks for the next line next."""
        self._known: OrderedDict[int, Fixture] = OrderedDict()

    def put(self, fixture: Fixture) -> int | None:
        """Where its line lies. None: no line could give it back as it was. Raises StoreError."""
        try:
            line = encode_fixture(fixture)
        except (OverflowError, TypeError, ValueError):  # nothing that JSON can hold: told where a file is written
            return None
        words = line[: line.rfind(_DIGEST)]
        if len(line) >> _LENGTH_BITS or _LARGE_NUMBER in words.translate(_AS_ZEROS):
            return None
        at = (self._written + len(self._gathered)) << _LENGTH_BITS | len(line)
        self._gathered += line
        if len(self._gathered) > _GATHERED_BYTES:
            self._hand_over()
        return at

    def line(self, at: int) -> bytes:
        """As fixtures.jsonl of a run folder has it."""
        offset, length = at >> _LENGTH_BITS, at & ((1 << _LENGTH_BITS) - 1)
        start = offset - self._block_at
        if start < 0 or start + length > len(self._block):
            if self._gathered:
                self._hand_over()
            self._block_at, start = offset, 0
            self._block = os.pread(self._file, max(length, _BLOCK_BYTES), offset)
        return self._block[start : start + length]

    def read(self, at: int) -> Fixture:
        known = self._known.get(at)
        if known is None:
            known = self._known[at] = decode_own_fixture(self.line(at))
            if len(self._known) > _KNOWN:
                self._known.popitem(last=False)
        return known

    def _hand_over(self) -> None:
        try:
            if self._file < 0:
                self._file = _open_nameless(self._folder)
                weakref.finalize(self, os.close, self._file)
            while self._gathered:
                written = os.write(self._file, self._gathered)
                del self._gathered[:written]
                self._written += written
        except OSError as error:
            raise StoreError(
                f"a large suite of fixtures is set aside in {self._folder or 'the folder of temporary files'}, "
                f"which cannot be written: {error.strerror or error}",
                hint="make room there, or let TMPDIR name another folder",
            ) from error


def _open_nameless(folder: Path | None) -> int:
    with tempfile.TemporaryFile(prefix="gate-fixtures-", dir=folder, buffering=0) as file:
        return os.dup(file.fileno())
