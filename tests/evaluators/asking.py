"""One question to one evaluator."""

from gate_action import plugins
from gate_action.model.fixture import Fixture, Json
from gate_action.model.score import Score
from gate_action.model.trial import Output
from gate_action.testing import Example, evaluate
from tests.evaluators.examples import fixture

PLAIN = fixture()


def ask(name: str, content: Json | Output, fixture: Fixture = PLAIN, /, **options: Json) -> Score:
    """The score; an AssertionError where there is none."""
    output = content if isinstance(content, Output) else Output(content=content)
    result = evaluate(Example(options=options, fixture=fixture, output=output), plugins.find("evaluators", name))
    assert isinstance(result, Score), result
    return result
