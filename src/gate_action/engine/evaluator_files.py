"""Which files of the repository a gate's evaluators rest on: judge prompts, and functions of the repository's own."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gate_action import plugins
from gate_action.codec.options import option_names
from gate_action.errors import ConfigError
from gate_action.model.fixture import JsonObject, Suite
from gate_action.model.metric import CHECKS, Metric
from gate_action.model.picking import having


class EvaluatorFiles(NamedTuple):
    prompts: frozenset[str]
    """Paths, as `scorer_building` reads them."""
    functions: frozenset[str]
    """``package.module:name``."""


def find_evaluator_files(metrics: Iterable[Metric], suite: Suite | None) -> EvaluatorFiles:
    """Of a gate's metrics and of the suite's own checks. An evaluator that is not known rests on none."""
    uses = {(metric.evaluator, _frozen(metric.options)) for metric in metrics if metric.name != CHECKS}
    for fixture in having(suite.fixtures, "checks") if suite else ():
        uses |= {(check.evaluator, _frozen(check.options)) for check in fixture.checks}
    found = [part for name, options in uses for part in _told_by(name, dict(options))]
    return EvaluatorFiles(
        prompts=frozenset(path for kind, path in found if kind == "prompt"),
        functions=frozenset(path for kind, path in found if kind == "function"),
    )


def _told_by(name: str, options: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    try:
        cls = plugins.find("evaluators", name)
    except ConfigError:
        return
    prompt, function = options.get("prompt"), options.get("function")
    if isinstance(prompt, str) and prompt and "prompt_text" in option_names(cls):
        yield "prompt", prompt
    if isinstance(function, str) and getattr(cls, "runs_repository_code", False):
        yield "function", function


def _frozen(options: JsonObject) -> tuple[tuple[str, str], ...]:
    """The two options that name files: a suite has thousands of checks and few kinds."""
    named = ((name, options.get(name)) for name in ("prompt", "function"))
    return tuple((name, value) for name, value in named if isinstance(value, str))
