"""Both texts can be read back from their difference, and a hostile pair costs no more than a long one."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.report.difference import DiffLine, Segment, diff_lines, diff_words, unmarked, with_context

texts = st.text(alphabet="ab \n.", max_size=30)


@given(base=texts, head=texts)
def test_the_words_of_each_side_join_up_to_its_text(base: str, head: str) -> None:
    found = diff_words(base, head)
    assert "".join(segment.text for segment in found.base) == base
    assert "".join(segment.text for segment in found.head) == head


@given(base=texts, head=texts)
def test_what_is_not_marked_stands_in_both_unless_nothing_is_marked(base: str, head: str) -> None:
    found = diff_words(base, head)
    ours, theirs = ("".join(s.text for s in side if not s.is_changed) for side in (found.base, found.head))
    assert ours == theirs or found == unmarked(base, head)


def test_texts_that_share_a_word_or_two_are_not_marked() -> None:
    base, head = "Refunds take 5 working days after the parcel has come back.", "timed out after 60 s in the child"
    assert diff_words(base, head) == unmarked(base, head)


@given(text=texts)
def test_equal_texts_differ_in_nothing(text: str) -> None:
    assert not any(segment.is_changed for segment in diff_words(text, text).base)
    assert {line.sign for line in diff_lines(text, text)} == {" "}


@given(base=texts, head=texts)
def test_each_text_can_be_read_from_the_lines(base: str, head: str) -> None:
    lines = diff_lines(base, head)
    assert "\n".join(line.text for line in lines if line.sign != "+") == base
    assert "\n".join(line.text for line in lines if line.sign != "-") == head


def test_one_changed_word_is_one_marked_word() -> None:
    assert diff_words("takes 5 days.", "takes 30 days.").head == (
        Segment("takes ", is_changed=False),
        Segment("30", is_changed=True),
        Segment(" days.", is_changed=False),
    )


def test_lines_far_from_a_change_are_left_out() -> None:
    lines = diff_lines("a\nb\nc\nd\ne\nf", "a\nb\nc\nX\ne\nf")
    assert with_context(lines, 1) == (
        DiffLine(" ", "…"),
        DiffLine(" ", "c"),
        DiffLine("-", "d"),
        DiffLine("+", "X"),
        DiffLine(" ", "e"),
        DiffLine(" ", "…"),
    )


@pytest.mark.parametrize("compare", [diff_words, diff_lines])
def test_texts_without_a_common_word_take_little_time(compare: Callable[[str, str], object]) -> None:
    base, head = (" \n".join(f"{side}{number}" for number in range(4_000)) for side in "ab")
    started = time.process_time()
    compare(base, head)
    assert time.process_time() - started < 2
