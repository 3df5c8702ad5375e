import time

import pytest

from gate_action.codec.options import OptionsError
from tests.evaluators.asking import ask


def test_a_pattern_that_ruins_backtracking_engines_takes_no_time():
    started = time.perf_counter()
    assert ask("regex", "a" * 50_000 + "!", pattern="^(a+)+$").value == 0.0
    assert time.perf_counter() - started < 2.0


@pytest.mark.parametrize("pattern", ["(", "(?=ahead)", r"(a)\1", "a{2000}"])
def test_what_re2_does_not_take_is_refused_with_its_reason(pattern: str):
    with pytest.raises(OptionsError, match=r"^pattern: no RE2 pattern: "):
        ask("regex", "x", pattern=pattern)


@pytest.mark.parametrize("pattern", ["", "a*", "(?s).*", "x?"])
def test_a_pattern_that_every_answer_matches_is_refused(pattern: str):
    with pytest.raises(OptionsError, match="every answer would match"):
        ask("regex", "x", pattern=pattern)


def test_the_pattern_of_an_empty_answer_is_fine():
    assert ask("regex", "", pattern="^$").value == 1.0
    assert ask("regex", "x", pattern="^$").value == 0.0


def test_negate_asks_for_absence_and_silence_is_not_that():
    assert ask("regex", "all good", pattern="error", negate=True).value == 1.0
    assert ask("regex", "an error", pattern="error", negate=True).value == 0.0
    assert ask("regex", "", pattern="error", negate=True).value == 0.0


def test_a_full_match_covers_the_whole_answer():
    assert ask("regex", " 42\n", pattern="[0-9]+", full_match=True).value == 1.0
    assert ask("regex", "42 days", pattern="[0-9]+", full_match=True).value == 0.0


def test_the_reason_shows_what_matched():
    assert ask("regex", "order 4711 is due", pattern="[0-9]+").reason == '"[0-9]+" matches "4711"'


def test_letter_case_counts_unless_told_otherwise():
    assert ask("regex", "ÄRGER", pattern="ärger").value == 0.0
    assert ask("regex", "ÄRGER", pattern="ärger", ignore_case=True).value == 1.0
