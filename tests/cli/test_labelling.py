import json
from pathlib import Path

import click
import pytest

from gate_action.cli.commands import run_command
from gate_action.cli.labelling import sit
from gate_action.errors import ConfigError
from gate_action.loop.classify.subjects import Statement, Subject
from gate_action.loop.labelling.session import Session
from gate_action.loop.store import open_store
from gate_action.wiring.loop.labelling import LabelOptions, calibrate_turns, open_session
from tests.cli.loops import make_loop
from tests.loop.complaints import MONDAY, complaint, rows_of, turn

COMMENTS = ["you made that up", "that's not what I asked", "", "not valid JSON"]
KEY = {"": "8", "you made that up": "1", "that's not what I asked": "2", "not valid JSON": "3"}
"""Keys of the packaged rubric's labels."""


def options(folder: Path, annotator: str, count: int = 40) -> LabelOptions:
    return LabelOptions(
        repository=folder, config="gate.yaml", count=count, seed=0, out=folder / "labels.jsonl", annotator=annotator
    )


def make(folder: Path, count: int = 40) -> None:
    turns = [turn(number) for number in range(count)]
    make_loop(folder, turns, [complaint(number, COMMENTS[number % 4]) for number in range(count)])
    assert run_command(["loop", "classify", "--repository", str(folder)]) == 0


def label_all(folder: Path, annotator: str, *, wrongs: int = 0) -> list[str]:
    """As a person who says what the complaints say, but for the first ``wrongs`` turns."""
    shown: list[str] = []
    with open_session(options(folder, annotator)) as session:

        def answer() -> str:
            subject = session.current
            assert subject is not None
            return "0" if session.progress[0] < wrongs else KEY[subject.words]

        sit(session, answer, shown.append)
    return shown


@pytest.mark.slow
def test_a_person_labels_every_turn_and_people_and_classifier_are_set_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    make(tmp_path)
    shown = label_all(tmp_path, "ann", wrongs=4)
    assert "0 of 40 labelled" in shown[0]
    assert shown[-1] == "40 of 40 labelled"
    label_all(tmp_path, "bob")
    place = ["--repository", str(tmp_path)]
    with open_store(tmp_path / ".gate" / "loop" / "store.duckdb") as store:
        sittings = rows_of(store, "sitting")
    assert [(one["kind"], one["items"]) for one in sittings] == [("labelling", 40)] * 2
    assert all(one["seconds"] > 0 for one in sittings)
    assert run_command(["judge", "calibrate", str(tmp_path / "labels.jsonl"), "--turns", *place]) == 0
    told = capsys.readouterr().out
    assert "rules" in told
    assert "on 36 turns" in told
    assert "left out: 4 labels on which people disagree evenly" in told
    assert "two people with each other 0.8" in told
    assert run_command(["loop", "classify", *place]) == 0
    told = capsys.readouterr().out
    assert "corrected" in told
    assert "by people's labels of 36 turns" in told


def test_the_same_command_goes_on_where_a_sitting_ended(tmp_path: Path):
    make(tmp_path, 8)
    keys = iter(["1", "1", "q"])
    shown: list[str] = []
    with open_session(options(tmp_path, "ann")) as session:
        sit(session, lambda: next(keys), shown.append)
    assert shown[-1] == "2 of 8 labelled; the same command goes on here"
    with open_session(options(tmp_path, "ann")) as session:
        assert session.progress == (2, 8)
    with open_session(options(tmp_path, "bob")) as session:
        assert session.progress == (0, 8)
    rows = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_text().splitlines()]
    assert {row["annotator"] for row in rows} == {"ann"}
    assert all("answer" not in json.dumps(row) for row in rows), "labels hold no text of production"


def test_where_there_is_no_terminal_the_page_is_named(tmp_path: Path):
    make(tmp_path, 8)

    def press() -> str:
        raise OSError(6, "No such device or address", "/dev/tty")

    with (
        pytest.raises(ConfigError, match="no terminal to press a key at") as told,
        open_session(options(tmp_path, "ann")) as session,
    ):
        sit(session, press, lambda _: None)
    assert "--page" in told.value.hint


def test_the_screen_shows_what_was_said_without_what_the_classifier_thinks_or_control_sequences():
    subject = Subject(
        turn_id="t",
        voice="u",
        at=MONDAY,
        input="Wo?",
        output="\x1b[31mHere\x1b[0m\n::error::x " + "long " * 900,
        statements=(Statement(name="thumb", polarity=-1, comment="wrong", correction="There"),),
    )
    session = Session(
        subjects=[subject], labels=["hallucination", "unknown"], annotator="a", now=str, keep=lambda _: None
    )
    shown: list[str] = []
    sit(session, lambda: "q", shown.append)
    screen = click.unstyle(shown[0])
    assert "Wo?" in screen
    assert "\x1b[31mHere" not in shown[0]
    assert "thumb, bad" in screen
    assert "should be: There" in screen
    assert "more lines]" in screen
    assert "1 hallucination    2 unknown" in screen
    assert len(screen.splitlines()) < 40


def test_labels_that_name_no_label_are_refused_with_their_row(tmp_path: Path):
    make(tmp_path, 4)
    row = {"turn_id": "t0000", "output_digest": "sha256:" + "0" * 64, "label": "terrible"}
    (tmp_path / "labels.jsonl").write_text(json.dumps(row) + "\n")
    assert (
        run_command(["judge", "calibrate", str(tmp_path / "labels.jsonl"), "--turns", "--repository", str(tmp_path)])
        == 2
    )


@pytest.mark.slow
def test_a_label_of_another_answer_does_not_count(tmp_path: Path):
    make(tmp_path, 8)
    label_all(tmp_path, "ann")
    path = tmp_path / "labels.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["output_digest"] = "sha256:" + "0" * 64
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    measured = calibrate_turns(options(tmp_path, "ann"), path)
    assert (measured.stale, measured.record.quality.turns) == (1, 7)


@pytest.mark.parametrize("argv", [["label", "--out", "x"], ["calibrate", "labels.jsonl"]])
def test_what_is_labelled_must_be_said(argv: list[str], tmp_path: Path):
    assert run_command(["judge", *argv]) == 2
