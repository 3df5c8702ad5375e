from typing import Any

import pytest

from gate_action.clients.stores.objects import StoredObject
from gate_action.loop.sync.offers import Entrance
from tests.loop.sync.rows import row, stored


def test_a_promoted_row_comes_in_as_it_is():
    offers = Entrance().read([stored(row(0), row(1))])
    assert ([one.id for one in offers.fixtures], offers.refused) == (["row-0", "row-1"], ())
    assert offers.fixtures[0].input == row(0)["input"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"checks": [{"evaluator": "python", "options": {"path": "evil.py"}}]}, "may run code"),
        ({"checks": [{"evaluator": "llm_judge", "options": {"preset": "hallucination"}}]}, "--allow-check llm_judge"),
        ({"checks": [{"evaluator": "../../evil", "options": {}}]}, "names no evaluator"),
        ({"checks": [{"evaluator": "contains", "options": {"nothing": 1}}]}, "its check contains"),
        ({"split": "train"}, "split train"),
        ({"consent": "no"}, "did not consent"),
        ({"expected": {"facts": []}}, "any answer would pass"),
        ({"context": "x" * 70_000}, "bytes are more than"),
        ({"id": "call me at once, says ann@example.com"}, "id: "),
        ({"provenance": {"source": "x" * 300}}, "is a text"),
        ({"slices": {"who": "ann.smith@example.com"}}, "personal or secret"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_row_that_may_not_come_in_is_refused_with_its_place_and_reason(more: dict[str, Any], words: str):
    offers = Entrance().read([stored(row(0), {**row(1), **more})])
    assert [one.id for one in offers.fixtures] == ["row-0"]
    [refusal] = offers.refused
    assert refusal.place == "rows.jsonl:2"
    assert words in refusal.reason


def test_a_check_of_ones_own_comes_in_where_it_is_allowed():
    judged = row(0, checks=[{"evaluator": "llm_judge", "options": {"preset": "hallucination"}}])
    assert len(Entrance(checks=frozenset({"llm_judge"})).read([stored(judged)]).fixtures) == 1


@pytest.mark.parametrize(
    "name", ["../rows.jsonl", "/etc/rows.jsonl", "a/../../rows.jsonl", "a\\rows.jsonl", "a\n.jsonl"]
)
def test_a_file_whose_name_leads_out_of_the_folder_is_refused(name: str):
    offers = Entrance().read([stored(row(0), name=name)])
    assert (offers.fixtures, len(offers.refused)) == ((), 1)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{" * 100_000, b'{"id": 1}\n[]\n', b"null\n", b"\n"])
def test_garbage_is_refused_and_the_next_file_is_read(content: bytes):
    offers = Entrance().read([StoredObject("bad.jsonl", content), stored(row(0))])
    assert [one.id for one in offers.fixtures] == ["row-0"]
    assert offers.refused


def test_what_was_not_scrubbed_is_scrubbed_before_it_touches_git():
    secret = "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0" * 3
    offers = Entrance().read([stored(row(0, input=f"My key is {secret}, mail ann.smith@example.com"))])
    [fixture] = offers.fixtures
    assert secret not in str(fixture.input)
    assert "ann.smith" not in str(fixture.input)


def test_what_a_simulated_user_may_reveal_is_scrubbed_too():
    scenario = {"goal": "Get help.", "facts": ["They are ann.smith@example.com."], "persona": {"mood": "calm"}}
    [fixture] = Entrance().read([stored(row(0, scenario=scenario))]).fixtures
    assert fixture.scenario is not None
    assert (fixture.scenario.goal, "ann.smith" in str(fixture.scenario.facts)) == ("Get help.", False)
