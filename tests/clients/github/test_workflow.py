import json
from pathlib import Path

import pytest

from gate_action.clients.github.workflow import Checkout, load_checkout, load_event
from gate_action.errors import ConfigError
from tests.repositories import Repository


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    """main: one - two; change: one - three."""
    made = Repository.create(tmp_path / "origin")
    made.commit({"a": "1"}, "one")
    made.git("branch", "change")
    made.commit({"a": "2"}, "two")
    made.git("checkout", "-q", "change")
    made.commit({"b": "3"}, "three")
    made.git("checkout", "-q", "main")
    return made


def _clone(origin: Repository, *options: str) -> Repository:
    folder = origin.folder.parent / "clone"
    origin.git("clone", "--quiet", *options, f"file://{origin.folder}", str(folder))
    return Repository(folder)


def test_a_full_clone_tells_where_the_change_parted(origin: Repository):
    clone = _clone(origin)
    change, main = origin.git("rev-parse", "change"), origin.git("rev-parse", "main")
    clone.git("checkout", "-q", "--detach", change)
    one = origin.git("rev-parse", "main~1")
    assert load_checkout(clone.folder, "main") == Checkout(sha=change, parents=(one,), tip=main, merge_base=one)


def test_another_commit_can_be_named(origin: Repository):
    change = origin.git("rev-parse", "change")
    assert load_checkout(_clone(origin).folder, "main", change).sha == change


def test_a_shallow_clone_still_tells_the_parents_and_fetches_the_tip(origin: Repository):
    clone = _clone(origin, "--depth=1", "--branch=change")
    found = load_checkout(clone.folder, "main")
    assert found.parents == (origin.git("rev-parse", "change~1"),)
    assert found.tip == origin.git("rev-parse", "main")
    assert found.merge_base == ""


def test_a_branch_that_is_nowhere_leaves_its_tip_open(origin: Repository):
    found = load_checkout(_clone(origin).folder, "gone")
    assert (found.tip, found.merge_base) == ("", "")


def test_no_branch_asks_for_none(origin: Repository):
    assert load_checkout(origin.folder, "").tip == ""


def test_a_folder_that_is_no_clone_is_a_config_error(tmp_path: Path):
    with pytest.raises(ConfigError, match="not in a git repository") as caught:
        load_checkout(tmp_path, "main")
    assert "actions/checkout" in caught.value.hint


def test_the_event_is_read_from_its_file(tmp_path: Path):
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"before": "b" * 40}))
    assert load_event({"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(path)}).before == "b" * 40


def test_a_missing_event_file_is_a_config_error(tmp_path: Path):
    environ = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(tmp_path / "gone.json")}
    with pytest.raises(ConfigError, match=r"gone\.json"):
        load_event(environ)
