"""The terminal page keeps its width, its colours are optional, and no output can act on the terminal."""

import re
import shlex
from dataclasses import replace

import pytest

from gate_action.report.terminal import render_terminal
from gate_action.report.view import build_view
from tests.report.hostile_reports import hostile
from tests.report.reports import EVERY, regression, view_of

COLOUR = re.compile("\x1b\\[[0-9;]*m")


@pytest.mark.parametrize("width", [60, 160])
@pytest.mark.parametrize("kind", EVERY)
def test_no_line_is_wider_than_the_terminal(kind: str, width: int) -> None:
    page = render_terminal(view_of(kind), width)
    assert max(len(line) for line in page.split("\n")) <= width


def test_colours_add_nothing_but_colours() -> None:
    view = build_view(regression())
    coloured = render_terminal(view, 100, is_colour=True)
    assert "\x1b[" in coloured
    bare = [line.rstrip() for line in COLOUR.sub("", coloured).split("\n")]
    assert bare == render_terminal(view, 100).split("\n")


def test_hostile_words_bring_no_control_character_and_no_command() -> None:
    page = render_terminal(build_view(hostile()), 100)
    assert all(mark.isprintable() or mark in "\n\u200b" for mark in page)
    assert not [line for line in page.split("\n") if line.strip().startswith("::")]
    assert "##[" not in page


def test_the_verdict_and_its_sentence_come_first() -> None:
    lines = render_terminal(build_view(regression()), 100).split("\n")
    assert lines[1].split() == ["BLOCKED", "support-bot"]
    assert lines[2].strip() == 'answer regressed in slice "topic=refund-policy": 31/32 → 17/32, p = 0.0002'


def test_a_command_too_long_for_a_line_is_folded_so_that_a_shell_still_reads_it_as_one() -> None:
    command = f"gate-action run --base {'a' * 40} --head {'b' * 40} --config 'my gate.yaml'"
    page = render_terminal(replace(build_view(regression()), reproduce=command), 60)
    told = page.partition("Reproduce\n")[2].partition("\n\n")[0]
    assert told.count("\n") > 1
    assert shlex.split(told.replace("\\\n", "")) == shlex.split(command)


def test_an_id_over_several_lines_stays_one_row() -> None:
    told = regression()
    (first, *others) = told.decision.changes
    changes = (replace(first, fixture_id="q\nfaked  9/9"), *others)
    page = render_terminal(build_view(replace(told, decision=replace(told.decision, changes=changes))), 100)
    assert not [line for line in page.split("\n") if line.strip().startswith("faked")]
    assert "q faked 9/9" in page


@pytest.mark.parametrize("is_colour", [True, False])
def test_no_break_of_a_line_makes_a_command_of_a_text(is_colour: bool) -> None:
    told = regression()
    reason = replace(told.decision.reasons[0], sentence=" ".join(["::error::forged"] * 40))
    view = build_view(replace(told, decision=replace(told.decision, reasons=(reason,))))
    page = COLOUR.sub("", render_terminal(view, 60, is_colour=is_colour))
    assert page.count("error::forged") == 40
    assert not [line for line in page.split("\n") if line.strip().startswith("::")]
