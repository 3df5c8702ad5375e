from gate_action.codec.labels import LabelRow
from gate_action.loop.classify.subjects import Subject
from gate_action.loop.labelling.session import KEYS, QUIT, SKIP, UNDO, Session, answer_digest, draw
from tests.loop.complaints import MONDAY

LABELS = ("hallucination", "unknown", "not_a_failure")


def sitting(count: int = 3, **told: str) -> tuple[Session, list[LabelRow]]:
    rows: list[LabelRow] = []
    subjects = [
        Subject(turn_id=f"t{n}", voice="u", at=MONDAY, input=f"question {n}", output=f"answer {n}")
        for n in range(count)
    ]
    made = Session(
        subjects=subjects, labels=LABELS, annotator="ann", now=lambda: "2026-11-02", keep=rows.append, done=told
    )
    return made, rows


def press(session: Session, keys: str) -> None:
    for key in keys:
        assert session.press(key), key


def test_one_key_labels_a_turn_which_is_written_down_at_once_without_its_text():
    session, rows = sitting()
    press(session, "1")
    (row,) = rows
    assert (row.turn_id, row.label, row.annotator, row.at) == ("t0", "hallucination", "ann", "2026-11-02")
    assert row.output_digest == answer_digest("answer 0")
    assert not row.shown
    assert session.progress == (1, 3)


def test_a_key_that_is_no_labels_changes_nothing():
    session, rows = sitting()
    assert not session.press("9")
    assert not session.press("x")
    assert not rows


def test_undo_goes_back_to_the_turn_before_whose_later_label_replaces_the_earlier():
    session, rows = sitting()
    press(session, "1" + UNDO + "2")
    assert [(row.turn_id, row.label) for row in rows] == [("t0", "hallucination"), ("t0", "unknown")]
    assert session.done == {"t0": "unknown"}
    press(session, UNDO + SKIP)
    assert session.current is not None
    assert session.current.turn_id == "t1"


def test_nothing_can_be_undone_before_something_was_done():
    session, _ = sitting()
    assert not session.press(UNDO)


def test_a_later_sitting_goes_on_after_what_was_labelled():
    session, _ = sitting(t0="unknown", t1="unknown")
    assert session.current is not None
    assert session.current.turn_id == "t2"
    press(session, "3")
    assert session.progress == (3, 3)


def test_a_skipped_turn_is_asked_again_in_the_next_sitting():
    session, rows = sitting(count=1)
    press(session, SKIP)
    assert session.current is None
    assert not rows
    assert session.progress == (0, 1)


def test_no_labels_key_is_one_of_the_others():
    assert not set(KEYS) & {SKIP, QUIT, UNDO}
    assert len(set(KEYS)) == len(KEYS)


def test_a_draw_depends_on_the_seed_alone_and_stays_nearly_the_same_when_turns_are_added():
    names = [f"t{n}" for n in range(500)]
    first = draw(names, 50, 0)
    assert first == draw(reversed(names), 50, 0)
    assert first != draw(names, 50, 1)
    assert len(set(first) & set(draw([*names, *(f"new{n}" for n in range(50))], 50, 0))) >= 40
