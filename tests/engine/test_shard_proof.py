"""What a merge believes: shards that are all there, of its own run, and unaltered. All else is told and refused."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gate_action.codec.documents import Manifest, Shard, ShardManifest, encode_shard
from gate_action.codec.records import seal, unseal
from gate_action.engine.journal import Journal
from gate_action.engine.readback import read_back
from gate_action.engine.shard_files import seal_files
from gate_action.engine.shard_proof import find_shards, prove_complete, take_over
from gate_action.engine.shards import ShardError, clusters_of, digest_clusters, ids_of
from gate_action.model.fixture import Fixture
from gate_action.model.run import Revision
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Fault, Output, Trial, TrialError, TrialKey, Usage
from tests.run_folders import FINGERPRINT, manifest

FIXTURES = tuple(Fixture(id=f"f{place}", input="x", cluster="c" if place < 3 else "") for place in range(8))
RUN = manifest()
METRICS = frozenset({"answer"})
Alter = Callable[[Path], None]


def write_shard(
    folder: Path, index: int, *, count: int = 2, attempt: int = 1, run: Manifest = RUN, refused: str = ""
) -> Path:
    shard = Shard(index=index, count=count)
    ids = sorted(ids_of(FIXTURES, shard))
    with Journal(folder) as journal:
        for name in ids:
            key = TrialKey(name, Arm.HEAD, 0)
            outcome = TrialError(fault=Fault.CRASHED, detail="died") if name == "f3" else Output(content=name)
            journal.add_trial(Trial(key=key, outcome=outcome))
            journal.add_scores([Scored(key=key, metric="answer", result=Score(value=0.5))])
    reseal(folder, run=replace(run, shard=shard), attempt=attempt, trials=len(ids), refused=refused)
    return folder


def reseal(folder: Path, *, run: Manifest, attempt: int = 1, trials: int = 0, refused: str = "") -> None:
    shard = run.shard or Shard(index=0, count=0)
    told = ShardManifest(
        run=run,
        attempt=attempt,
        clusters=digest_clusters(clusters_of(FIXTURES, shard)) if shard.count else "",
        trials=trials,
        files=seal_files(folder),
        refused=refused,
    )
    (folder / "shard.json").write_bytes(encode_shard(told))


def both(tmp_path: Path) -> list[Path]:
    return [write_shard(tmp_path / f"s{index}", index) for index in (1, 2)]


def merge(folders: list[Path], place: Path) -> int:
    with Journal(place) as journal:
        return take_over(prove_complete(find_shards(folders), RUN, FIXTURES), journal, FIXTURES, METRICS)


def test_whole_shards_are_taken_over_as_if_measured_here(tmp_path: Path):
    assert merge(both(tmp_path), tmp_path / "merged") == len(FIXTURES)
    found = read_back(tmp_path / "merged")
    assert {key.fixture_id for key in found.trials} == {f.id for f in FIXTURES}
    assert all(len(scores) == 1 for scores in found.scores.values())
    assert isinstance(found.trials[TrialKey("f3", Arm.HEAD, 0)].outcome, TrialError)


def test_a_folder_may_hold_the_folders_of_the_shards(tmp_path: Path):
    both(tmp_path / "artifacts")
    (tmp_path / "artifacts" / "logs").mkdir()
    assert merge([tmp_path / "artifacts"], tmp_path / "merged") == len(FIXTURES)


def test_the_newest_attempt_of_a_shard_wins(tmp_path: Path):
    refused = write_shard(tmp_path / "old", 1, refused="budget spent")
    newest = write_shard(tmp_path / "new", 1, attempt=2)
    other = write_shard(tmp_path / "other", 2)
    chosen = prove_complete(find_shards([refused, newest, other]), RUN, FIXTURES)
    assert [one.folder for one in chosen] == [newest, other]
    newest_refused = write_shard(tmp_path / "newer", 1, attempt=10, refused="no key")
    with pytest.raises(ShardError, match=r"shard 1/2 \(attempt 10\) could not measure: no key"):
        prove_complete(find_shards([newest, newest_refused, other]), RUN, FIXTURES)


def test_every_missing_shard_is_named(tmp_path: Path):
    folder = write_shard(tmp_path / "s", 2, count=4)
    with pytest.raises(ShardError, match="of 4 shards, 1, 3, 4 are missing"):
        prove_complete(find_shards([folder]), RUN, FIXTURES)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (replace(RUN, revisions=replace(RUN.revisions, head=Revision(sha="c" * 40))), "head cccccccccc"),
        (replace(RUN, fingerprint=replace(FINGERPRINT, suite="other")), "the suite of its gate is not this run's"),
        (replace(RUN, fingerprint=replace(FINGERPRINT, evaluators="x")), "the evaluators of its gate are not"),
        (replace(RUN, config_digest="other"), "its config digest is other"),
        (replace(RUN, gate_id="other"), "its gate id is other"),
        (replace(RUN, tool_version="9"), "its tool version is 9"),
    ],
)
def test_a_shard_of_another_run_is_stale_and_told_by_what(tmp_path: Path, other: Manifest, words: str):
    folders = [write_shard(tmp_path / "1", 1, run=other), write_shard(tmp_path / "2", 2)]
    with pytest.raises(ShardError, match=f"shard 1/2 .* is stale: .*{words}"):
        prove_complete(find_shards(folders), RUN, FIXTURES)


def test_one_shard_twice_and_shards_of_two_counts_are_refused(tmp_path: Path):
    folders = [*both(tmp_path), write_shard(tmp_path / "again", 1)]
    with pytest.raises(ShardError, match="is there twice"):
        prove_complete(find_shards(folders), RUN, FIXTURES)
    folders = [write_shard(tmp_path / "three", 3, count=3), *folders[:2]]
    with pytest.raises(ShardError, match="is one of 2, and there are 3"):
        prove_complete(find_shards(folders), RUN, FIXTURES)


def test_a_run_that_was_no_shard_is_none(tmp_path: Path):
    folder = write_shard(tmp_path / "s", 1)
    reseal(folder, run=RUN)
    with pytest.raises(ShardError, match="is of no shard"):
        prove_complete(find_shards([folder]), RUN, FIXTURES)


def cut_off(folder: Path) -> None:
    content = (folder / "trials.jsonl").read_bytes()
    (folder / "trials.jsonl").write_bytes(b"".join(content.splitlines(keepends=True)[:-1]))


def link_outputs(folder: Path) -> None:
    (folder / "outputs.jsonl").rename(folder.parent / "elsewhere")
    (folder / "outputs.jsonl").symlink_to(folder.parent / "elsewhere")


def link_manifest(folder: Path) -> None:
    (folder / "shard.json").rename(folder.parent / "elsewhere")
    (folder / "shard.json").symlink_to(folder.parent / "elsewhere")


def pipe_scores(folder: Path) -> None:
    (folder / "scores.jsonl").unlink()
    os.mkfifo(folder / "scores.jsonl")


def seal_other_files(folder: Path) -> None:
    told = json.loads((folder / "shard.json").read_text())
    told["files"] = {"../../etc/passwd": told["files"]["trials.jsonl"]}
    (folder / "shard.json").write_text(json.dumps(told))


def grow_manifest(folder: Path) -> None:
    told = json.loads((folder / "shard.json").read_text())
    (folder / "shard.json").write_text(json.dumps(told | {"more": "x" * (1 << 20)}))


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (cut_off, "cut off or altered"),
        (lambda folder: (folder / "scores.jsonl").unlink(), "cannot be read"),
        (lambda folder: (folder / "shard.json").write_text("[]"), "shard.json"),
        (link_outputs, "cannot be read"),
        (link_manifest, "cannot be read"),
        (pipe_scores, "no file"),
        (seal_other_files, "seals"),
        (grow_manifest, "longer than"),
    ],
)
def test_a_shard_that_is_not_as_it_was_written_is_refused(tmp_path: Path, alter: Alter, words: str):
    folders = both(tmp_path)
    alter(folders[1])
    with pytest.raises(ShardError, match=words):
        merge(folders, tmp_path / "merged")


MINE = TrialKey(min(ids_of(FIXTURES, Shard(index=1, count=2))), Arm.HEAD, 0)
FOREIGN = TrialKey(min(ids_of(FIXTURES, Shard(index=2, count=2))), Arm.HEAD, 0)


@pytest.mark.parametrize(
    ("trial", "metric", "words"),
    [
        (Trial(key=FOREIGN, outcome=Output(content="x")), "answer", "was not to try"),
        (Trial(key=MINE._replace(attempt=-1), outcome=Output(content="x")), "answer", "was not to try"),
        (Trial(key=MINE, outcome=Output(content="x")), "other", "no metric of this gate"),
        (Trial(key=MINE, outcome=Output(content="x"), usage=Usage(cost_usd=1e308)), "answer", "out of bounds"),
        (Trial(key=MINE, outcome=Output(content="x"), usage=Usage(input_tokens=-1)), "answer", "out of bounds"),
        (Trial(key=MINE, outcome=Output(content="x"), tries=-3), "answer", "out of bounds"),
    ],
)
def test_a_well_sealed_shard_is_still_not_believed_beyond_its_own_part(
    tmp_path: Path, trial: Trial, metric: str, words: str
):
    folder = tmp_path / "s1"
    with Journal(folder) as journal:
        journal.add_trial(trial)
        journal.add_scores([Scored(key=trial.key, metric=metric, result=Score(value=1.0))])
    reseal(folder, run=replace(RUN, shard=Shard(index=1, count=2)), trials=1)
    with pytest.raises(ShardError, match=words):
        merge([folder, write_shard(tmp_path / "s2", 2)], tmp_path / "merged")


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("scores.jsonl", b'"value":0.5', b'"value":7.5'),
        ("trials.jsonl", b'"output_at":[0,', b'"output_at":[9,'),
        ("outputs.jsonl", b'"attempt":0', b'"attempt":1'),
    ],
)
def test_records_that_do_not_hold_together_are_refused(tmp_path: Path, name: str, before: bytes, after: bytes):
    folders = both(tmp_path)
    lines = (folders[0] / name).read_bytes().splitlines(keepends=True)
    forged = [seal(unseal(line).replace(before, after)) for line in lines]
    assert forged != lines
    (folders[0] / name).write_bytes(b"".join(forged))
    reseal(folders[0], run=replace(RUN, shard=Shard(index=1, count=2)), trials=len(lines))
    with pytest.raises(ShardError):
        merge(folders, tmp_path / "merged")


def test_fewer_trials_than_the_shard_tells_are_refused(tmp_path: Path):
    folders = both(tmp_path)
    reseal(folders[0], run=replace(RUN, shard=Shard(index=1, count=2)), trials=99)
    with pytest.raises(ShardError, match="holds 4 trials, not 99"):
        merge(folders, tmp_path / "merged")


def test_a_place_without_shards_is_told(tmp_path: Path):
    with pytest.raises(ShardError, match="holds no shard"):
        find_shards([tmp_path])
    (tmp_path / "link").symlink_to(write_shard(tmp_path / "s", 1))
    with pytest.raises(ShardError, match="is no folder"):
        find_shards([tmp_path / "link"])
    with pytest.raises(ShardError, match="is no folder"):
        find_shards([tmp_path / "nothing"])
