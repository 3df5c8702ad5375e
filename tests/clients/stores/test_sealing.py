"""What was sealed comes back whole under its own key, and under no other, and not once a bit of it was changed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.clients.stores.sealing import Seal
from gate_action.errors import StoreError

KEY = "correct horse battery"
QUICK = 2


def sealed(folder: Path, content: bytes, secret: str = KEY) -> Path:
    (folder / "plain").write_bytes(content)
    Seal(secret, cost=QUICK).close(folder / "plain", folder / "sealed")
    return folder / "sealed"


def opened(path: Path, secret: str = KEY, most_bytes: int = 1 << 30) -> bytes:
    Seal(secret, cost=QUICK).open(path, path.with_name("again"), most_bytes=most_bytes)
    return path.with_name("again").read_bytes()


@pytest.mark.parametrize("secret", [KEY, ""])
@pytest.mark.parametrize("content", [b"", b"a", bytes(range(256)) * 9000])
def test_it_comes_back_as_it_was(tmp_path: Path, secret: str, content: bytes):
    assert opened(sealed(tmp_path, content, secret), secret) == content
    assert {one.name for one in tmp_path.iterdir()} == {"plain", "sealed", "again"}


def test_two_seals_of_one_content_differ_and_show_nothing_of_it(tmp_path: Path):
    first = sealed(tmp_path, b"words of a user").read_bytes()
    assert first != sealed(tmp_path, b"words of a user").read_bytes()
    assert b"words" not in first


@given(place=st.integers(min_value=0, max_value=10_000), bit=st.integers(min_value=0, max_value=7))
def test_not_one_bit_can_be_changed(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int):
    folder = tmp_path_factory.mktemp("sealed")
    path = sealed(folder, b"words of a user " * 20)
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"decrypted|not encrypted"):
        opened(path)
    assert not (folder / "again").exists()


@pytest.mark.parametrize("kept", [0, 10, 60, -1])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, kept: int):
    path = sealed(tmp_path, b"words of a user")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(StoreError):
        opened(path)


def test_another_key_opens_nothing_and_is_not_shown(tmp_path: Path):
    path = sealed(tmp_path, b"words")
    with pytest.raises(StoreError, match="another one") as told:
        opened(path, "wrong horse battery")
    assert "horse" not in f"{told.value}{told.value.hint}"
    assert "horse" not in repr(Seal(KEY))


def test_what_grows_beyond_what_was_said_is_not_written_out(tmp_path: Path):
    with pytest.raises(StoreError, match="larger"):
        opened(sealed(tmp_path, b"0" * 10_000_000), most_bytes=1000)


def test_a_file_that_is_no_seal_at_all_is_refused(tmp_path: Path):
    (tmp_path / "sealed").write_bytes(b"SQLite format 3\0" * 10)
    for secret in (KEY, ""):
        with pytest.raises(StoreError):
            opened(tmp_path / "sealed", secret)
