"""A file, compressed and encrypted into another and back: AES-256-GCM under a key that scrypt makes of a secret text.

Nothing that does not carry the key's own tag is ever handed out: a wrong key or an altered byte is an error.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass

_MAGIC = b"gate-action sealed 1\n"
_SALT, _NONCE, _TAG = 16, 12, 16
_CHUNK = 1 << 20
SHORTEST = 16
"""Characters of the secret text."""


@dataclass(frozen=True, slots=True)
class Seal:
    """``secret`` empty: files are compressed and not encrypted."""

    secret: str = field(repr=False)
    cost: int = 1 << 15
    """Of a guess, as scrypt counts: 32 MB of memory and a tenth of a second. Both sides need the same."""

    def close(self, plain: Path, sealed: Path) -> None:
        """``plain`` into ``sealed``, whole or not at all."""
        with plain.open("rb") as source, whole_file(sealed) as target:
            if self.secret:
                self._encrypt(source, target)
            else:
                _compress(source, target.write)

    def open(self, sealed: Path, plain: Path, *, most_bytes: int) -> None:
        """The other way. Raises StoreError: another key, altered, or of more than ``most_bytes``."""
        with sealed.open("rb") as source, whole_file(plain) as target:
            if not self.secret:
                if source.read(len(_MAGIC)) == _MAGIC:
                    raise StoreError("the loop's store is encrypted, and no key was given", hint="state.key names it")
                source.seek(0)
                _decompress(source, target, most_bytes)
                return
            with tempfile.TemporaryFile(dir=plain.parent) as packed:
                self._decrypt(source, packed)
                packed.seek(0)
                _decompress(packed, target, most_bytes)

    def _encrypt(self, source: BinaryIO, target: BinaryIO) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
        encryptor = Cipher(algorithms.AES(self._key(salt)), modes.GCM(nonce)).encryptor()
        head = _MAGIC + salt + nonce
        encryptor.authenticate_additional_data(head)
        target.write(head)
        _compress(source, lambda chunk: target.write(encryptor.update(chunk)))
        target.write(encryptor.finalize() + encryptor.tag)

    def _decrypt(self, source: BinaryIO, target: BinaryIO) -> None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        head = source.read(len(_MAGIC) + _SALT + _NONCE)
        left = source.seek(0, os.SEEK_END) - len(head) - _TAG
        if not head.startswith(_MAGIC) or left < 0:
            raise StoreError("the loop's store was not encrypted by this, or it is cut off")
        source.seek(len(head) + left)
        salt, nonce, tag = head[len(_MAGIC) : -_NONCE], head[-_NONCE:], source.read(_TAG)
        decryptor = Cipher(algorithms.AES(self._key(salt)), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(head)
        source.seek(len(head))
        while left:
            chunk = source.read(min(_CHUNK, left))
            left -= len(chunk)
            target.write(decryptor.update(chunk))
        try:
            target.write(decryptor.finalize())
        except InvalidTag as error:
            raise StoreError(
                "the loop's store cannot be decrypted: the key is another one, or the file was altered",
                hint="the variable that state.key names must hold the text that the store was written with",
            ) from error

    def _key(self, salt: bytes) -> bytes:
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        return Scrypt(salt=salt, length=32, n=self.cost, r=8, p=1).derive(self.secret.encode())


@contextmanager
def whole_file(place: Path) -> Iterator[BinaryIO]:
    """A file that is there when the block ends well, and not before; only its owner may read it."""
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _compress(source: BinaryIO, write: Callable[[bytes], object]) -> None:
    import zstandard

    packer = zstandard.ZstdCompressor(level=6, write_checksum=True).compressobj()
    while chunk := source.read(_CHUNK):
        write(packer.compress(chunk))
    write(packer.flush())


def _decompress(source: BinaryIO, target: BinaryIO, most_bytes: int) -> None:
    import zstandard

    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(source, read_size=_CHUNK) as reader:
            while chunk := reader.read(_CHUNK):
                most_bytes -= len(chunk)
                if most_bytes < 0:
                    raise StoreError("the loop's store is larger than what is said of it")
                target.write(chunk)
    except zstandard.ZstdError as error:
        raise StoreError(f"the loop's store is damaged: {error}") from error
