"""The run folder: private, one run a folder, readable while it grows and after it is closed."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gate_action.engine.journal import Journal
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
    with Journal(tmp_path / "run"), pytest.raises(ConfigError, match="holds a run already"):
        Journal(tmp_path / "run")
    with pytest.raises(ConfigError, match="holds a run already"):
        Journal(tmp_path / "run")


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
            journal.add_score(Scored(key=key, metric="m", result=Score(value=0.5, reason=f"of {key.fixture_id}")))
        found = journal.read_reasons(frozenset({KEY}))
    assert set(found) == {KEY}
    assert found[KEY]["m"].result == Score(value=0.5, reason="of a")
