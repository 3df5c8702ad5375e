import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from gate_action.loop.augment.augmenting import augment, choose_parents, read_question, with_question, words_to_keep
from gate_action.loop.augment.paraphrasing import keeps, paraphrase
from gate_action.model.fixture import Check, Expected, Fixture, Provenance, Slice
from gate_action.model.protocols import Completion

ROW = Fixture(
    id="missed-1",
    input="Where is my parcel, and why is it so late?",
    expected=Expected(output="It arrives on Friday."),
    slices=(Slice("locale", "en"),),
    cluster="conversation-7",
    is_critical=True,
    provenance=Provenance(source="phoenix", cluster="late parcels"),
    failing_output="I do not know.",
)


def test_a_variant_expects_what_its_parent_does_and_counts_with_it():
    made = augment([ROW], ["typo", "distractor"], count=2, seed=0).fixtures
    assert [one.id for one in made] == [f"missed-1.{kind}{n}" for kind in ("typo", "distractor") for n in (1, 2)]
    for one in made:
        assert (one.expected, one.unit, one.split) == (ROW.expected, ROW.unit, ROW.split)
        assert one.provenance is not None
        assert (one.provenance.parent, one.provenance.cluster) == ("missed-1", "late parcels")
        assert Slice("variant", one.id.split(".")[1].rstrip("12")) in one.slices
        assert not one.is_critical


def test_the_same_seed_makes_the_same_whatever_else_is_varied():
    alone = augment([ROW], ["typo"], count=1, seed=3).fixtures
    among = augment([ROW], ["persona", "typo"], count=1, seed=3).fixtures
    assert alone[0] in among
    assert augment([ROW], ["typo"], count=1, seed=4).fixtures != alone


def test_rows_on_which_a_rule_has_no_hold_are_counted():
    made = augment([ROW], ["locale"], count=1, seed=0)
    assert (made.fixtures, made.nothing_to_vary["locale"]) == ([], 1)


def test_parents_are_what_was_promoted_or_is_named_and_no_variants():
    own = Fixture(id="own", input="x")
    (variant,) = augment([ROW], ["persona"], count=1, seed=0).fixtures
    assert choose_parents([ROW, own, variant], ()) == (ROW,)
    assert choose_parents([ROW, own], ("own",)) == (own,)
    with pytest.raises(KeyError):
        choose_parents([ROW, variant], (variant.id,))


@pytest.mark.parametrize(
    ("value", "question"),
    [
        ("Where?", "Where?"),
        ({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]}, "Hi"),
        ({"turns": ["Hi", {"content": "Where?", "tool_results": {}}]}, "Where?"),
        ({"order": 17}, ""),
    ],
)
def test_the_last_question_is_what_is_varied(value: Any, question: str):
    assert read_question(value) == question
    changed = with_question(value, "Other?")
    assert read_question(changed) == ("Other?" if question else "")
    assert json.dumps(changed).count("Other?") == bool(question)


def test_what_checks_look_for_is_kept():
    row = Fixture(id="a", input="x", checks=(Check(evaluator="contains", options={"all_of": ["Blue kettle"]}),))
    assert words_to_keep(row) >= {"blue", "kettle"}


async def test_a_models_paraphrase_stays_only_if_it_keeps_what_it_must():
    parent = Fixture(id="p", input="Is order 17 blue?", expected=Expected(facts=("blue",)))
    good = ["Would order 17 be blue?", "Order 17, is it blue?"]
    bad = ["Would order 18 be blue?", "Is order 17 red?", "is order 17 BLUE?"]
    asked: list[Sequence[Mapping[str, str]]] = []

    async def complete(messages: Sequence[Mapping[str, str]], **_: Any) -> Completion:
        asked.append(messages)
        return Completion(text=json.dumps({"questions": [*bad, *good]}))

    made = await paraphrase([parent], 2, complete, "m")
    assert [one.input for one in made] == good
    assert json.loads(asked[0][1]["content"])["question"] == parent.input


def test_an_answer_that_runs_on_is_no_paraphrase():
    assert not keeps("Is it blue?", "Is it blue? " + "x" * 500, frozenset({"blue"}))
