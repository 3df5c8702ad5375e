from pathlib import Path

import pytest

from gate_action.baselines.folder import Folder
from gate_action.clients.files import FolderFiles
from gate_action.clients.git.repository import Git
from gate_action.config.loading import load_config
from gate_action.model.fixture import Fixture
from gate_action.model.run import EvalRun, Revision
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, TrialKey
from gate_action.wiring.commands.measured_rows import find_scores
from tests.baselines.records import PRINT
from tests.repositories import Repository

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}, tone: {evaluator: exact_match, role: secondary}}
baselines: {store: folder, options: {path: ../store}}
"""
ROW, OTHER = Fixture(id="row", input="Where is it?"), Fixture(id="other", input="Why?")


def _scored(name: str, attempt: int, value: float | None, metric: str = "answer") -> Scored:
    result = NotScored(cause=NotScoredCause.TRIAL_ERROR) if value is None else Score(value=value)
    return Scored(key=TrialKey(name, Arm.BASE, attempt), metric=metric, result=result)


@pytest.fixture
def main(tmp_path: Path) -> Repository:
    """Main measured the row, and another row under an id that is proposed too; then it moved on by a commit."""
    repository = Repository.create(tmp_path / "app")
    sha = repository.commit({"gate.yaml": GATE})
    scores = (_scored("row", 0, 1.0), _scored("row", 1, 0.0), _scored("row", 2, None), _scored("row", 0, 0.9, "tone"))
    run = EvalRun(
        run_id="20260101T000000Z-00000000",
        revision=Revision(sha=sha, tree="a" * 40),
        fingerprint=PRINT,
        fixtures={"row": ROW.digest, "other": "sha256:" + "0" * 64},
        scores=(*scores, _scored("other", 0, 1.0)),
    )
    Folder(path=str(tmp_path / "store")).save(run)
    repository.commit({"README.md": "An app."})
    return repository


def _find(main: Repository, *rows: Fixture) -> dict[str, float]:
    git = Git.find(main.folder)
    config = load_config(FolderFiles(main.folder))
    return dict(find_scores(config, git.files(git.resolve("HEAD")), rows, {}, main.folder))


def test_the_mean_of_mains_primary_metrics_on_exactly_this_row_is_told(main: Repository):
    assert _find(main, ROW, OTHER, Fixture(id="new", input="?")) == {"row": 0.5}


def test_a_store_that_cannot_be_read_leaves_rows_unmeasured(main: Repository, caplog: pytest.LogCaptureFixture):
    [record] = (main.folder.parent / "store").rglob("*.json")
    record.write_text("{}")
    assert _find(main, ROW) == {}
    assert "cannot be read" in caplog.text
