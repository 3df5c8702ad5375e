"""CODEOWNERS as GitHub reads it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.code_owners import LARGEST, decode_owners

# The example of GitHub's documentation, line by line.
EXAMPLE = b"""
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment @nobody
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""


def owners_of(path: str, text: bytes = EXAMPLE) -> list[str]:
    rule = decode_owners(text).rule_of(path)
    return sorted(rule.owners) if rule else []


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("deep/below/x.rb", ["@global-owner1", "@global-owner2"]),
        ("deep/x.js", ["@js-owner"]),
        ("x.go", ["docs@example.com"]),
        ("x.txt", ["@octo-org/octocats"]),
        ("build/x", ["@global-owner1", "@global-owner2"]),
        ("build/logs/x", ["@octocat"]),
        ("more/docs/x.md", ["@global-owner1", "@global-owner2"]),
        ("docs/x.md", ["@doctocat"]),
        ("docs/below/x.md", ["@doctocat"]),
        ("more/apps/x", ["@octocat"]),
        ("apps/x", ["@octocat"]),
        ("apps/github/x", []),
        ("scripts/x", ["@doctocat", "@octocat"]),
        ("deeply/nested/logs/x", ["@octocat"]),
    ],
)
def test_the_documented_example_means_what_it_says(path: str, owners: list[str]):
    assert owners_of(path) == owners


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("docs/*", "docs/x.md", "docs/below/x.md"),
        ("/*", "x", "below/x"),
        ("*", "below/x", None),
        ("docs/**", "docs/below/x", "docs"),
        ("a/**/z", "a/z", "a/zz"),
        ("a/**/z", "a/b/c/z/x", "b/a/z"),
        ("gate.yaml", "below/gate.yaml", "gate-yaml"),
        ("/gate.yaml", "gate.yaml", "below/gate.yaml"),
        ("/x?.py", "xy.py", "x/.py"),
        ("with\\ space/", "with space/x", "with"),
        ("(a+)+$", "(a+)+$", "aa"),
        ("[x].py", None, "x.py"),
        ("!x.py", None, "x.py"),
    ],
)
def test_patterns_match_as_githubs_do(pattern: str, matching: str | None, other: str | None):
    text = f"{pattern} @octo".encode()
    assert matching is None or owners_of(matching, text) == ["@octo"]
    assert other is None or owners_of(other, text) == []


def test_a_line_that_github_refuses_is_passed_over_whole_and_told():
    read = decode_owners(b"* @octo\ngate.yaml @octo/ai nobody\n!x @octo\n\\#x @octo\n")
    assert read.skipped == ("gate.yaml @octo/ai nobody", "!x @octo", "\\#x @octo")
    assert owners_of("gate.yaml", b"* @octo\r\ngate.yaml @octo/ai nobody\r\n") == ["@octo"]


def test_names_are_the_same_in_either_letter():
    assert owners_of("x", b"* @Octo/AI") == ["@octo/ai"]


def test_a_file_that_github_does_not_load_owns_nothing():
    assert owners_of("x", b"* @octo\n" + b"#" * LARGEST) == []


def test_a_pattern_that_was_made_to_take_for_ever_does_not():
    started = time.perf_counter()
    assert owners_of("a/" * 300 + "b", b"**/" * 300 + b"*" * 50 + b"c @octo") == []
    assert time.perf_counter() - started < 2


def test_a_file_of_more_lines_than_people_write_is_passed_over_and_told_apart():
    first, second = (decode_owners(f"/x{number} @octo\n".encode() * 10_001) for number in range(2))
    assert (first.rules, len(first.skipped)) == ((), 1)
    assert first.skipped != second.skipped


@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_content_is_read_and_any_path_is_asked(content: bytes, path: str):
    rule = decode_owners(content).rule_of(path)
    assert rule is None or rule.line >= 1
