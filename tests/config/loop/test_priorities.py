from datetime import date

import pytest

from gate_action.config.loop.priorities import Mute, decode_priorities
from gate_action.errors import ConfigError

LEVERS = ("prompt", "retrieval")
FILE = """\
schema_version: 1
items:
  c-refunds:
    severity: 4
    lever: retrieval
    note: finance pays for each
  format_error:
    mute: {reason: fixed in release 12, until: 2026-12-31}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        decode_priorities(text.encode(), "priorities.yaml", LEVERS)
    return [str(problem) for problem in raised.value.problems]


def test_a_file_is_read_and_a_cluster_goes_before_its_label():
    found = decode_priorities(FILE.encode(), "priorities.yaml", LEVERS)
    override = found.find("c-refunds", "format_error")
    assert override is not None
    assert (override.severity, override.lever) == (4, "retrieval")
    by_label = found.find("c-other", "format_error")
    assert by_label is not None
    assert by_label.mute == Mute(reason="fixed in release 12", until=date(2026, 12, 31))
    assert found.find("c-other", "hallucination") is None


def test_an_empty_file_overrides_nothing():
    assert decode_priorities(b"", "priorities.yaml", LEVERS).items == {}


def test_every_fault_is_told_with_its_place():
    found = problems("items:\n  c-1:\n    severity: 5\n  c-2:\n    sevrity: 2\n  c-3:\n    mute: {reason: x}\n")
    assert [one.split(" ")[0] for one in found] == [
        "priorities.yaml:3:15:",
        "priorities.yaml:5:5:",
        "priorities.yaml:7:11:",
    ]


def test_a_lever_that_is_not_there_is_named_with_the_nearest():
    assert "did you mean 'prompt'?" in problems("items: {c-1: {lever: promt}}\n")[0]


def test_what_is_pinned_is_not_muted():
    assert "pinned and muted" in problems("items:\n  c-1: {pin: true, mute: {reason: x, until: 2026-12-01}}\n")[0]


def test_a_later_version_is_refused():
    assert "version 2" in problems("schema_version: 2\n")[0]


def test_what_a_cluster_leaves_open_its_label_says():
    text = """\
schema_version: 1
items:
  hallucination: {severity: 4, lever: retrieval, note: it harms}
  format_error: {mute: {reason: known, until: 2026-12-31}}
  c-a: {lever: model, chance: 0.7}
  c-b: {pin: true}
"""
    found = decode_priorities(text.encode(), "priorities.yaml", (*LEVERS, "model"))
    joined = found.find("c-a", "hallucination")
    assert joined is not None
    assert (joined.severity, joined.lever, joined.chance, joined.note) == (4, "model", 0.7, "it harms")
    pinned = found.find("c-b", "format_error")
    assert pinned is not None
    assert (pinned.pin, pinned.mute) == (True, None)
