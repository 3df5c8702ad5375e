"""A store between runs: never torn, never two writers, never lost without a word."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from gate_action.clients.stores.homes import Home
from gate_action.errors import StoreError
from gate_action.loop.state.pointer import Pointer, decode_pointer
from tests.loop.state.homes import NOON, Job, Town

WRITERS = 4


class Passing:
    """A home that asks another one."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def __getattr__(self, name: str) -> object:
        return getattr(self._home, name)


def pointer_of(home: Home) -> Pointer:
    return decode_pointer(home.look().content, home.place)


def test_what_one_run_wrote_the_next_one_finds_and_the_home_holds_it_once(town: Town):
    Job(town()).write(b"one" * 1000)
    with Job(town()).keeper.writing() as path:
        assert path.read_bytes() == b"one" * 1000
        path.write_bytes(b"two")
    assert Job(town()).read() == b"two"
    assert pointer_of(town()).lease is None


def test_a_pointer_that_has_moved_on_is_not_swapped(town: Town):
    empty = town().look()
    first = town().swap(empty, b"1", {}, ())
    assert first
    home = town()
    assert home.look() == first
    assert town().swap(first, b"2", {}, ())
    assert home.swap(first, b"3", {}, ()) is None
    assert home.swap(empty, b"4", {}, ()) is None
    assert town().look().content == b"2"


def test_a_home_that_nobody_wrote_to_is_empty(town: Town):
    assert Job(town()).read() is None


def test_what_did_not_change_is_not_taken_home_again(town: Town):
    Job(town()).write(b"one")
    before = pointer_of(town()).stored
    with Job(town()).keeper.writing():
        pass
    assert pointer_of(town()) == Pointer(stored=before)


def test_what_was_taken_home_on_the_way_stays_under_the_lease_though_the_run_fails_later(town: Town):
    Job(town()).write(b"old")

    def fail() -> None:
        with Job(town()).keeper.working() as work:
            work.path.write_bytes(b"half")
            work.take_home()
            assert pointer_of(town()).lease is not None
            with pytest.raises(StoreError, match="is being written by us"):
                Job(town()).write(b"other")
            work.path.write_bytes(b"lost")
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert (Job(town()).read(), pointer_of(town()).lease) == (b"half", None)


def test_a_run_that_fails_leaves_the_old_state_and_no_lease(town: Town):
    Job(town()).write(b"old")

    def fail() -> None:
        with Job(town()).keeper.writing() as path:
            path.write_bytes(b"half")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        fail()
    assert Job(town()).read() == b"old"
    Job(town()).write(b"new")


def test_a_run_that_is_killed_before_it_stores_leaves_the_old_state(town: Town):
    Job(town()).write(b"old")
    killed = Job(town(), by="killed").keeper.writing()
    (killed.__enter__()).write_bytes(b"half")
    assert Job(town()).read() == b"old"


def test_a_second_writer_is_turned_away_and_told_whose_lease_it_is(town: Town):
    first = Job(town(), by="run 1").keeper.writing()
    first.__enter__().write_bytes(b"one")
    with pytest.raises(StoreError, match=r"run 1, until 2026-11-25 13:00 UTC"):
        Job(town(), by="run 2", at=NOON + timedelta(minutes=59)).write(b"two")
    first.__exit__(None, None, None)
    assert Job(town()).read() == b"one"


def test_a_lease_that_ran_out_is_taken_over_and_both_sides_are_told(town: Town):
    Job(town()).write(b"old")
    late = Job(town(), by="run 1")
    first = late.keeper.writing()
    first.__enter__().write_bytes(b"one")
    second = Job(town(), by="run 2", at=NOON + timedelta(minutes=61))
    second.write(b"two")
    assert "the lease of run 1" in second.told[0]
    with pytest.raises(StoreError, match="taken over by run 2"):
        first.__exit__(None, None, None)
    assert Job(town()).read() == b"two"


def test_a_lease_that_ran_out_and_that_nobody_took_still_counts(town: Town):
    job = Job(town())
    with job.keeper.writing() as path:
        job.at += timedelta(hours=3)
        path.write_bytes(b"slow")
    assert Job(town()).read() == b"slow"


@pytest.mark.timeout(300)
def test_of_many_writers_at_once_one_writes_at_a_time_and_nothing_is_lost(town: Town):
    start = threading.Barrier(WRITERS)

    def write(number: int) -> None:
        start.wait()
        while True:
            try:
                with Job(town(), by=f"run {number}").keeper.writing() as path:
                    path.write_bytes((path.read_bytes() if path.exists() else b"") + b"%d" % number)
            except StoreError:
                time.sleep(0.01 * (number + 1))
            else:
                return

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    assert sorted(Job(town()).read() or b"") == sorted(b"0123")


def test_another_key_is_told_and_changes_nothing(town: Town):
    Job(town()).write(b"old")
    other = Job(town(), secret="another secret text")
    with pytest.raises(StoreError, match="the key is another one"):
        other.write(b"new")
    with pytest.raises(StoreError, match="no key was given"):
        Job(town(), secret="").read()
    assert Job(town()).read() == b"old"


def test_no_word_of_a_user_is_readable_at_home(town: Town, tmp_path: Path):
    Job(town()).write(b"the user said: " + b"secret words " * 50)
    stored = pointer_of(town()).stored
    assert stored
    town().fetch(stored.object, tmp_path / "sealed")
    assert b"secret words" not in (tmp_path / "sealed").read_bytes()


def test_an_object_that_is_not_what_the_pointer_says_is_refused(town: Town, tmp_path: Path):
    Job(town()).write(b"old")
    (tmp_path / "forged").write_bytes(b"forged")
    home = town()
    seen = home.look()
    stored = pointer_of(home).stored
    assert stored
    assert home.swap(seen, seen.content + b"\n", {stored.object: tmp_path / "forged"}, ())
    with pytest.raises(StoreError, match="not what its pointer says"):
        Job(town()).read()


def test_a_swap_whose_answer_was_lost_is_found_done(town: Town):
    class Deaf(Passing):
        """Does what it is told, and says that it did not."""

        def swap(self, *told: object) -> None:
            self._home.swap(*told)  # type: ignore[arg-type]  # passed on as they came

    Job(Deaf(town())).write(b"done")  # type: ignore[arg-type]  # as above: a Home by its methods
    assert Job(town()).read() == b"done"
    assert pointer_of(town()).lease is None


def test_who_only_looks_gets_a_whole_store_also_when_it_is_replaced_meanwhile(town: Town):
    class Overtaken(Passing):
        def fetch(self, name: str, to: Path) -> None:
            if Job(town()).read() == b"one":
                Job(town()).write(b"two")
            self._home.fetch(name, to)

    Job(town()).write(b"one")
    # A branch was brought as it stood; a bucket's object is gone, and the newer one is brought.
    found = Job(Overtaken(town())).read()  # type: ignore[arg-type]  # as above
    assert found == (b"one" if "branch" in town().place else b"two")


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"version": 9}'])
def test_a_foreign_pointer_is_refused_with_its_place(content: bytes):
    with pytest.raises(StoreError, match="s3://x"):
        decode_pointer(content, "s3://x")
