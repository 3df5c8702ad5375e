import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate_action.cli.commands import run_command
from standins.github.pulls import merge_pull
from standins.github.state import WORKFLOW_TOKEN
from tests.loop.pulls.rig import BRANCH, Rig, start
from tests.loop.sync.rows import GATE, lines, row


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    (folder / "fixtures").mkdir(parents=True)
    (folder / "gate.yaml").write_text(GATE)
    (folder / "fixtures" / "mine.jsonl").write_bytes(lines({"id": "mine", "input": "Hello?"}))
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "rows.jsonl").write_bytes(lines(row(0), row(1), row(2, split="train")))
    return folder


def _sync(repository: Path, *more: str) -> int:
    return run_command(["fixtures", "sync", str(repository.parent / "store"), "--repository", str(repository), *more])


def test_check_shows_the_difference_and_writes_nothing(repository: Path, capsys: pytest.CaptureFixture[str]):
    assert _sync(repository, "--check") == 1
    told = capsys.readouterr().out
    assert '+{"id":"row-0"' in told
    assert "refused, rows.jsonl:3" in told
    assert not (repository / "fixtures" / "promoted").exists()


def test_the_work_tree_is_written_once(repository: Path):
    assert _sync(repository) == 0
    content = (repository / "fixtures" / "promoted" / "refunds.jsonl").read_text()
    assert [json.loads(line)["id"] for line in content.splitlines()] == ["row-0", "row-1"]
    assert _sync(repository, "--check") == 0


def test_nothing_is_written_through_a_link(repository: Path, tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (repository / "fixtures" / "promoted").symlink_to(tmp_path / "outside")
    assert _sync(repository) == 2
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("more", [["--dry-run", "out"], ["--open-pr"], ["--open-pr", "--check"]])
def test_options_that_do_not_go_together_or_lack_a_token_are_told(
    repository: Path, more: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    assert _sync(repository, *more) == 2


OWNED = {"CODEOWNERS": "* @org/code\n/fixtures/promoted/ @org/quality\n"}


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with start(tmp_path / "git") as made:
        made.commit("main", {**OWNED, "gate.yaml": GATE, "fixtures/mine.jsonl": '{"id": "mine", "input": "Hello?"}\n'})
        for name, value in made.environ().items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.mark.slow
def test_one_pull_request_carries_the_rows_and_what_its_reviewer_took_out_does_not_return(
    repository: Path, rig: Rig, capsys: pytest.CaptureFixture[str]
):
    assert [_sync(repository, "--open-pr") for _ in range(2)] == [0, 0]
    assert capsys.readouterr().out.count("pull request: ") == 2
    path = "fixtures/promoted/refunds.jsonl"
    assert [json.loads(line)["id"] for line in rig.files()[path].splitlines()] == ["row-0", "row-1"]
    [pull] = rig.open_pulls()
    assert "wrong 0" in pull.body
    assert "Their code owners are asked: `@org/quality`" in pull.body
    kept = rig.files()[path].splitlines()[0]
    rig.commit(BRANCH, {path: f"{kept}\n"}, "Row 1 is no fault")
    merge_pull(rig.github, 1)
    assert _sync(repository, "--open-pr") == 0
    assert rig.open_pulls() == []
    (repository.parent / "store" / "rows.jsonl").write_bytes(lines(row(0), row(1), row(3)))
    assert _sync(repository, "--open-pr") == 0
    assert [json.loads(line)["id"] for line in rig.files()[path].splitlines()] == ["row-0", "row-3"]
    rejected = json.loads(rig.files()["rejections.jsonl"])
    assert (rejected["id"], rejected["reviewer"], rejected["pull"]) == ("row-1", "Ann", 1)
    assert "Row 1 is no fault" in rejected["reason"]


def test_a_dry_run_writes_what_would_be_sent_and_sends_nothing(repository: Path, rig: Rig, tmp_path: Path):
    out = tmp_path / "out"
    assert _sync(repository, "--open-pr", "--dry-run", str(out)) == 0
    names = [path.name for path in sorted(out.iterdir())]
    assert names == ["0001-push.json", "0002-create-pull.json", "0003-add-labels.json"]
    push, opened = (json.loads((out / name).read_text()) for name in names[:2])
    assert "row-0" in push["files"]["fixtures/promoted/refunds.jsonl"]
    assert (opened["body"]["head"], opened["body"]["base"]) == (BRANCH, "main")
    assert WORKFLOW_TOKEN not in "".join(path.read_text() for path in out.iterdir())
    assert (rig.github.pulls, rig.tip()) == ({}, "")
