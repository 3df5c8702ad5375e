"""People's labels of production's turns: a sitting at the terminal, and what they say of the classifier."""

import getpass
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from gate_action.codec.labels import LabelRow, decode_turn_labels, encode_label_rows
from gate_action.comparison.statistics.classifiers import measure_classifier
from gate_action.errors import ConfigError, StoreError
from gate_action.loop.classify.rows import Waiting, load_subjects, voice_of
from gate_action.loop.labelling.session import Session, answer_digest, draw
from gate_action.loop.pace import note_sitting
from gate_action.loop.store import Store
from gate_action.loop.texts import complete_texts, pieces_in
from gate_action.model.classifier import ClassifierRecord, TurnVotes
from gate_action.model.pace import SittingKind
from gate_action.wiring.loop.classifying import current_digest, load_rubric
from gate_action.wiring.loop.known_classifiers import keep_record
from gate_action.wiring.loop.opening import LoopOptions, open_loop, read_settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelOptions(LoopOptions):
    """The command line of `gate-action judge label --turns`."""

    count: int
    seed: int
    out: Path
    annotator: str = ""
    """Empty: the user who is logged in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What labels say of a classifier."""

    digest: str
    record: ClassifierRecord
    lock: Path
    votes: TurnVotes
    stale: int
    """Labels of turns that are not there any more, or whose answer is another."""
    unclassified: int
    """Labels of turns that this classifier has not labelled."""


@contextmanager
def open_session(options: LabelOptions) -> Iterator[Session]:
    """Turns that the present classifier has labelled, drawn at random; what it said of them is not shown.

    Raises ConfigError.
    """
    shape = read_settings(options).loop.classify
    rubric = load_rubric(options, shape)
    _, digest = current_digest(shape, rubric)
    person = options.annotator or getpass.getuser()
    done = _labels_of(options.out, person, rubric.labels)
    with open_loop(options, writes=False) as (_, store):
        wanted = draw(_labelled(store, digest), options.count, options.seed)
        subjects = load_subjects(store, _waiting(store, wanted))
    if not subjects:
        raise ConfigError("the present classifier has labelled no turn", hint="run gate-action loop classify first")
    with _appending(options.out) as file:

        def keep(row: LabelRow) -> None:
            file.write(encode_label_rows([row]))
            file.flush()

        session = Session(
            subjects=subjects, labels=rubric.labels, annotator=person, now=_now, keep=keep, done=dict(done)
        )
        before = len(session.done)
        try:
            yield session
        finally:  # a person who ends it by Ctrl-C has worked as well
            _note(options, session, len(session.done) - before)


def calibrate_turns(options: LoopOptions, labels: Path) -> Measured:
    """Measures the present classifier, and writes its entry in classifiers.lock.yaml. Raises ConfigError."""
    shape = read_settings(options).loop.classify
    rubric = load_rubric(options, shape)
    name, digest = current_digest(shape, rubric)
    votes = decode_turn_labels(_read(labels), str(labels), rubric.labels)
    with open_loop(options, writes=False) as (_, store):
        machine = _labelled(store, digest)
        answers = _answers(store, list(votes.votes))
    fresh = {turn for turn, told in votes.digests.items() if answers.get(turn) == told}
    human = {turn: label for turn, label in votes.settled.items() if turn in fresh}
    quality = measure_classifier(human, machine, votes.votes, rubric.labels)
    record = ClassifierRecord(classifier=name, labels=votes.digest, quality=quality)
    return Measured(
        digest=digest,
        record=record,
        lock=keep_record(options, digest, record),
        votes=votes,
        stale=len(votes.votes) - len(fresh),
        unclassified=len(human.keys() - machine.keys()),
    )


def _note(options: LabelOptions, session: Session, labelled: int) -> None:
    """The labels are safe in their file: where the store cannot be written, only the minutes are lost, and told."""
    if not session.stopwatch.acts:
        return
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        with open_loop(options) as (_, store):
            note_sitting(store, SittingKind.LABELLING, session.stopwatch, labelled, now)
    except (ConfigError, StoreError) as error:
        _log.warning("the time of this sitting is not counted: %s", error)


def _labelled(store: Store, digest: str) -> dict[str, str]:
    table = store.table("classification")
    rows = table.filter(table.classifier_digest == digest).select("turn_id", "label").to_pyarrow().to_pylist()
    return {row["turn_id"]: row["label"] for row in rows}


def _waiting(store: Store, turn_ids: list[str]) -> list[Waiting]:
    turn = store.table("turn")
    columns = ("turn_id", "user_key", "conversation_id", "at")
    rows = turn.filter(turn.turn_id.isin(turn_ids)).select(*columns).to_pyarrow().to_pylist() if turn_ids else []
    by_id = {row["turn_id"]: Waiting(turn_id=row["turn_id"], voice=voice_of(row), at=row["at"]) for row in rows}
    return [by_id[name] for name in turn_ids if name in by_id]


def _answers(store: Store, turn_ids: list[str]) -> dict[str, str]:
    """Turn -> digest of its answer."""
    if not turn_ids:
        return {}
    turn = store.table("turn")
    rows = turn.filter(turn.turn_id.isin(turn_ids)).select("turn_id", "output").to_pyarrow().to_pylist()
    whole = complete_texts(rows, ["output"], pieces_in(store.table))
    return {row["turn_id"]: answer_digest(row["output"]) for row in whole}


def _labels_of(path: Path, person: str, known: tuple[str, ...]) -> dict[str, str]:
    votes = decode_turn_labels(path.read_bytes(), str(path), known).votes if path.is_file() else {}
    return {turn: cast[person] for turn, cast in votes.items() if person in cast}


@contextmanager
def _appending(path: Path) -> Iterator[BinaryIO]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            yield file
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the labels {path} cannot be read: {error}") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
