"""What a path holds that is a run: our own files are read whole, and what is damaged is refused with its line."""

from dataclasses import replace
from pathlib import Path

import pytest

from gate_action.baselines.folder import Folder
from gate_action.clients.recordings import load_recording
from gate_action.codec.documents import encode_decision, encode_report
from gate_action.codec.recordings import Recording
from gate_action.codec.records import encode_score
from gate_action.errors import ConfigError
from gate_action.model.comparison import Finding, MetricComparison
from gate_action.model.decision import ReasonKind, not_evaluated
from gate_action.model.fixture import Slice
from gate_action.model.metric import Role
from gate_action.model.report import Report
from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, TrialKey
from tests.comparison.rows import fixture
from tests.run_folders import FINGERPRINT, write_run

SUITE = (fixture("f1", topic="refund", cluster="c"), fixture("f2", is_critical=True))


def told(recording: Recording) -> dict[TrialKey, float | NotScoredCause]:
    scores = recording.tell(Arm.HEAD, frozenset(recording.items), frozenset(recording.metrics))
    return {s.key: s.result.value if isinstance(s.result, Score) else s.result.cause for s in scores}


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        load_recording(path, Arm.HEAD)
    return f"{refused.value} {refused.value.hint}"


def test_a_run_folder_gives_the_arm_that_is_asked_for_with_fixtures_and_fingerprint(tmp_path: Path):
    run = write_run(tmp_path / "run", SUITE, lambda key: float(key.arm is Arm.HEAD))
    base, head = load_recording(run, Arm.BASE), load_recording(run, Arm.HEAD)
    assert set(told(base).values()) == {0.0}
    assert set(told(head).values()) == {1.0}
    assert head.fingerprint == FINGERPRINT
    assert head.fixtures["f1"].slices == (Slice("topic", "refund"),)
    assert head.fixtures["f2"].is_critical
    assert head.digests == {one.id: one.digest for one in SUITE}


def test_the_roles_by_which_a_run_was_judged_are_kept(tmp_path: Path):
    run = write_run(tmp_path / "run", SUITE, lambda _: 1.0)
    metric = MetricComparison(
        metric="answer", role=Role.SECONDARY, finding=Finding.PASS, difference=None, head_mean=1.0
    )
    decision = replace(not_evaluated(ReasonKind.TIME_SPENT, "x"), metrics=(metric,))
    (run / "decision.json").write_bytes(encode_decision(decision))
    assert load_recording(run, Arm.HEAD).roles == {"answer": Role.SECONDARY}


def test_a_missing_score_stays_missing_with_its_cause(tmp_path: Path):
    gone = NotScored(cause=NotScoredCause.TRIAL_ERROR, detail="429")
    run = write_run(tmp_path / "run", SUITE, lambda key: gone if key.attempt == 1 else 1.0)
    assert told(load_recording(run, Arm.HEAD))[TrialKey("f1", Arm.HEAD, 1)] is NotScoredCause.TRIAL_ERROR


def test_re_runs_beyond_the_full_rounds_do_not_count(tmp_path: Path):
    run = write_run(tmp_path / "run", SUITE, lambda _: 1.0, trials=2)
    extra = Scored(key=TrialKey("f2", Arm.HEAD, 2), metric="answer", result=Score(value=0.0))
    with (run / "scores.jsonl").open("ab") as file:
        file.write(encode_score(extra))
    recording = load_recording(run, Arm.HEAD)
    assert recording.rounds == 2
    assert len(told(recording)) == 4


def test_a_run_that_was_cut_short_in_its_first_round_is_refused(tmp_path: Path):
    run = write_run(tmp_path / "run", SUITE, lambda _: 1.0, trials=1)
    lines = (run / "scores.jsonl").read_bytes().splitlines(keepends=True)
    (run / "scores.jsonl").write_bytes(b"".join(lines[:2]))
    assert "not one attempt was made of every fixture" in refusal(run)


@pytest.mark.parametrize("name", ["scores.jsonl", "fixtures.jsonl"])
def test_a_line_that_was_altered_is_told_with_its_place(tmp_path: Path, name: str):
    run = write_run(tmp_path / "run", SUITE, lambda _: 1.0)
    lines = (run / name).read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"f", b"g", 1)
    (run / name).write_bytes(b"".join(lines))
    assert f"{run / name}:2: the line's checksum does not hold" in refusal(run)


