"""Whatever a text holds, it is read as that text and does nothing."""

import ast
import re
import string
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import gate_action.report
from gate_action.report.escape import (
    SafeMarkdown,
    fill,
    hidden_marker,
    html_code,
    markdown_block,
    markdown_cell,
    markdown_code,
    markdown_text,
    plain,
    visible,
    workflow_message,
)
from tests.profiles import examples
from tests.report.github_page import RENDERERS, Page
from tests.report.hostile_reports import HOSTILE

ZERO_WIDTH = "\u200b"
FRAGMENTS = [
    *HOSTILE.split(" "),
    *string.punctuation,
    *("\n", "\r", "\t", " ", "  ", "    "),
    *("\x00", "\x1b[0m", "\u202e", "\u2028", "\ue000", "é", "表", "a", "1", "7.", "1)"),
    *("\\|", "||", "```", "~~~~", "---", "===", ":-:", "| a |\n|--|", "[^1]", "[x]", "> [!NOTE]", "- [ ] ", "$$", "$`"),
    *("<!--", "-->", "<details>", "</summary>", "<a href=x>", "<http://evil.example>", "&#64;", "&lt;", "&amp;"),
    *("foo@", "@", "#1", "GH-1", "www.", "://", "http:/", "mailto:", "xmpp:a@b.c", "0123abc", "/retest"),
    *("::error::", "##[group]", "::"),
]  # fmt: skip
texts = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
inline = pytest.mark.parametrize("escape", [markdown_text, markdown_cell, markdown_code])
often = examples(20)
renderer = pytest.mark.parametrize("render", RENDERERS)
Render = Callable[[str], Page]
Escape = Callable[[str], SafeMarkdown]


def told(text: str) -> str:
    """What a reader should see of a text on one line."""
    return visible(" ".join(text.split()))


def seen(text: str) -> str:
    return text.replace(ZERO_WIDTH, "").strip()


def assert_harmless(page: Page, *allowed: str) -> None:
    assert set(page.elements) <= {"code", "em", "span", *allowed}
    assert {(element, name) for element, name, _ in page.attributes} <= {("pre", "lang"), ("code", "class")}
    assert page.acted_upon() == {}
    assert page.comments == []


@renderer
def test_raw_text_would_do_harm_so_that_the_tests_below_can_fail(render: Render) -> None:
    tame = HOSTILE.split("<script>")[0].replace("<img src=x onerror=alert(1)>", "")
    page = render(tame)
    assert {"a", "img"} <= set(page.elements)
    assert {"mention", "issue", "GH issue", "commit", "emoji", "formula"} <= set(page.acted_upon())


@inline
@renderer
@often
@given(text=texts)
@example(text=HOSTILE)
def test_a_paragraph_of_any_text_is_one_paragraph_that_reads_as_it(escape: Escape, render: Render, text: str) -> None:
    page = render(f"before {escape(text)} after")
    assert page.elements.count("p") == 1
    assert_harmless(page, "p")


@renderer
@often
@given(text=texts)
def test_text_alone_on_a_line_opens_no_heading_list_quote_or_rule(render: Render, text: str) -> None:
    page = render(markdown_text(text))
    assert_harmless(page, "p")
    assert seen(page.text) == seen(told(text))


@renderer
@often
@given(text=texts)
def test_text_in_a_list_or_a_heading_stays_what_it_is(render: Render, text: str) -> None:
    page = render(f"## {markdown_text(text)}\n\n- {markdown_text(text)}\n- second")
    assert_harmless(page, "h2", "ul", "li")
    assert page.elements.count("li") == 2


@inline
@renderer
@often
@given(text=texts)
@example(text="\\|")
@example(text="a\\")
def test_a_table_has_its_cells_whatever_they_hold(escape: Escape, render: Render, text: str) -> None:
    page = render(f"| a | b |\n|---|---|\n| {escape(text)} | right |\n| {escape(text)} | {escape(text)} |")
    assert_harmless(page, "table", "thead", "tbody", "tr", "th", "td")
    assert [len(row) for row in page.rows] == [2, 2, 2]
    assert page.rows[1][1] == "right"


@renderer
@often
@given(text=texts)
def test_inline_code_shows_the_text_as_code(render: Render, text: str) -> None:
    page = render(f"before {markdown_code(text)} after")
    if told(text):
        assert [seen(code) for code in page.code] == [seen(told(text))]
    else:
        assert "em" in page.elements


