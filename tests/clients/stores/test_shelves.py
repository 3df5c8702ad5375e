"""Shelves in a folder and in a bucket (here: obstore's own, on disk) do alike, and can be kept small."""

import os
from pathlib import Path

import pytest

from gate_action.clients.stores.folder_shelf import FolderShelf
from gate_action.clients.stores.object_shelf import ObjectShelf
from gate_action.clients.stores.objects import Place
from gate_action.errors import StoreError


def shelves(tmp_path: Path) -> tuple[FolderShelf | ObjectShelf, ...]:
    for name in ("folder", "objects"):
        (tmp_path / name).mkdir()
    return FolderShelf(tmp_path / "folder"), ObjectShelf(Place(url=f"file://{tmp_path / 'objects'}"))


def test_what_was_added_is_named_and_read(tmp_path: Path):
    for shelf in shelves(tmp_path):
        assert shelf.names("trials") == ()
        shelf.add({"trials/a/1.pack": b"one", "trials/b/2.pack": b"two", "scores/c/3.pack": b"three"})
        assert shelf.names("trials") == ("trials/a/1.pack", "trials/b/2.pack")
        assert shelf.names("trials/b") == ("trials/b/2.pack",)
        assert shelf.read(["scores/c/3.pack", "trials/a/1.pack"]) == (b"three", b"one")


def test_the_oldest_go_until_the_rest_fits(tmp_path: Path):
    for shelf, folder in zip(shelves(tmp_path), ("folder", "objects"), strict=True):
        for age, name in ((300, "a"), (200, "b"), (100, "c")):
            shelf.add({f"trials/{name}": b"x" * 10})
            written = (tmp_path / folder / "trials" / name).stat().st_mtime - age
            os.utime(tmp_path / folder / "trials" / name, (written, written))
        shelf.shed(25)
        assert shelf.names("trials") == ("trials/b", "trials/c")
        shelf.shed(0)
        assert shelf.names("trials") == ()


def test_what_is_not_there_is_an_error_of_the_store(tmp_path: Path):
    for shelf in shelves(tmp_path):
        with pytest.raises(StoreError):
            shelf.read(["trials/none"])


def test_what_names_somebody_is_changed_or_goes_and_the_rest_stays(tmp_path: Path):
    def without(name: str, content: bytes) -> bytes | None:
        return None if content == b"kim" else content.replace(b"kim", b"") if name.startswith("watch/") else content

    for shelf in shelves(tmp_path):
        shelf.add({"runs/a.json": b"kim", "runs/b.json": b"kim and ann", "watch/1/entry.json": b"ann, kim"})
        assert shelf.revise(without) == ("runs/a.json", "watch/1/entry.json")
        assert shelf.names("runs") == ("runs/b.json",)
        assert shelf.read(["runs/b.json", "watch/1/entry.json"]) == (b"kim and ann", b"ann, ")
        assert shelf.revise(without) == ()