def test_of_a_score_that_a_resumed_run_wrote_again_the_last_counts(tmp_path: Path):
    run = write_run(tmp_path / "run", SUITE, lambda _: 1.0, trials=1)
    again = Scored(key=TrialKey("f2", Arm.HEAD, 0), metric="answer", result=Score(value=0.5))
    with (run / "scores.jsonl").open("ab") as file:
        file.write(encode_score(again) * 2)
    assert told(load_recording(run, Arm.HEAD)) == {TrialKey("f1", Arm.HEAD, 0): 1.0, TrialKey("f2", Arm.HEAD, 0): 0.5}


def stored(value: float, *, run_id: str = "r", fingerprint: Fingerprint = FINGERPRINT) -> EvalRun:
    return EvalRun(
        run_id=run_id,
        revision=Revision(sha="a" * 40),
        fingerprint=fingerprint,
        fixtures={one.id: one.digest for one in SUITE},
        scores=tuple(
            Scored(key=TrialKey(one.id, Arm.BASE, attempt), metric="answer", result=Score(value=value))
            for one in SUITE
            for attempt in range(2)
        ),
    )


def test_a_baseline_record_is_a_run(tmp_path: Path):
    Folder(path=str(tmp_path)).save(stored(1.0))
    (record,) = tmp_path.glob("*/*.json")
    recording = load_recording(record, Arm.HEAD)
    assert told(recording) == {(one.id, Arm.HEAD, attempt): 1.0 for one in SUITE for attempt in range(2)}
    assert recording.digests == {one.id: one.digest for one in SUITE}


def test_the_records_of_one_commit_are_pooled(tmp_path: Path):
    store = Folder(path=str(tmp_path))
    store.save(stored(1.0))
    store.save(stored(0.0, run_id="again"))
    recording = load_recording(tmp_path / ("a" * 40), Arm.HEAD)
    assert sorted(told(recording).values()) == [0.0] * 4 + [1.0] * 4
    assert {key.attempt for key in told(recording)} == {0, 1, 2, 3}


def test_records_of_two_fingerprints_are_not_pooled(tmp_path: Path):
    store = Folder(path=str(tmp_path))
    store.save(stored(1.0))
    store.save(stored(1.0, fingerprint=replace(FINGERPRINT, evaluators="other")))
    assert "were not made alike" in refusal(tmp_path / ("a" * 40))


def report(run_folder: str) -> bytes:
    return encode_report(
        Report(
            gate_id="g",
            tool_version="0",
            run_id="r",
            started_at="2026-11-23T10:00:00+00:00",
            duration_s=1.0,
            revisions=None,
            decision=not_evaluated(ReasonKind.TIME_SPENT, "x"),
            suite_digest="",
            fixtures=0,
            slices=0,
            reproduce="",
            run_folder=run_folder,
        )
    )


def test_a_report_leads_to_its_run_folder(tmp_path: Path):
    run = write_run(tmp_path / "run", SUITE, lambda _: 1.0)
    (tmp_path / "report.json").write_bytes(report(str(run)))
    assert set(told(load_recording(tmp_path / "report.json", Arm.HEAD)).values()) == {1.0}


def test_a_report_whose_run_folder_is_elsewhere_says_what_to_give_instead(tmp_path: Path):
    (tmp_path / "report.json").write_bytes(report(str(tmp_path / "gone")))
    assert "baseline record of the same run" in refusal(tmp_path / "report.json")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.json", "{}", "neither a baseline record"),
        ("x.json", "[", "neither a baseline record"),
        ("x.txt", "", "is no run that can be read"),
    ],
)
def test_other_files_are_refused_with_what_would_do(tmp_path: Path, name: str, content: str, words: str):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert words in refusal(tmp_path / name)


def test_nothing_there_and_an_empty_folder_are_refused(tmp_path: Path):
    assert "there is no" in refusal(tmp_path / "none")
    assert "holds no baseline record" in refusal(tmp_path)
