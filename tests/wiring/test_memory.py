"""What a re-run is told of the runs before it: the heaviest record, and nothing that cannot be vouched for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gate_action.clients.stores.folder_shelf import FolderShelf
from gate_action.codec.evidence import encode_evidence
from gate_action.comparison.replay.first import ReplayFirst
from gate_action.comparison.screen_confirm.screening import NOTHING_KNOWN, ScreenAndConfirm
from gate_action.engine.finished import Finished
from gate_action.errors import StoreError
from gate_action.model.evidence import EvidenceRecord
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.spent import Spent
from gate_action.model.trial import Arm, Fault, Output, Stored, Trial, TrialError, TrialKey
from gate_action.wiring.memory import EvidenceShelf, Memory, evidence_shelves
from tests.codec.test_evidence import LOOK, SUBJECT
from tests.comparison.rows import plan, suite

KEY = "secret"


def record(run_id: str, *, runs: int = 1, is_rejected: bool = False, attempts: int = 1) -> EvidenceRecord:
    keys = [TrialKey("f0000", arm, attempt) for arm in Arm for attempt in range(attempts)]
    return EvidenceRecord(
        subject=SUBJECT,
        run_id=run_id,
        trials=tuple(Trial(key=key, outcome=Stored(0, 0)) for key in keys),
        scores=tuple(Scored(key=key, metric="answer", result=Score(value=1.0)) for key in keys),
        spent=Spent(runs=runs, looks=(replace(LOOK, is_rejected=is_rejected),)),
        runs=(run_id,),
    )


class Told(list[str]):
    """What was warned of."""


def memory(folder: Path, told: Told, *, is_trusted: bool = True, **more: object) -> Memory:
    given: dict[str, object] = {"run_id": "now", "key": ""} | more
    return Memory(
        subject=SUBJECT,
        shelves=(EvidenceShelf(shelf=FolderShelf(folder), is_trusted=is_trusted),),
        warn=told.append,
        log=told.append,
        fixture_ids=frozenset({"f0000", "f0001"}),
        metrics=frozenset({"answer"}),
        **given,  # type: ignore[arg-type]  # the tests' own keywords
    )


def put(folder: Path, held: EvidenceRecord, key: str = "", *, subject_key: str = SUBJECT.key) -> None:
    FolderShelf(folder).add({f"evidence/{subject_key}/{held.run_id}.json": encode_evidence(held, key)})


def test_without_any_record_nothing_is_known(tmp_path: Path):
    told = Told()
    assert memory(tmp_path, told).recall() == NOTHING_KNOWN
    assert told == []


def test_the_record_of_most_runs_counts_and_a_confirmed_drop_outweighs_it(tmp_path: Path):
    put(tmp_path, record("r1"))
    put(tmp_path, record("r2", runs=2, attempts=2))
    assert memory(tmp_path, Told()).recall().spent.runs == 2
    put(tmp_path, record("r3", is_rejected=True))
    assert [look.is_rejected for look in memory(tmp_path, Told()).recall().spent.looks] == [True]


def test_a_resumed_run_is_not_told_of_itself(tmp_path: Path):
    put(tmp_path, record("now"))
    assert memory(tmp_path, Told()).recall() == NOTHING_KNOWN


@pytest.mark.parametrize("signed_with", ["", "another key"])
def test_forged_evidence_in_a_folder_is_told_and_not_believed(tmp_path: Path, signed_with: str):
    put(tmp_path, record("r1"), signed_with)
    for key in (KEY, ""):
        told = Told()
        assert memory(tmp_path, told, is_trusted=False, key=key).recall() == NOTHING_KNOWN
        assert "is not signed with this run's GATE_EVIDENCE_KEY" in told[0]


def test_signed_evidence_in_a_folder_counts(tmp_path: Path):
    put(tmp_path, record("r1"), KEY)
    assert len(memory(tmp_path, Told(), is_trusted=False, key=KEY).recall().trials) == 2


def test_good_evidence_under_another_heads_name_is_not_taken(tmp_path: Path):
    other = replace(record("r1"), subject=replace(SUBJECT, head="x"))
    put(tmp_path, other, KEY)
    told = Told()
    assert memory(tmp_path, told, is_trusted=False, key=KEY).recall() == NOTHING_KNOWN
    assert "of another head, base or gate" in told[0]


@pytest.mark.parametrize("key", [TrialKey("stranger", Arm.HEAD, 0), TrialKey("f0000", Arm.HEAD, 1_000_000)])
def test_a_record_that_does_not_fit_the_suite_is_not_taken(tmp_path: Path, key: TrialKey):
    put(tmp_path, replace(record("r1"), trials=(Trial(key=key, outcome=Stored(0, 0)),), scores=()))
    assert memory(tmp_path, Told()).recall() == NOTHING_KNOWN


def test_a_torn_record_is_told_and_the_others_count(tmp_path: Path):
    put(tmp_path, record("r1"))
    (tmp_path / "evidence" / SUBJECT.key / "r2.json").write_bytes(b'{"schema_version":1')
    told = Told()
    assert memory(tmp_path, told).recall().spent.runs == 1
    assert "is no evidence of an earlier run" in told[0]


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path):
    put(tmp_path / "other", record("r1"))
    place = tmp_path / "shelf" / "evidence" / SUBJECT.key
    place.mkdir(parents=True)
    (place / "r1.json").symlink_to(tmp_path / "other" / "evidence" / SUBJECT.key / "r1.json")
    assert memory(tmp_path / "shelf", Told()).recall() == NOTHING_KNOWN


def finished(attempt: int, outcome: Output | TrialError, result: Score | NotScored) -> Finished:
    key = TrialKey("f0000", Arm.HEAD, attempt)
    scores = (Scored(key=key, metric="answer", result=result),)
    return Finished(trial=Trial(key=key, outcome=outcome), scores=scores)


def test_what_an_outage_spoilt_is_left_out_and_the_builds_own_failures_are_kept(tmp_path: Path):
    missing = NotScored(cause=NotScoredCause.TRIAL_ERROR)
    made = (
        finished(0, Output(content="a"), Score(value=1.0)),
        finished(1, TrialError(fault=Fault.PROVIDER, detail="429"), missing),
        finished(2, TrialError(fault=Fault.CRASHED, detail="exit 1"), Score(value=0.0)),
        finished(3, Output(content="a"), NotScored(cause=NotScoredCause.EVALUATOR_ERROR)),
    )
    procedure = ScreenAndConfirm(plan(suite(2)))
    first = memory(tmp_path, Told(), run_id="r1")
    first.recall()
    first.keep(procedure, made)
    known = memory(tmp_path, Told()).recall()
    assert [trial.key.attempt for trial in known.trials] == [0, 2]
    assert [scored.result for scored in known.scores] == [Score(value=1.0), Score(value=0.0)]


def test_a_run_writes_all_that_was_known_before_it_too(tmp_path: Path):
    put(tmp_path, record("r1"))
    second = memory(tmp_path, Told(), run_id="r2")
    procedure = ScreenAndConfirm(plan(suite(2)), known=second.recall())
    second.keep(procedure, (finished(7, Output(content="a"), Score(value=1.0)),))
    known = memory(tmp_path, Told()).recall()
    assert (len(known.trials), known.spent.runs) == (3, 2)


def test_a_fresh_trial_stands_and_a_replayed_one_gives_way(tmp_path: Path):
    put(tmp_path, record("r1"))
    second = memory(tmp_path, Told(), run_id="r2")
    procedure = ScreenAndConfirm(plan(suite(2)), known=second.recall())
    second.keep(procedure, (finished(0, Output(content="a"), Score(value=0.0)),))  # as a shard measures it again
    assert {row.result for row in memory(tmp_path, Told()).recall().scores} == {Score(value=1.0)}

    held = record("r3", runs=5)
    replayed = replace(held, trials=tuple(replace(trial, fresh=False) for trial in held.trials))
    put(tmp_path, replayed)
    fourth = memory(tmp_path, Told(), run_id="r4")
    fourth.keep(
        ReplayFirst(plan(suite(2)), known=fourth.recall()), (finished(0, Output(content="a"), Score(value=0.0)),)
    )
    known = memory(tmp_path, Told()).recall()
    assert known.spent.runs == 6
    assert [(t.key.arm, t.fresh) for t in sorted(known.trials, key=lambda t: t.key)] == [
        (Arm.BASE, False),
        (Arm.HEAD, True),
    ]


class Broken:
    """A shelf that cannot be had."""

    def place(self, name: str) -> str:
        return name

    def names(self, folder: str) -> tuple[str, ...]:
        raise StoreError(f"{folder} is away")

    def read(self, names: Sequence[str]) -> tuple[bytes, ...]:
        raise StoreError(f"{names} are away")

    def add(self, files: Mapping[str, bytes]) -> None:
        raise StoreError(f"{sorted(files)} cannot be written")


def test_a_store_that_is_away_is_told_and_ends_no_run():
    told = Told()
    broken = memory(Path(), told)
    broken.shelves = (EvidenceShelf(shelf=Broken(), is_trusted=True),)
    assert broken.recall() == NOTHING_KNOWN
    broken.keep(ScreenAndConfirm(plan(suite(2))), (finished(0, Output(content="a"), Score(value=1.0)),))
    assert "cannot be read" in told[0]
    assert "a re-run starts anew" in told[1]


def test_the_folder_comes_before_the_store_and_a_store_without_a_shelf_is_none(tmp_path: Path):
    assert evidence_shelves(object(), None) == ()
    (only,) = evidence_shelves(object(), tmp_path)
    assert not only.is_trusted
