import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.baselines.folder import Folder
from gate_action.codec.baselines import RecordError, decode_baseline, encode_baseline, name_record
from gate_action.errors import StoreError
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline, Revision
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, TrialKey

BASE, OLDER = Revision(sha="a" * 40, tree="t"), Revision(sha="b" * 40)
PRINT = Fingerprint(suite="s", evaluators="e", target="t")
RESULTS = st.floats(0, 1).map(lambda value: Score(value=value)) | st.sampled_from(NotScoredCause).map(
    lambda cause: NotScored(cause=cause)
)


def scored(fixture_id: str, attempt: int, value: float = 1.0) -> Scored:
    return Scored(key=TrialKey(fixture_id, Arm.BASE, attempt), metric="answer", result=Score(value=value))


def run(run_id: str = "r1", revision: Revision = BASE, values: tuple[float, ...] = (1.0, 0.0)) -> EvalRun:
    scores = tuple(scored("f", attempt, value) for attempt, value in enumerate(values))
    return EvalRun(run_id=run_id, revision=revision, fingerprint=PRINT, fixtures={"f": "sha256:1"}, scores=scores)


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(path=str(tmp_path / "runs"))


def found(outcome: Baseline | NoBaseline) -> Baseline:
    assert isinstance(outcome, Baseline), outcome
    return outcome


def test_a_saved_run_is_found_again(store):
    store.save(run())

    assert store.find([BASE], PRINT) == Baseline(runs=(run(),), commits_older=0)


def test_saving_the_same_run_twice_changes_nothing(store):
    store.save(run())
    store.save(run())

    assert len(found(store.find([BASE], PRINT)).runs) == 1


def test_all_runs_of_one_commit_are_found_as_they_were_saved(store):
    runs = [run(f"r{number}", values=(1.0, 0.0)[: 1 + number % 2]) for number in range(3)]
    for one in runs:
        store.save(one)

    assert sorted(found(store.find([BASE], PRINT)).runs, key=lambda one: one.run_id) == runs


def test_the_nearest_commit_that_has_a_run_is_taken_and_its_distance_told(store):
    store.save(run("old", OLDER))

    baseline = found(store.find([BASE, OLDER], PRINT))

    assert baseline.commits_older == 1
    assert baseline.runs[0].revision == OLDER


@pytest.mark.parametrize("part", ["target", "evaluators"])
def test_a_run_of_another_target_or_other_evaluators_is_missing_and_not_old(store, part: str):
    store.save(run())

    outcome = store.find([BASE], replace(PRINT, **{part: "other"}))

    assert isinstance(outcome, NoBaseline)
    assert outcome.reason == (
        "none of the 1 commits up to aaaaaaaaaa has a stored run of these evaluators and target; 1 of others"
    )


def test_a_run_of_another_suite_is_found_since_each_fixtures_digest_decides(store):
    store.save(run())
    assert found(store.find([BASE], replace(PRINT, suite="other"))).runs


def test_a_store_that_does_not_exist_yet_holds_nothing(store):
    assert isinstance(store.find([BASE], PRINT), NoBaseline)
    assert isinstance(store.find([], PRINT), NoBaseline)


@pytest.mark.parametrize("partial", [replace(run(), is_complete=False), replace(run(), scores=())])
def test_a_partial_run_is_never_stored(store, partial):
    with pytest.raises(StoreError, match="partial runs are never stored"):
        store.save(partial)

    assert isinstance(store.find([BASE], PRINT), NoBaseline)


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[:-20], lambda content: b"", lambda content: content.replace(b"1.0", b"0.9")],
    ids=["torn", "empty", "altered"],
)
def test_a_damaged_record_is_an_error_that_names_it_and_says_what_to_do(store, damage):
    store.save(run())
    (record,) = (Path(store.path) / BASE.sha).iterdir()
    record.write_bytes(damage(record.read_bytes()))

    with pytest.raises(StoreError, match=record.name) as refusal:
        store.find([BASE], PRINT)

    assert "delete the file" in refusal.value.hint


def test_a_record_under_another_commits_name_is_an_error(store):
    store.save(run())
    (Path(store.path) / BASE.sha).rename(Path(store.path) / OLDER.sha)

    with pytest.raises(StoreError, match="is of commit aaaaaaaaaa"):
        store.find([OLDER], PRINT)


def test_what_a_killed_writer_left_behind_is_no_record(store):
    store.save(run())
    (Path(store.path) / BASE.sha / ".abc.part").write_bytes(b"half")

    assert len(found(store.find([BASE], PRINT)).runs) == 1


def test_a_name_that_is_no_sha_cannot_lead_out_of_the_folder(store):
    with pytest.raises(StoreError, match="is no commit's SHA"):
        store.save(run(revision=Revision(sha="../../etc")))


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreError, match="cannot be written"):
        Folder(path=str(tmp_path / "file")).save(run())


@given(
    scores=st.dictionaries(st.tuples(st.text(max_size=3), st.integers(0, 5), st.sampled_from(["m", "n"])), RESULTS),
    data=st.data(),
)
def test_a_record_is_read_as_what_was_written_in_whatever_order_scores_came(scores, data):
    rows = [
        Scored(key=TrialKey(fixture_id, Arm.BASE, attempt), metric=metric, result=result)
        for (fixture_id, attempt, metric), result in scores.items()
    ]
    whole = replace(run(), scores=tuple(rows), fixtures={fixture_id: "d" for fixture_id, _, _ in scores})
    content = encode_baseline(whole)

    shuffled = replace(whole, scores=tuple(data.draw(st.permutations(rows))))

    decoded = decode_baseline(content, name_record(content))
    assert set(decoded.scores) == set(rows)
    assert replace(decoded, scores=()) == replace(whole, scores=())
    assert encode_baseline(shuffled) == content


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 2},
        {"schema_version": None},
        {"more": 1},
        {"scores": [{"fixture_id": "f", "attempt": 0, "metric": "m", "value": 2.0}]},
        {"scores": [{"fixture_id": "f", "attempt": 0, "metric": "m"}]},
        {"scores": [{"fixture_id": "f", "attempt": -1, "metric": "m", "value": 1.0}]},
        {"scores": [{"fixture_id": "g", "attempt": 0, "metric": "m", "value": 1.0}]},
        {"scores": [{"fixture_id": "f", "attempt": 0, "metric": "m", "value": 1.0}] * 2},
        {"scores": [{"fixture_id": "f", "attempt": 0, "metric": "m", "value": 1.0, "cause": "trial_error"}]},
    ],
)
def test_bytes_that_are_no_record_of_ours_are_refused(change):
    content = json.dumps(json.loads(encode_baseline(run())) | change).encode()

    with pytest.raises(RecordError):
        decode_baseline(content, name_record(content))
