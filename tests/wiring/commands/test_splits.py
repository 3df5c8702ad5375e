import subprocess
import sys
from typing import Any

from gate_action.model.fixture import Fixture, Place, Split
from gate_action.wiring.commands.splits import find_leaks

ASKED = "Where is my parcel? I ordered it on Monday, and nobody answers my mails."


def judged(**more: Any) -> Fixture:
    return Fixture(id="judged", input=ASKED, **more)


def trained(asked: str, **more: Any) -> Fixture:
    return Fixture(id="trained", input=asked, split=Split.TRAIN, place=Place("fixtures/t.jsonl", 4), **more)


def test_a_row_that_is_judged_by_may_not_be_trained_on():
    (problem,) = find_leaks([judged(), trained(ASKED)])
    assert (problem.path, problem.line) == ("fixtures/t.jsonl", 4)
    assert "trained is of the split train and has the input of judged" in problem.message


def test_nor_what_is_nearly_the_same():
    (problem,) = find_leaks([judged(), trained(ASKED.replace("parcel", "parcels").upper())])
    assert "has nearly the input of judged" in problem.message


def test_nor_another_turn_of_its_conversation():
    (problem,) = find_leaks([judged(cluster="c1"), trained("And the invoice?", cluster="c1")])
    assert "shares the cluster c1 with judged" in problem.message


def test_what_has_nothing_in_common_may():
    assert find_leaks([judged(cluster="c1"), trained("Do you ship to Norway?", cluster="c2")]) == ()
    assert find_leaks([judged(), judged()]) == ()


def test_a_suite_without_rows_for_training_loads_no_numpy():
    code = """
import sys
from gate_action.model.fixture import Fixture
from gate_action.wiring.commands.splits import find_leaks
find_leaks([Fixture(id="a", input="b")])
assert "numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
