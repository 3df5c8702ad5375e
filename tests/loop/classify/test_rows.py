from datetime import timedelta
from typing import Any

from gate_action.loop.classify.answer import Found
from gate_action.loop.classify.rows import Choice, Results, find_line, load_subjects
from gate_action.loop.store import Store
from gate_action.model.loop import AuthorKind, FeedbackKind, ModeFound
from tests.loop.complaints import MONDAY, complaint, fill, rows_of, turn


def ids(store: Store, choice: Choice | None = None) -> set[str]:
    return {one.turn_id for one in find_line(store, choice or Choice()).waiting}


def test_in_line_are_turns_that_people_or_rules_complained_of_or_corrected_and_no_judges_word_counts(store: Store):
    fill(
        store,
        [turn(number) for number in range(6)],
        [
            complaint(0),
            complaint(1, polarity=1),
            complaint(2, polarity=0, correction="Tuesday"),
            complaint(3, author_kind=AuthorKind.LLM),
            complaint(4, name="retry", kind=FeedbackKind.IMPLICIT, author_kind=AuthorKind.CODE),
        ],
    )
    assert ids(store) == {"t0000", "t0002", "t0004"}
    assert ids(store, Choice(is_any_feedback=True)) == {"t0000", "t0001", "t0002", "t0004"}


def test_turns_of_another_application_stay_out(store: Store):
    fill(store, [turn(0, app="shop"), turn(1, app="bank")], [complaint(0), complaint(1)])
    assert ids(store, Choice(app="bank")) == {"t0001"}


def test_one_user_gets_so_many_turns_a_week_and_what_goes_beyond_is_counted(store: Store):
    mine = [turn(number, user="loud") for number in range(50)]
    next_week = [turn(50 + number, user="loud", at=MONDAY + timedelta(days=7, minutes=number)) for number in range(5)]
    others = [turn(60 + number) for number in range(3)]
    turns = mine + next_week + others
    fill(store, turns, [complaint(int(one.turn_id[1:])) for one in turns])
    line = find_line(store, Choice(most_a_voice=4))
    assert sum(one.voice == "loud" for one in line.waiting) == 8
    assert line.capped == 47
    assert {one.turn_id for one in line.waiting} >= {"t0060", "t0061", "t0062"}


def test_turns_that_come_later_do_not_push_classified_ones_out_of_their_users_places(store: Store):
    fill(store, [turn(number, user="loud") for number in range(9)], [complaint(number) for number in range(9)])
    known = {"t0006", "t0007", "t0008"}
    line = find_line(store, Choice(most_a_voice=4), known)
    assert {one.turn_id for one in line.waiting} == {"t0000", *known}


def test_without_a_user_the_conversation_stands_for_one_and_it_is_told(store: Store):
    fill(
        store,
        [turn(number, user="", conversation_id="c1") for number in range(5)] + [turn(5, user="")],
        [complaint(number) for number in range(6)],
    )
    line = find_line(store, Choice(most_a_voice=2))
    assert line.capped == 3
    assert line.nameless == 3


def test_the_newest_week_comes_first(store: Store):
    fill(
        store,
        [turn(0), turn(1, at=MONDAY + timedelta(days=9)), turn(2)],
        [complaint(0), complaint(1), complaint(2)],
    )
    assert [one.turn_id for one in find_line(store, Choice()).waiting] == ["t0001", "t0000", "t0002"]


def test_what_is_found_is_read_back_for_a_turn_that_looks_exactly_alike(store: Store):
    texts: dict[str, Any] = {"input": "same", "output": "same"}
    fill(store, [turn(0, **texts), turn(1, **texts), turn(2)], [complaint(number) for number in range(3)])
    subjects = load_subjects(store, find_line(store, Choice()).waiting)
    results = Results(store=store, digest="d", name="m", clock=lambda: MONDAY)
    found = Found(
        label="hallucination",
        modes=(ModeFound(mode="hallucination", is_present=True, quote="same"),),
        sentence="It made something up.",
        invented_quotes=1,
    )
    results.write([(subjects[0], found)])
    again = Results(store=store, digest="d", name="m", clock=lambda: MONDAY)
    assert again.is_done(subjects[0])
    assert again.recall(subjects[1]) == found
    assert again.recall(subjects[2]) is None
    assert Results(store=store, digest="other", name="m", clock=lambda: MONDAY).recall(subjects[1]) is None


def test_a_later_comment_makes_a_turn_wait_again_and_its_row_is_replaced(store: Store):
    fill(store, [turn(0)], [complaint(0)])
    results = Results(store=store, digest="d", name="m", clock=lambda: MONDAY)
    (subject,) = load_subjects(store, find_line(store, Choice()).waiting)
    results.write([(subject, Found(label="unknown"))])
    fill(store, [], [complaint(0, "made up", name="comment")])
    (subject,) = load_subjects(store, find_line(store, Choice()).waiting)
    assert not results.is_done(subject)
    results.write([(subject, Found(label="hallucination"))])
    assert [row["label"] for row in rows_of(store, "classification")] == ["hallucination"]
