"""A folder's files: what is no plain file of the folder is passed over."""

import os
from pathlib import Path

from gate_action.clients.files import FolderFiles


def test_links_pipes_and_folders_of_tools_are_no_files(tmp_path: Path):
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "a.jsonl").write_text("x")
    (tmp_path / "fixtures" / "link.jsonl").symlink_to("a.jsonl")
    (tmp_path / "fixtures" / "round").symlink_to(".")
    (tmp_path / ".gate").mkdir()
    (tmp_path / ".gate" / "b.jsonl").write_text("x")
    os.mkfifo(tmp_path / "fixtures" / "pipe.jsonl")
    assert FolderFiles(tmp_path).find("**") == FolderFiles(tmp_path).find(".") == ("fixtures/a.jsonl",)
