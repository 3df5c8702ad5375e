import os
from pathlib import Path

import pytest

from gate_action.clients.folders import LinkedFolderError
from gate_action.codec.documents import decode_report
from gate_action.sinks.files import FilesSink
from tests.repositories import Repository
from tests.sinks.published import failing, passing, unmeasured


def test_the_three_files_tell_the_same_report(tmp_path: Path):
    FilesSink(out=tmp_path / "gate" / "shop").publish(failing())
    folder = tmp_path / "gate" / "shop"
    names = ["report.html", "report.intoto.json", "report.json", "report.md", "report.predicate.json"]
    assert sorted(file.name for file in folder.iterdir()) == names
    assert decode_report((folder / "report.json").read_bytes(), path="report.json") == failing()
    assert "BLOCKED" in (folder / "report.md").read_text()
    assert "BLOCKED" in (folder / "report.html").read_text()


def test_a_second_run_replaces_the_files(tmp_path: Path):
    FilesSink(out=tmp_path).publish(failing())
    FilesSink(out=tmp_path).publish(passing())
    assert "PASS" in (tmp_path / "report.md").read_text()
    assert len(list(tmp_path.iterdir())) == 5


def test_a_run_that_knows_no_commit_leaves_no_statement_of_an_earlier_one(tmp_path: Path):
    FilesSink(out=tmp_path).publish(passing())
    FilesSink(out=tmp_path).publish(unmeasured())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.html", "report.json", "report.md"]


def test_a_folder_that_nobody_asked_for_is_passed_over_by_git(tmp_path: Path):
    repository = Repository.create(tmp_path / "clone")
    FilesSink(out=repository.folder / ".gate" / "shop", is_hidden=True).publish(passing())
    assert repository.git("status", "--porcelain") == ""
    FilesSink(out=repository.folder / "asked-for").publish(passing())
    assert repository.git("status", "--porcelain") == "?? asked-for/"


def test_a_link_in_place_of_a_report_is_replaced_and_not_followed(tmp_path: Path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.json").symlink_to(victim)
    FilesSink(out=out).publish(passing())
    assert victim.read_text() == "precious"
    assert not (out / "report.json").is_symlink()


@pytest.mark.parametrize("link", [".gate", ".gate/shop", ".gate/shop/deep"])
def test_no_report_is_written_through_a_linked_folder(tmp_path: Path, link: str):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / ".git").mkdir()
    place = tmp_path / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(elsewhere)
    with pytest.raises(LinkedFolderError, match="symbolic link"):
        FilesSink(out=tmp_path / ".gate" / "shop" / "deep").publish(passing())
    assert list(elsewhere.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user, as in a container action")
def test_what_root_wrote_belongs_to_the_workspaces_owner(tmp_path: Path):
    os.chown(tmp_path, 1001, 1001)
    FilesSink(out=tmp_path / ".gate" / "shop").publish(passing())
    made = [tmp_path / ".gate", *(tmp_path / ".gate").rglob("*")]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(1001, 1001)}
