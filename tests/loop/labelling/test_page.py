from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from gate_action.codec.labels import LabelRow
from gate_action.loop.classify.subjects import Statement, Subject
from gate_action.loop.labelling.page import render
from gate_action.loop.labelling.session import Session
from gate_action.loop.serving import PageServer, open_server
from standins.loopback import running
from tests.loop.complaints import MONDAY

HOSTILE = "<script>alert(1)</script>"


def sitting(count: int = 3) -> tuple[Session, list[LabelRow]]:
    rows: list[LabelRow] = []
    subjects = [
        Subject(
            turn_id=f"t{n}",
            voice="u",
            at=MONDAY,
            input=f"question {n}",
            output=HOSTILE,
            statements=(Statement(name="thumb", polarity=-1, comment="wrong", correction="right"),),
        )
        for n in range(count)
    ]
    labels = ["hallucination", "unknown"]
    made = Session(subjects=subjects, labels=labels, annotator="ann", now=lambda: "now", keep=rows.append)
    return made, rows


@contextmanager
def serving(session: Session) -> Iterator[PageServer]:
    with open_server(session, partial(render, session), has_script=True) as server, running(server):
        yield server


def test_the_page_shows_the_turn_with_a_button_a_label_and_hostile_texts_as_text():
    session, _ = sitting()
    page = render(session, csrf="c", nonce="n")
    assert "question 0" in page
    assert HOSTILE not in page
    assert "thumb, bad" in page
    assert "should be: right" in page
    assert "<kbd>1</kbd>hallucination" in page
    assert "0 of 3 labelled" in page


def test_a_button_labels_the_turn_that_it_was_shown_with_and_no_other():
    session, rows = sitting()
    assert session.decide({"action": "1", "row": "t0"}) == ""
    assert session.decide({"action": "1", "row": "t0"}) == "", "a second click is stale"
    assert [row.turn_id for row in rows] == ["t0"]
    assert session.decide({"action": "z", "row": "t1"})
    assert session.decide({"action": "u", "row": "t1"}) == ""
    assert session.current is not None
    assert session.current.turn_id == "t0"
    assert session.decide({"action": "q"}) == ""
    assert session.is_finished


def test_when_none_is_left_the_page_says_so_and_undo_still_works():
    session, _ = sitting(1)
    session.press("1")
    page = render(session, csrf="c", nonce="n")
    assert "1 of 1 labelled: none is left" in page
    assert "hallucination" not in page
    assert session.decide({"action": "u", "row": ""}) == ""
    assert session.current is not None
