"""Which builds are the same, and which have no digest at all."""

from dataclasses import replace
from typing import Any

import pytest

from gate_action.engine.build_digest import Makings, Undigested, digest_build
from gate_action.model.metric import Limits
from gate_action.model.run import Revision, Setup

MAKINGS = Makings(
    kind="command",
    options={"run": ["python", "app.py"]},
    setup=Setup(run=("pip", "install"), lock=("requirements.lock",)),
    limits=Limits(),
    environment={"OPENAI_API_KEY": "k3y-value", "PATH": "/bin"},
    also={"INDEX_VERSION": "7"},
    machine={"arch": "x86_64"},
)
REVISION = Revision(sha="a" * 40, tree="t" * 40)


def test_equal_makings_and_trees_are_one_build_whatever_the_commit():
    other = digest_build(MAKINGS, Revision(sha="b" * 40, tree=REVISION.tree), b"s")
    assert digest_build(MAKINGS, REVISION, b"s") == other


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "python"},
        {"options": {"run": ["python", "-O", "app.py"]}},
        {"setup": Setup(run=("pip", "install", "-U"), lock=("requirements.lock",))},
        {"setup": Setup(run=("pip", "install"), lock=("other.lock",))},
        {"environment": {"OPENAI_API_KEY": "another", "PATH": "/bin"}},
        {"environment": {"OPENAI_API_KEY": "k3y-value", "PATH": "/opt/python3.13/bin:/bin"}},
        {"also": {"INDEX_VERSION": "8"}},
        {"machine": {"arch": "aarch64"}},
        {"limits": Limits(trial_timeout_s=1)},
    ],
)
def test_whatever_an_answer_rests_on_makes_another_build(change: dict[str, Any]):
    assert digest_build(replace(MAKINGS, **change), REVISION, b"s") != digest_build(MAKINGS, REVISION, b"s")


def test_the_tree_and_the_secret_are_in_it_and_no_value_can_be_read_or_tried_without_the_secret():
    mine = digest_build(MAKINGS, REVISION, b"s")
    assert digest_build(MAKINGS, replace(REVISION, tree="u" * 40), b"s") != mine
    assert digest_build(MAKINGS, REVISION, b"t") != mine
    assert "k3y" not in str(mine) + repr(MAKINGS)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "http", "options": {"url": {"base": "https://b", "head": "https://h"}}}, "answers at a URL"),
        ({"kind": "recorded", "options": {}}, "read again for nothing"),
        ({"kind": "my_plugin", "options": {}}, "more than the revision's files"),
        ({"options": {"image": "python:3.12"}}, "named by a tag"),
        ({"setup": Setup(run=("pip", "install"))}, "names no lock file"),
        ({"also": {"INDEX_VERSION": None}}, "has no value"),
    ],
)
def test_what_cannot_be_digested_says_why(change: dict[str, Any], why: str):
    found = digest_build(replace(MAKINGS, **change), REVISION, b"s")
    assert isinstance(found, Undigested)
    assert why in found.why


def test_a_server_that_the_gate_starts_and_an_image_by_digest_have_one():
    started = replace(MAKINGS, kind="http", options={"start": ["serve"], "image": "app@sha256:" + "0" * 64})
    assert isinstance(digest_build(started, REVISION, b"s"), str)
    assert isinstance(digest_build(MAKINGS, replace(REVISION, tree=""), b"s"), Undigested)
