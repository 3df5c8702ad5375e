"""A few of what test_job_over_http shows, on a folder: quick, and seen by the referee of what GitHub describes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate_action.loop.pulls.proposal import Ending
from standins.github.pulls import close_pull
from tests.loop.pulls.rig import Rig, start


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with start(tmp_path, is_http=False) as made:
        made.wanted = {"fixtures/a.jsonl": b"one\n"}
        yield made


def test_a_pull_request_is_opened_once_and_then_stands(rig: Rig):
    rig.labels = ("gate-fixtures",)
    first, tip = rig.run(), rig.tip()
    second = rig.run()
    assert (first.ending, second.ending) == (Ending.OPENED, Ending.UNCHANGED)
    assert rig.files() == {"fixtures/a.jsonl": "one"}
    assert rig.present == {"fixtures/a.jsonl": b"one\n"}
    [pull] = rig.open_pulls()
    assert (pull.head_sha, pull.labels, rig.tip()) == (tip, ["gate-fixtures"], tip)
    assert "What production taught." in (pull.body or "")


@pytest.mark.parametrize(
    "way", ["label", *(pytest.param(way, marks=pytest.mark.slow) for way in ("comment", "nothing"))]
)
def test_a_pull_request_that_a_person_closes_is_told_with_its_reason(rig: Rig, way: str):
    rig.run()
    if way == "label":
        rig.github.add_label(1, "gate-rejected: out of scope", "ann")
    if way == "comment":
        rig.github.add_comment(1, "stranger", "I want it")
        rig.github.add_comment(1, "ann", "Not our\nproduct.")
    close_pull(rig.github, 1)
    rig.wanted = {}
    rig.run()
    [ended] = rig.ended
    reasons = {"label": "out of scope", "comment": "Not our product.", "nothing": "closed without a word"}
    assert reasons[way] in ended.reason
    assert (ended.reviewer, ended.left) == ("ann", {})
