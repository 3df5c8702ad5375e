"""Keeps the checks that tell the failing answer from the right one, by trying them on both."""

from collections.abc import Iterable
from inspect import isawaitable
from typing import NoReturn

from gate_action import plugins
from gate_action.codec.options import build
from gate_action.errors import ConfigError
from gate_action.loop.promote.checks import read_calls
from gate_action.model.fixture import Check, Fixture, Json
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import Score
from gate_action.model.trial import Output


def fitting_checks(fixture: Fixture, checks: Iterable[Check], wrong: Output, right: Json) -> tuple[Check, ...]:
    """Of ``checks`` those that score ``wrong`` below 1 and, where ``right`` is not empty, that score it 1.

    One that asks a model cannot be tried here, and stays.
    """
    return tuple(check for check in checks if _fits(fixture, check, wrong, right))


def _fits(fixture: Fixture, check: Check, wrong: Output, right: Json) -> bool:
    cls = plugins.find("evaluators", check.evaluator)
    if getattr(cls, "is_judge", False):
        return True
    try:
        evaluator: object = build(cls, check.options)
    except ConfigError:  # somebody's words made options that the evaluator refuses, such as an empty text
        return False
    low = _score(evaluator, fixture, wrong)
    if low is None or low >= 1:
        return False
    return right in ("", None) or _score(evaluator, fixture, as_output(right)) == 1


def as_output(right: Json) -> Output:
    """A correction as the answer that it stands for; calls where it is calls."""
    calls = read_calls(right)
    return Output(content="" if calls else right, tool_calls=calls)


def _score(evaluator: object, fixture: Fixture, output: Output) -> float | None:
    ctx = EvaluationContext(fixture=fixture, output=output, complete=_no_model, call=_no_model)
    result = evaluator.evaluate(ctx)  # type: ignore[attr-defined]  # the seam's method
    if isawaitable(result):
        close = getattr(result, "close", None)
        if close:
            close()
        return None
    return result.value if isinstance(result, Score) else None


def _no_model(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a check that needs no model asked for one")
