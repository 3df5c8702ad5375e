"""One result, four renderings: terminal, Markdown, HTML and JSON tell the same verdict, figures and fixtures."""

import html
import re

import pytest

from gate_action.codec.documents import decode_report, encode_report
from gate_action.report.html import render_html
from gate_action.report.markdown import JOB_SUMMARY, render_markdown
from gate_action.report.terminal import render_terminal
from gate_action.report.view import build_view
from tests.report.reports import EVERY

ORDINARY = sorted(set(EVERY) - {"hostile", "huge"})
"""Those whose pages are neither cut nor escaped beyond recognition."""


def words(text: str) -> str:
    """What a reader sees, on one line: no tags, no marks of Markdown, no references."""
    shown = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    shown = html.unescape(re.sub(r"</?[a-zA-Z!][^>]*>", " ", shown))
    return " ".join(re.sub(r"[`*\\\u200b]", "", shown).split())


def renderings(kind: str) -> dict[str, str]:
    view = build_view(decode_report(encode_report(EVERY[kind]()), path="report.json"))
    return {
        "terminal": words(render_terminal(view, 400)),
        "markdown": words(render_markdown(view, JOB_SUMMARY)),
        "html": words(render_html(view)),
    }


@pytest.mark.parametrize("kind", ORDINARY)
def test_every_rendering_tells_the_verdict_and_its_sentence(kind: str):
    told = build_view(EVERY[kind]()).headline
    for name, page in renderings(kind).items():
        assert told.word in page, name
        assert words(told.sentence) in page, name


@pytest.mark.parametrize("kind", ORDINARY)
def test_every_rendering_tells_each_metrics_figures_and_finding(kind: str):
    rows = build_view(EVERY[kind]()).metrics
    for name, page in renderings(kind).items():
        for row in rows:
            told = row.compared
            for figure in (row.name, told.base, told.head, told.delta, told.interval, told.p_value, row.finding):
                assert figure in page, f"{name} lacks {figure} of {row.name}"


@pytest.mark.parametrize("kind", ORDINARY)
def test_every_rendering_names_each_changed_fixture_with_both_tallies(kind: str):
    rows = [row for group in build_view(EVERY[kind]()).groups for row in group.rows]
    for name, page in renderings(kind).items():
        for row in rows:
            assert re.search(rf"{re.escape(row.fixture_id)}\W.*?{re.escape(row.base)}.*?{re.escape(row.head)}", page), (
                f"{name} lacks {row.fixture_id}"
            )


@pytest.mark.parametrize("kind", ["loosened", "intended", "regression"])
def test_every_rendering_tells_what_the_change_does_to_its_own_gate(kind: str):
    part = build_view(EVERY[kind]()).gate
    assert part is not None
    told = [part.standing, *part.notes, part.preview]
    told += [text for row in (*part.rows, *part.others) for text in row[:1] + row[2:7]]
    told += [text for row in part.readings for text in row]
    for name, page in renderings(kind).items():
        assert [text for text in told if words(text) not in page] == [], name


def test_the_figures_are_those_of_the_document():
    report = EVERY["regression"]()
    [row, *_] = build_view(report).metrics
    difference = report.decision.metrics[0].difference
    assert difference is not None
    assert row.compared.base == f"{100 * difference.base_mean:.1f}%"
    assert row.compared.head == f"{100 * difference.head_mean:.1f}%"
    assert row.compared.delta == f"{100 * difference.delta:+.1f}".replace("-", "\N{MINUS SIGN}")