@renderer
@often
@given(text=texts)
@example(text="```\n````\n``` x")
def test_no_text_closes_its_fence(render: Render, text: str) -> None:
    page = render(f"{markdown_block(text)}\n\nafter")
    assert page.elements == ["pre", "code", "p"]
    assert page.code[0].replace(ZERO_WIDTH, "") == visible(text).replace(ZERO_WIDTH, "") + "\n"
    assert page.text.strip() == "after"


@renderer
@often
@given(text=texts)
def test_a_fold_keeps_its_summary_and_its_body_apart(render: Render, text: str) -> None:
    summary = fill("{code} {text}", code=html_code(text), text=markdown_text(text))
    page = render(f"<details>\n<summary>{summary}</summary>\n\n{markdown_block(text)}\n\n</details>\n\nafter")
    assert_harmless(page, "details", "summary", "pre", "p")
    assert page.elements.count("details") == page.elements.count("summary") == page.elements.count("pre") == 1


@inline
@given(text=texts)
def test_no_text_forges_the_marker_by_which_a_sink_finds_its_comment(escape: Escape, text: str) -> None:
    assert "<!--" not in escape(text) + markdown_block(text) + html_code(text)


@pytest.mark.parametrize("text", ["x", "<!-- a --> b", "<!-- a\nb -->", "<!-- a --><!-- b -->"])
def test_a_marker_is_one_comment(text: str) -> None:
    with pytest.raises(ValueError, match="one HTML comment"):
        hidden_marker(text)


def test_every_character_that_is_not_seen_is_spelled_out() -> None:
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    kept = "\n\t\u200c\u200d"
    unseen = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in hidden]
    assert len(unseen) > 130_000
    shown = visible("".join(mark for mark in unseen if mark not in kept))
    assert shown.isascii()
    assert shown.isprintable()
    assert visible(kept) == kept


@pytest.mark.parametrize(
    ("text", "shown"),
    [("\u202eexe", "\\u202eexe"), ("\x1b[1m", "\\x1b[1m"), ("\U000e0041", "\\U000e0041"), ("a\u3164", "a\\u3164")],
)
def test_the_spelling_names_the_character(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_ordinary_words_stay_readable_in_the_source() -> None:
    assert (
        markdown_text("answer fell by 3.7 points (p = 0.004); +2 new, -1 lost")
        == "answer fell by 3.7 points (p = 0.004); +2 new, -1 lost"
    )
    assert markdown_code("fixtures/refunds.jsonl:12") == "`fixtures/refunds.jsonl:12`"


@given(text=texts)
def test_a_terminal_gets_no_sequence_and_a_log_no_command(text: str) -> None:
    shown = plain(text)
    assert all(mark.isprintable() or mark in "\n\t\u3000\u200b\u200c\u200d" for mark in shown)
    assert "##[" not in shown
    assert not any(line.strip().startswith("::") for line in shown.splitlines())


def test_terminal_sequences_are_taken_out_whole() -> None:
    assert plain("\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x9b1mx") == "red link x"


@given(text=texts)
def test_a_workflow_command_is_one_line(text: str) -> None:
    message = workflow_message(text)
    assert len(f"::error::{message}".splitlines()) == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", decoded(message))


def decoded(text: str) -> str:
    """As the runner reads it: the percent sign last."""
    for code, mark in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, mark)
    return text


def test_only_the_escape_module_makes_words_safe_and_only_constants_are_templates() -> None:
    """A call of ``SafeMarkdown``, ``fill`` or ``join`` with a text that is no constant would be another way in."""
    folder = Path(gate_action.report.__file__).parent
    modules = [path for path in folder.glob("*.py") if path.name != "escape.py"]
    assert len(modules) > 8
    calls = [call for path in modules for call in ast.walk(ast.parse(path.read_text())) if isinstance(call, ast.Call)]
    named = [(call.func.id, call.args) for call in calls if isinstance(call.func, ast.Name)]
    for name, arguments in named:
        if name in {"SafeMarkdown", "fill"}:
            assert is_constant(arguments[0]), ast.dump(arguments[0])
        if name == "join" and len(arguments) > 1:
            assert is_constant(arguments[1]), ast.dump(arguments[1])
    assert {"SafeMarkdown", "fill", "join"} <= {name for name, _ in named}


def is_constant(node: ast.expr) -> bool:
    """A literal, or a name that is given one (a local ``template`` or a module's constant in capitals)."""
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Name) and (node.id == "template" or node.id.isupper())
    )
