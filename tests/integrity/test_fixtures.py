"""Base's fixtures beside head's: what is added, removed and edited, and what each part's edit does to the gate."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.integrity.fixtures import compare_fixtures, compare_suites
from gate_action.model.fixture import Check, Expected, Fixture, Slice, Split, Suite
from gate_action.model.integrity import Effect
from gate_action.model.scenario import Scenario

ONE = Fixture(
    id="refund-3",
    input="How long?",
    expected=Expected(output="5 days"),
    checks=(Check(evaluator="contains", options={"texts": ["5"]}),),
    slices=(Slice("topic", "refund"),),
    is_critical=True,
)
MORE = Check(evaluator="not_contains", options={"texts": ["30"]})


def suite(*fixtures: Fixture) -> Suite:
    return Suite(fixtures=fixtures)


@pytest.mark.parametrize(
    ("edit", "effect", "told"),
    [
        ({"input": "When?"}, Effect.UNCLEAR, "input"),
        ({"expected": Expected(output="30 days")}, Effect.UNCLEAR, "expected"),
        ({"expected": Expected()}, Effect.UNCLEAR, "expected"),
        ({"context": ("a document",)}, Effect.UNCLEAR, "context"),
        ({"checks": ()}, Effect.UNCLEAR, "checks"),
        ({"checks": (MORE,)}, Effect.UNCLEAR, "checks"),
        ({"checks": (*ONE.checks, MORE)}, Effect.TIGHTENS, "checks"),
        ({"is_critical": False}, Effect.LOOSENS, "critical"),
        ({"slices": ()}, Effect.UNCLEAR, "slices"),
        ({"cluster": "c"}, Effect.UNCLEAR, "cluster"),
        ({"scenario": Scenario(goal="Wait.")}, Effect.UNCLEAR, "scenario"),
    ],
)
def test_an_edit_of_a_part_does_to_the_gate_what_the_table_says(edit: dict[str, Any], effect: Effect, told: str):
    (change,) = compare_suites(suite(ONE), suite(replace(ONE, **edit)))
    assert (change.subject, change.what, change.effect) == ("refund-3", "edited", effect)
    assert change.base.startswith(f"{told}: ")
    assert change.head.startswith(f"{told}: ")


def test_a_fixture_that_becomes_critical_tightens():
    assert compare_fixtures(replace(ONE, is_critical=False), ONE).effect is Effect.TIGHTENS


def test_of_several_edits_the_worst_counts_and_all_are_told():
    change = compare_fixtures(ONE, replace(ONE, is_critical=False, checks=(*ONE.checks, MORE)))
    assert change.effect is Effect.LOOSENS
    assert change.why == "it has further checks, no longer critical"


def test_a_removed_or_renamed_fixture_loosens_and_an_added_one_does_not():
    removed, added = compare_suites(suite(ONE), suite(replace(ONE, id="other")))
    assert (removed.subject, removed.what, removed.effect) == ("refund-3", "removed", Effect.LOOSENS)
    assert (added.subject, added.what, added.effect) == ("other", "added", Effect.NEUTRAL)


def test_what_decides_no_score_is_no_edit_and_neither_is_the_order():
    other = replace(ONE, id="other")
    told = replace(ONE, licence="MIT", expires="2030-01-01", failing_output="30 days")
    assert compare_suites(suite(ONE, other), suite(other, told)) == ()


def test_a_long_value_is_cut():
    assert len(compare_fixtures(ONE, replace(ONE, input="x" * 9_000)).head) < 400


@given(
    st.builds(
        Fixture,
        id=st.just("a"),
        input=st.text(max_size=2),
        expected=st.builds(Expected, output=st.text(max_size=1)),
        context=st.lists(st.text(max_size=1), max_size=1).map(tuple),
        checks=st.lists(st.sampled_from([*ONE.checks, MORE]), max_size=2).map(tuple),
        slices=st.lists(st.builds(Slice, st.just("t"), st.sampled_from("ab")), max_size=1).map(tuple),
        cluster=st.sampled_from(["", "c"]),
        is_critical=st.booleans(),
        split=st.just(Split.EVAL),
        scenario=st.none() | st.builds(Scenario, goal=st.sampled_from("ab")),
    ).filter(lambda one: one.digest != ONE.digest)
)
def test_every_difference_that_changes_the_digest_is_told(other: Fixture):
    change = compare_fixtures(replace(ONE, id="a"), other)
    assert change.base
    assert change.why
