"""Archives that a stranger made: read whole, or refused with a reason."""

import contextlib
import stat
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.clients.archives import ArchiveBounds, ArchiveError, read_zip

SMALL = ArchiveBounds(files=3, bytes=1_000)


def pack(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return packed.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def test_every_file_is_read_and_folders_are_passed_over() -> None:
    content = pack(("report.json", b"{}"), ("runs/", b""), ("runs/a.json", b"[1]"))
    assert read_zip(content, SMALL) == {"report.json": b"{}", "runs/a.json": b"[1]"}


def test_a_bomb_is_refused_while_it_unpacks() -> None:
    with pytest.raises(ArchiveError, match="more than 1,000 bytes"):
        read_zip(pack(("a", b"0" * 50_000_000)), SMALL)


def test_the_bound_is_one_for_all_files_together() -> None:
    with pytest.raises(ArchiveError, match="more than 1,000 bytes"):
        read_zip(pack(("a", b"0" * 600), ("b", b"0" * 600)), SMALL)


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([("/etc/passwd", b"x")], "outside of it"),
        ([("../up", b"x")], "outside of it"),
        ([("a/../../up", b"x")], "outside of it"),
        ([("C:/a", b"x")], "outside of it"),
        ([(link("report.json"), b"/etc/passwd")], "a link or a device"),
        ([(str(n), b"") for n in range(4)], "4 files, and at most 3"),
    ],
)
def test_what_no_tool_of_ours_packs_is_refused(entries, told: str) -> None:
    with pytest.raises(ArchiveError, match=told):
        read_zip(pack(*entries), SMALL)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_occurs_twice_is_refused() -> None:
    """Two readers could each see another one of the two."""
    with pytest.raises(ArchiveError, match="'a' twice"):
        read_zip(pack(("a", b"1"), ("a", b"2")), SMALL)


def test_a_file_without_a_name_is_refused() -> None:
    content = pack(("a", b"1")).replace(b"a", b"\0")
    with pytest.raises(ArchiveError, match="lies outside"):
        read_zip(content, SMALL)


def test_a_damaged_file_is_refused() -> None:
    content = bytearray(pack(("a", b"some words that are long enough to be packed")))
    content[40] ^= 0xFF
    with pytest.raises(ArchiveError, match="cannot be read"):
        read_zip(bytes(content), SMALL)


@given(st.binary(max_size=300))
def test_no_bytes_at_all_raise_anything_else(content: bytes) -> None:
    with contextlib.suppress(ArchiveError):
        read_zip(content, SMALL)


@given(st.integers(0, 150), st.integers(0, 255))
def test_no_altered_archive_raises_anything_else(place: int, value: int) -> None:
    content = bytearray(pack(("report.json", b'{"schema_version": 1}'), ("b/c", b"d")))
    content[place % len(content)] = value
    with contextlib.suppress(ArchiveError):
        read_zip(bytes(content), SMALL)
