"""Fixtures on the disk: whoever reads them sees no difference, and they take little memory."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given

from gate_action.clients.spool import FixtureSpool
from gate_action.codec.records import decode_fixture, encode_fixture
from gate_action.errors import StoreError
from gate_action.model.fixture import Expected, Fixture, Slice, Suite
from gate_action.model.spooled import HELD, SpooledFixture, SpooledFixtures
from gate_action.sources.paths import Paths
from tests.codec.test_rows import FIXTURES
from tests.files import FilesInMemory
from tests.profiles import examples


def keep(fixture: Fixture, folder: Path | None = None) -> Fixture:
    """As a suite has it of which nothing is held."""
    fixtures = SpooledFixtures((), FixtureSpool(folder))
    assert fixtures.add(fixture) is None
    return fixtures[0]


PARTS = (*Fixture.__dataclass_fields__, "digest", "unit", "turns")


@given(fixture=FIXTURES)
@examples(100)
def test_a_fixture_on_the_disk_shows_what_it_showed(fixture: Fixture) -> None:
    kept = keep(fixture)
    assert kept == fixture
    assert fixture == kept
    assert kept.whole == fixture.whole
    assert [getattr(kept, part) for part in PARTS] == [getattr(fixture, part) for part in PARTS]
    assert decode_fixture(encode_fixture(kept)) == fixture


def test_a_number_beyond_64_bits_stays_what_it_was() -> None:
    fixture = Fixture(id="a", input={"count": 2**70})
    assert keep(fixture) is fixture


def test_a_fixture_on_the_disk_cannot_be_changed() -> None:
    kept = keep(Fixture(id="a", input="x"))
    for part in PARTS:
        with pytest.raises(AttributeError):
            setattr(kept, part, "y")


def test_each_is_found_among_thousands_whatever_was_written_since() -> None:
    kept = SpooledFixtures((), FixtureSpool())
    for number in range(3_000):
        kept.add(Fixture(id=f"f{number}", input="x" * (number % 300)))
        assert kept[number // 2].input == "x" * (number // 2 % 300)


def test_of_a_suite_as_people_write_it_nothing_goes_to_the_disk() -> None:
    rows = "".join(f'{{"id": "f{number}", "input": "x"}}\n' for number in range(HELD + 2))
    suite = Paths(paths=("f.jsonl",)).load(FilesInMemory({"f.jsonl": rows}))
    assert [isinstance(one, SpooledFixture) for one in suite.fixtures] == [False] * HELD + [True] * 2
    assert suite.digest == Suite(fixtures=tuple(one.whole for one in suite.fixtures)).digest
    last = suite.fixtures[-1]
    assert last.place is not None
    assert last.place.line == HELD + 2


def test_a_disk_that_takes_nothing_is_told_with_a_way_out(tmp_path: Path) -> None:
    kept = keep(Fixture(id="a", input="x"), tmp_path / "gone")
    with pytest.raises(StoreError, match="gone, which cannot be written: No such file") as refusal:
        _ = kept.input
    assert refusal.value.hint is not None
    assert "TMPDIR" in refusal.value.hint


def test_what_is_held_of_a_fixture_does_not_grow_with_its_words() -> None:
    slices = (Slice("topic", "parts"),)
    tracemalloc.start()
    kept = SpooledFixtures((), FixtureSpool())
    for number in range(4_000):
        kept.add(Fixture(id=f"f{number}", input="q" * 2_000, expected=Expected(output="a" * 2_000), slices=slices))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 250 * len(kept)  # of which 70 are the spool's bytes that are not handed over yet
