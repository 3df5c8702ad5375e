import hashlib
from pathlib import Path

import pytest

from gate_action.clients.stores.objects import Bounds, Place, fetch_objects
from gate_action.errors import StoreError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.jsonl", "a.jsonl", "deep/c.jsonl", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def is_wanted(name: str) -> bool:
    return name.endswith(".jsonl")


def at(folder: Path, name: str = "") -> Place:
    return Place(url=f"file://{folder}/{name}")


def test_the_wanted_objects_below_a_prefix_come_sorted_with_names_below_it(folder):
    fetched = fetch_objects(at(folder), is_wanted)

    assert [(one.name, one.content.decode()) for one in fetched.objects] == [
        (name, name) for name in ("a.jsonl", "b.jsonl", "deep/c.jsonl")
    ]


def test_one_object_is_taken_whatever_its_name_and_its_digest_is_its_contents(folder):
    fetched = fetch_objects(at(folder, "notes.txt"), is_wanted)

    assert fetched.digest == f"sha256:{hashlib.sha256(b'notes.txt').hexdigest()}"


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (Bounds(files=2), "more than 2 fixture files"),
        (Bounds(listed=3), "or 3 objects in all"),
        (Bounds(size=20), "26 bytes are more than the 20 that are read"),
    ],
)
def test_a_prefix_beyond_the_bounds_is_refused(folder, bounds, message):
    with pytest.raises(StoreError, match=message):
        fetch_objects(at(folder), is_wanted, bounds)


def test_a_prefix_within_the_bounds_is_read(folder):
    assert len(fetch_objects(at(folder), is_wanted, Bounds(files=3, listed=4, size=26)).objects) == 3


def test_one_object_beyond_the_bound_is_refused_before_it_is_read(folder):
    with (folder / "big.jsonl").open("wb") as file:
        file.truncate(Bounds().size + 1)  # sparse: takes no room

    with pytest.raises(StoreError, match="bytes are more than"):
        fetch_objects(at(folder, "big.jsonl"), is_wanted)


@pytest.mark.parametrize("name", ["a\nb.jsonl", "a\u202eb.jsonl"])
def test_a_name_that_could_forge_a_message_is_refused(folder, name):
    (folder / name).write_text("{}")

    with pytest.raises(StoreError) as refusal:
        fetch_objects(at(folder), is_wanted)

    assert name not in str(refusal.value)


def test_credentials_are_in_no_repr():
    assert "hidden" not in repr(Place(url="s3://b/k", key="hidden-id", secret="hidden"))
