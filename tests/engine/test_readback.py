"""Going on with an interrupted run."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gate_action.codec.documents import Manifest, Shard
from gate_action.engine.asking import BuildBrokenError
from gate_action.engine.finished import Finished
from gate_action.engine.journal import Journal
from gate_action.engine.readback import check_same_run, read_back
from gate_action.engine.trials import Engine
from gate_action.errors import ConfigError, TargetStartError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.run import BaseRule, Fingerprint, Revision, Revisions
from gate_action.model.score import Score
from gate_action.model.trial import Arm, Attempt, Fault, TrialKey
from tests.engine.conftest import OpenEngine
from tests.engine.rig import ScriptedBuild, both_arms, failure

ASKED = both_arms("a", "b", attempts=2)


async def measured(open_engine: OpenEngine, base: ScriptedBuild, head: ScriptedBuild) -> Engine:
    engine = open_engine(base, head)
    await engine.fulfil(ASKED)
    engine.journal.close()
    return engine


def in_order(engine: Engine) -> tuple[Finished, ...]:
    by_key = {one.trial.key: one for one in engine.finished}
    return tuple(by_key[request.key] for request in ASKED)


def resumed(open_engine: OpenEngine, folder: Path, head: ScriptedBuild | None = None) -> Engine:
    engine = open_engine(ScriptedBuild(), head or ScriptedBuild())
    engine.journal.close()
    engine.journal = Journal(folder, is_resumed=True)
    engine.resume(read_back(folder))
    return engine


async def test_nothing_that_was_finished_is_made_again(open_engine: OpenEngine):
    first = await measured(open_engine, ScriptedBuild(), ScriptedBuild({"b": [failure(Fault.CRASHED)]}))
    head = ScriptedBuild()
    again = resumed(open_engine, first.journal.folder, head)
    assert tuple(await again.fulfil(ASKED)) == in_order(first)
    assert head.seen == []
    assert again.asker.purse.calls == first.asker.purse.calls
    again.journal.close()


@pytest.mark.parametrize("name", ["trials.jsonl", "scores.jsonl", "outputs.jsonl"])
async def test_a_file_cut_off_anywhere_is_gone_on_from_and_ends_the_same(open_engine: OpenEngine, name: str):
    first = await measured(open_engine, ScriptedBuild(), ScriptedBuild())
    whole = {path.name: path.read_bytes() for path in first.journal.folder.glob("*.jsonl")}
    for cut in range(0, len(whole[name]), 37):
        for path, content in whole.items():
            (first.journal.folder / path).write_bytes(content)
        (first.journal.folder / name).write_bytes(whole[name][:cut])
        again = resumed(open_engine, first.journal.folder)
        told = await again.fulfil(ASKED)
        assert [(one.trial.key, one.scores) for one in told] == [(one.trial.key, one.scores) for one in in_order(first)]
        again.journal.close()


async def test_a_torn_last_record_is_dropped_with_a_word(open_engine: OpenEngine):
    first = await measured(open_engine, ScriptedBuild(), ScriptedBuild())
    scores = first.journal.folder / "scores.jsonl"
    scores.write_bytes(scores.read_bytes()[:-5])
    assert read_back(first.journal.folder).torn == ("scores.jsonl:8 was cut off and is dropped",)
    assert read_back(first.journal.folder).torn == ()


async def test_an_altered_record_before_the_last_is_refused_with_its_line(open_engine: OpenEngine):
    first = await measured(open_engine, ScriptedBuild(), ScriptedBuild())
    scores = first.journal.folder / "scores.jsonl"
    scores.write_bytes(scores.read_bytes().replace(b'"value":1.0', b'"value":0.0', 1))
    with pytest.raises(ConfigError, match=r"scores\.jsonl:1"):
        read_back(first.journal.folder)


async def test_a_failure_is_charged_by_bases_answers_though_they_came_after_the_resumption(open_engine: OpenEngine):
    async def cut_off(fixture: Fixture, attempt: int) -> Attempt:
        await asyncio.sleep(0.01)  # head has failed by then
        raise TargetStartError("the power went")

    head = ScriptedBuild({"a": [failure(Fault.CRASHED)]})
    engine = open_engine(cut_off, head, limits=Limits(concurrency=1, target_retries=0))
    with pytest.raises(BuildBrokenError):
        await engine.fulfil(reversed(both_arms("a")))
    engine.journal.close()
    found = read_back(engine.journal.folder)
    again = resumed(open_engine, engine.journal.folder)
    told = await again.fulfil(both_arms("a"))
    assert told[1].trial.key == TrialKey("a", Arm.HEAD, 0)
    assert told[1].scores[0].result == Score(value=0.0)
    assert found.scores == {}
    again.journal.close()


def test_a_folder_that_another_run_writes_to_is_refused(tmp_path: Path):
    with Journal(tmp_path / "run"), pytest.raises(ConfigError, match="another run writes"):
        Journal(tmp_path / "run", is_resumed=True)


@pytest.mark.parametrize("name", ["lock", "trials.jsonl", "outputs.jsonl", "scores.jsonl"])
@pytest.mark.parametrize("kind", ["a link", "a folder"])
def test_a_folder_whose_files_are_none_of_ours_is_refused_in_words(tmp_path: Path, name: str, kind: str):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / name).symlink_to(tmp_path) if kind == "a link" else (folder / name).mkdir()
    with pytest.raises(ConfigError, match=rf"{name} cannot be written: .*"):
        Journal(folder, is_resumed=True)


def test_another_run_is_refused_by_what_makes_it_another():
    base, head = Revision(sha="b" * 40), Revision(sha="a" * 40)
    revisions = Revisions(head=head, base=base, rule=BaseRule.MERGE_BASE)
    ours = Manifest(
        run_id="r",
        gate_id="gate",
        revisions=revisions,
        fingerprint=Fingerprint(suite="s", evaluators="e", target="t"),
        config_digest="c",
        tool_version="1",
        started_at="",
    )
    check_same_run(replace(ours, run_id="other"), ours)
    for theirs, said in (
        (replace(ours, revisions=replace(revisions, head=Revision(sha="c" * 40))), "base bbbbbbbbbb, head cccccccccc"),
        (replace(ours, fingerprint=replace(ours.fingerprint, suite="x")), "the suite of its gate is not this run's"),
        (replace(ours, config_digest="x"), "its config digest is x, and this run's c"),
        (replace(ours, shard=Shard(index=1, count=2)), "it is shard 1/2, and this is a whole run"),
    ):
        with pytest.raises(ConfigError, match=said):
            check_same_run(theirs, ours)
