"""Whatever field a stranger writes, of a report of any kind: words stay words, on every page that we make."""

from dataclasses import replace

import pytest

from gate_action.model.report import Report
from gate_action.report.html import render_html
from gate_action.report.markdown import COMMENT, render_markdown
from gate_action.report.terminal import render_terminal
from gate_action.report.view import build_view
from tests.report.everywhere import everywhere, full, texts_in, texts_of
from tests.report.github_page import RENDERERS
from tests.report.hostile_reports import HOSTILE
from tests.report.reports import EVERY

KINDS = {**{kind: made for kind, made in EVERY.items() if kind != "huge"}, "full": full}


def test_no_text_of_a_report_is_left_out():
    """A field that is new fails here until a report above has it filled."""
    seen = {one for made in KINDS.values() for one in texts_in(made())}
    assert set(texts_of(Report)) - seen == set()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_strangers_words_in_every_field_are_words(kind: str):
    told = everywhere(KINDS[kind](), HOSTILE)
    view = build_view(told)
    page = render_markdown(view, COMMENT)
    for render in RENDERERS:
        read = render(page)
        assert read.acted_upon() == {}
        assert not {"a", "img", "script"} & set(read.elements)
    html = render_html(view)
    assert "<img src=x" not in html
    assert "<script>alert" not in html
    screen = render_terminal(view, 100)
    assert not set("\x1b\x07\u202e") & set(screen)


def test_the_check_would_see_it():
    raw = build_view(replace(full(), gate_id="x"))
    assert not RENDERERS[0](render_markdown(raw, COMMENT)).acted_upon()
    assert RENDERERS[0](f"{render_markdown(raw, COMMENT)}\n\nask @octocat").acted_upon()
