from collections.abc import Mapping

from gate_action.loop.sync.owners import find_owners, say_owners
from tests.files import FilesInMemory

PATHS = ("fixtures/promoted/refunds.jsonl", "rejections.jsonl")


def owners(files: Mapping[str, bytes]) -> tuple[str, ...]:
    return find_owners(FilesInMemory(files), PATHS)


def test_owners_of_any_of_the_files_are_found_where_github_looks_first():
    told = b"* @all\n/fixtures/promoted/ @Org/Quality kim@shop.example\n/rejections.jsonl\n"
    assert owners({".github/CODEOWNERS": told, "CODEOWNERS": b"* @others\n"}) == ("@org/quality", "kim@shop.example")


def test_where_no_line_covers_them_or_there_is_none_nobody_is_asked():
    assert owners({"CODEOWNERS": b"/src/ @org/code\n"}) == ()
    assert owners({}) == ()
    assert "asks nobody" in say_owners(())


def test_nobody_is_called_by_being_named():
    assert "`@org/quality`" in say_owners(("@org/quality",))
