from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gate_action.baselines.branch import Branch
from gate_action.clients.stores.folder_shelf import FolderShelf
from gate_action.errors import StoreError
from gate_action.loop.register import Register, choose_current, name_watch
from gate_action.model.watch import WatchEntry, WatchEvent, WatchPin, WatchReason, WatchVerdict
from tests.loop.watching.production import DEPLOYED
from tests.repositories import Repository

ENTRY = WatchEntry(
    watch_id=name_watch("c-1", "a" * 40, DEPLOYED),
    cluster_id="c-1",
    commit="a" * 40,
    pull_request=7,
    reason=WatchReason.FIXTURE,
    fixtures=("refund-3",),
    registered_at=DEPLOYED,
    deployed_at=DEPLOYED,
    slices=(("language", "de"),),
    target_share=0.5,
    days=28,
)
PIN = WatchPin(
    app="shop",
    mode="over_refusal",
    classifier_digest="sha256:1",
    before_since=DEPLOYED - timedelta(days=7),
    before_until=DEPLOYED,
    before_turns=3000,
    before_rate=0.1,
    scored_strata=("complaint",),
    cluster_share=1.0,
    delay_h=3,
)
EVENT = WatchEvent(at=DEPLOYED + timedelta(days=2), verdict=WatchVerdict.HELD, sentence="the fix held")


def in_folder(top: Path) -> Register:
    return Register(FolderShelf(top / "register"))


def on_branch(top: Path) -> Register:
    remote = top / "remote.git"
    if not remote.exists():
        Repository(top).git("init", "--quiet", "--bare", str(remote))
    return Register(Branch(branch="gate-watch", remote=str(remote)).shelf)


@pytest.mark.parametrize("open_register", [in_folder, pytest.param(on_branch, marks=pytest.mark.slow)])
def test_what_was_registered_pinned_and_told_is_read_again(tmp_path: Path, open_register: Callable[[Path], Register]):
    register = open_register(tmp_path)
    register.add([ENTRY])
    register.pin(ENTRY.watch_id, PIN)
    register.tell(ENTRY.watch_id, replace(EVENT, at=EVENT.at + timedelta(days=1), verdict=WatchVerdict.NOT_HELD))
    register.tell(ENTRY.watch_id, EVENT)
    (found,) = open_register(tmp_path).load()
    assert (found.entry, found.pin) == (ENTRY, PIN)
    assert [event.verdict for event in found.events] == [WatchVerdict.HELD, WatchVerdict.NOT_HELD]
    assert found.verdict is WatchVerdict.NOT_HELD


def test_nothing_that_was_pinned_is_ever_changed(tmp_path: Path):
    register = in_folder(tmp_path)
    for mode in ("over_refusal", "hallucination"):
        register.add([replace(ENTRY, release=mode)])
        register.pin(ENTRY.watch_id, replace(PIN, mode=mode))
    (found,) = register.load()
    assert found.pin is not None
    assert (found.entry.release, found.pin.mode) == ("over_refusal", "over_refusal")


def test_a_push_that_is_told_twice_is_one_watch_and_another_commit_is_another():
    assert name_watch("c-1", "a" * 40, DEPLOYED) == name_watch("c-1", "a" * 40, DEPLOYED + timedelta(days=9))
    assert name_watch("c-1", "a" * 40, DEPLOYED) != name_watch("c-1", "b" * 40, DEPLOYED)
    assert name_watch("c-1", "", DEPLOYED) != name_watch("c-1", "", DEPLOYED + timedelta(days=1))


def test_of_two_fixes_of_one_cluster_and_slice_the_later_one_is_current(tmp_path: Path):
    register = in_folder(tmp_path)
    later = replace(ENTRY, watch_id="f" * 16, commit="b" * 40, registered_at=DEPLOYED + timedelta(days=1))
    other = replace(ENTRY, watch_id="e" * 16, slices=())
    register.add([later, ENTRY, other])
    assert {one.entry.watch_id for one in choose_current(register.load())} == {"f" * 16, "e" * 16}


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schema_version": 9}', b'{"schema_version": 1, "watch_id": 3}'])
def test_a_file_that_is_none_of_ours_is_told_by_its_place(tmp_path: Path, content: bytes):
    place = tmp_path / "register" / "watch" / ("0" * 16) / "entry.json"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    with pytest.raises(StoreError, match=r"entry\.json cannot be read"):
        in_folder(tmp_path).load()


def test_files_of_others_are_passed_over(tmp_path: Path):
    register = in_folder(tmp_path)
    register.add([ENTRY])
    (tmp_path / "register" / "watch" / "notes.txt").write_text("hello")
    (tmp_path / "register" / "watch" / ENTRY.watch_id / "event-now-fine.json").write_text("{}")
    assert len(register.load()) == 1
