"""The run folder: private, one run a folder, readable while it grows and after it is closed."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gate_action.codec.records import decode_output
from gate_action.engine.journal import Journal, holds_run
from gate_action.engine.readback import read_back
from gate_action.errors import ConfigError, StoreError
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Output, Stored, Trial, TrialKey

KEY = TrialKey("a", Arm.HEAD, 0)


def test_the_folder_and_its_files_are_for_this_user_alone(tmp_path: Path):
    (tmp_path / "run").mkdir(mode=0o755)
    with Journal(tmp_path / "run") as journal:
        journal.add_trial(Trial(key=KEY, outcome=Output(content="x")))
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "run").iterdir()} == {0}


def test_a_second_run_in_one_folder_is_refused(tmp_path: Path):
    with Journal(tmp_path / "run") as journal:
        with pytest.raises(ConfigError, match="another run writes to"):
            Journal(tmp_path / "run")
        journal.add_trial(Trial(key=KEY, outcome=Output(content="x")))
    with pytest.raises(ConfigError, match="holds a run already"):
        Journal(tmp_path / "run")


def test_a_folder_whose_run_was_killed_before_it_measured_anything_takes_a_new_one(tmp_path: Path):
    with Journal(tmp_path / "run") as journal:
        journal.write_fixtures([])
    assert not holds_run(tmp_path / "run")
    with Journal(tmp_path / "run") as journal:
        journal.add_trial(Trial(key=KEY, outcome=Output(content="x")))
    assert holds_run(tmp_path / "run")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Writing beyond ``size`` fails, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_with_the_folder_and_how_to_go_on(tmp_path: Path):
    with Journal(tmp_path / "run") as journal:
        trial = Trial(key=KEY, outcome=Output(content="x" * 5000))
        with files_of_at_most(1000), pytest.raises(StoreError, match=r"run folder .* cannot be written") as caught:
            journal.add_trial(trial)
    assert "--resume" in caught.value.hint


def test_a_folder_that_cannot_be_made_is_an_argument_to_mend(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be made") as caught:
        Journal(tmp_path / "file" / "run")
    assert "--run-folder" in caught.value.hint


def test_outputs_are_found_by_their_place_before_and_after_closing(tmp_path: Path):
    with Journal(tmp_path / "run") as journal:
        trials = [
            journal.add_trial(Trial(key=TrialKey("a", Arm.HEAD, attempt), outcome=Output(content="ä" * attempt)))
            for attempt in range(5)
        ]
        places = [trial.outcome for trial in trials if isinstance(trial.outcome, Stored)]
        assert [journal.read_output(place).content for place in places] == ["ä" * attempt for attempt in range(5)]
    assert journal.read_output(places[-1]).content == "ääää"


def test_reasons_are_read_back_for_the_wanted_trials_only(tmp_path: Path):
    other = TrialKey("b", Arm.HEAD, 0)
    with Journal(tmp_path / "run") as journal:
        for key in (KEY, other):
            journal.add_scores([Scored(key=key, metric="m", result=Score(value=0.5, reason=f"of {key.fixture_id}"))])
        found = journal.read_reasons(frozenset({KEY}))
    assert set(found) == {KEY}
    assert found[KEY]["m"].result == Score(value=0.5, reason="of a")


def test_what_a_full_disk_cut_short_is_gone_on_with_once_there_is_room(tmp_path: Path):
    with Journal(tmp_path / "run") as journal:
        trial = Trial(key=KEY, outcome=Output(content="x" * 5000))
        with files_of_at_most(1000), pytest.raises(StoreError):
            journal.add_trial(trial)
        journal.add_trial(Trial(key=KEY._replace(attempt=1), outcome=Output(content="y")))
    lines = (tmp_path / "run" / "outputs.jsonl").read_bytes().splitlines(keepends=True)
    assert [decode_output(line)[0].attempt for line in lines] == [0, 1]


def test_each_record_is_the_kernels_at_once_unless_the_journal_gathers(tmp_path: Path):
    trial = Trial(key=KEY, outcome=Output(content="x"))
    with Journal(tmp_path / "live") as live, Journal(tmp_path / "recorded", is_gathering=True) as gathering:
        for journal in (live, gathering):
            journal.add_trial(trial)
        sizes = [(journal.folder / "trials.jsonl").stat().st_size for journal in (live, gathering)]
        assert sizes[0] > 0 == sizes[1]
        gathering.sync()
        assert (gathering.folder / "trials.jsonl").stat().st_size == sizes[0]


def test_a_gathering_journal_hands_over_outputs_before_the_trials_that_point_at_them(tmp_path: Path):
    with Journal(tmp_path / "run", is_gathering=True) as journal:
        for attempt in range(2000):
            journal.add_trial(Trial(key=KEY._replace(attempt=attempt), outcome=Output(content="x")))
            written = [(journal.folder / name).stat().st_size for name in ("outputs.jsonl", "trials.jsonl")]
            assert written[0] > 0 or written[1] == 0
    found = read_back(tmp_path / "run")
    assert (len(found.trials), found.torn) == (2000, ())


def test_what_could_not_be_brought_to_the_disk_is_told_at_a_later_record(tmp_path: Path):
    journal = Journal(tmp_path / "run")
    outputs = next(int(link.name) for link in Path("/proc/self/fd").iterdir() if _target(link).name == "outputs.jsonl")
    reading, writing = os.pipe()  # a pipe takes what is written, and cannot be synced
    os.dup2(writing, outputs)

    def write_much() -> None:
        for attempt in range(2000):
            journal.add_trial(Trial(key=KEY._replace(attempt=attempt), outcome=Output(content="")))
            os.read(reading, 10_000)
            time.sleep(0.0001)  # the disk is asked meanwhile

    with pytest.raises(StoreError, match="cannot be written"):
        write_much()
    with pytest.raises(StoreError, match="cannot be written"):
        journal.close()
    os.close(reading)
    os.close(writing)


def _target(link: Path) -> Path:
    try:
        return link.readlink()
    except OSError:  # the descriptor that lists them
        return link
