"""Walks the evaluators' folder: what every evaluator must hold to."""

from dataclasses import replace

import pytest

from gate_action import plugins
from gate_action.model.fixture import Json
from gate_action.model.score import Score
from gate_action.model.trial import Output
from gate_action.testing import check_evaluator, evaluate
from tests.evaluators.examples import EXAMPLES, judgement

NAMES = plugins.names("evaluators")
MAY_STAY_SILENT = {"tool_calls"}
"""It judges the calls, not the words: an answer of calls alone has none."""


@pytest.mark.parametrize("name", NAMES)
def test_holds_to_the_contract_and_its_examples(name: str):
    check_evaluator(plugins.find("evaluators", name), EXAMPLES[name])


def test_every_evaluator_and_none_other_has_examples():
    assert set(EXAMPLES) == set(NAMES)


@pytest.mark.parametrize("content", [None, "", " \n"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in MAY_STAY_SILENT])
def test_an_empty_answer_never_passes(name: str, content: Json):
    cls = plugins.find("evaluators", name)
    for example in EXAMPLES[name]:
        silent = replace(example, output=Output(content=content), model=(judgement("pass"),), call=None)
        result = evaluate(silent, cls)
        assert not (isinstance(result, Score) and result.value == 1.0), (example, result)
