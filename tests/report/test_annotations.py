"""What a reviewer sees beside the fixtures' lines: worst first, plain text."""

from dataclasses import replace

from gate_action.model.comparison import ChangeKind, Tally
from gate_action.model.decision import Verdict
from gate_action.report.annotations import Level, render_annotations
from tests.report.building import NEVER, change, example, report
from tests.report.hostile_reports import hostile
from tests.report.reports import mixed, regression


def test_each_worse_fixture_is_noted_on_its_line_in_the_decisions_order() -> None:
    notes = render_annotations(regression())
    assert [(note.path, note.line, note.level) for note in notes] == [
        ("fixtures/refunds.jsonl", 12, Level.FAILURE),
        ("fixtures/refunds.jsonl", 40, Level.FAILURE),
        ("fixtures/refunds.jsonl", 44, Level.FAILURE),
    ]
    assert notes[0].title == "refund-3: 3/3 → 0/3"
    assert notes[0].message.splitlines() == [
        "base 3/3, head 0/3; critical: 3 of 4 re-runs failed",
        "answer: expected “5 working days”",
        "head answered: Refunds take 30 working days, I think.",
    ]


def test_a_run_that_does_not_block_only_warns() -> None:
    assert {note.level for note in render_annotations(mixed())} == {Level.WARNING}


def test_failures_come_before_warnings_and_notices() -> None:
    changes = (
        change("new", ChangeKind.ADDED, NEVER, NEVER, is_new=True),
        change("lost", ChangeKind.NOT_COMPARABLE, head=Tally(0, 0, 3)),
        change("worse"),
        change("better", ChangeKind.IMPROVED),
    )
    decision = replace(regression().decision, changes=changes, verdict=Verdict.FAIL)
    notes = render_annotations(report(decision, tuple(example(each.fixture_id) for each in changes)))
    assert [note.level for note in notes] == [Level.FAILURE, Level.WARNING, Level.NOTICE]


def test_a_fixture_without_a_place_is_not_noted() -> None:
    made = regression()
    placeless = tuple(replace(each, place=None) for each in made.examples)
    assert render_annotations(replace(made, examples=placeless)) == ()


def test_hostile_words_cannot_act_in_a_note() -> None:
    for note in render_annotations(hostile()):
        for text in (note.title, note.message):
            assert all(mark.isprintable() or mark in "\n\u200b" for mark in text)
            assert not [line for line in text.split("\n") if line.strip().startswith("::")]
