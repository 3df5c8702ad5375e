"""Metrics and a suite's checks -> a Scorer: names become classes and options become their fields, every fault told."""

from collections.abc import Iterable
from dataclasses import field, replace
from typing import cast

from gate_action import plugins
from gate_action.codec.options import OptionFault, OptionsError, build, option_names
from gate_action.codec.positions import dotted
from gate_action.engine.scoring import NamedEvaluator, Scorer, applies
from gate_action.errors import ConfigError, Problem
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Json, JsonObject, Suite, canonical_json
from gate_action.model.metric import CHECKS, Metric
from gate_action.model.picking import having
from gate_action.model.protocols import Evaluator, Files


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeDefaults:
    """What a judge gets that its options do not say."""

    model: str = ""
    """gate.yaml's ``judge.model``."""
    files: Files | None = None
    """Base's revision: judge prompts are policy, and are read from nowhere else."""


def build_scorer(
    metrics: Iterable[Metric], suite: Suite, judge: JudgeDefaults | None = None, *, path: str = "gate.yaml"
) -> Scorer:
    """Raises ConfigError with a Problem for each fault, in gate.yaml (``path``) and in the fixtures' checks."""
    building = _Building(judge=judge or JudgeDefaults())
    gate = Problem(path=path, message="")
    wanted = tuple(metrics)
    evaluators: dict[str, NamedEvaluator] = {}
    for metric in wanted:
        if metric.name != CHECKS:
            made = building.evaluator(metric.evaluator, metric.options, gate, f"metrics.{metric.name}")
            evaluators |= {metric.name: made} if made else {}
    checks = {fixture.id: building.checks(fixture) for fixture in having(suite.fixtures, "checks")}
    if checks and all(metric.name != CHECKS for metric in wanted):
        message = f"no metric counts the checks that fixtures have of their own (fixtures: {len(checks)})"
        building.problems.append(Problem(path=path, field="metrics", message=message, hint="add `checks: {}`"))
    if building.problems:
        whose = f"{judge.files.label}'s " if judge and judge.files else ""
        raise ConfigError(f"{whose}evaluators cannot be made", problems=tuple(building.problems))
    return Scorer(metrics=tuple(metric.name for metric in wanted), evaluators=evaluators, checks=checks)


@dataclass(slots=True, kw_only=True)
class _Building:
    judge: JudgeDefaults
    problems: list[Problem] = field(default_factory=list)
    made: dict[tuple[str, bytes], NamedEvaluator] = field(default_factory=dict)
    """Equal checks share one evaluator: a suite has thousands of checks and few kinds."""

    def checks(self, fixture: Fixture) -> tuple[NamedEvaluator, ...]:
        place = Problem(
            path=fixture.place.path if fixture.place else f"fixture {fixture.id}",
            line=fixture.place.line if fixture.place else None,
            message="",
        )
        made = tuple(
            self.evaluator(check.evaluator, check.options, place, f"checks[{index}]")
            for index, check in enumerate(fixture.checks)
        )
        for index, named in enumerate(made):
            if named and not applies(named.evaluator, fixture):
                message = f"{named.name} does not apply: neither its options nor this fixture say what is expected"
                self.problems.append(replace(place, field=f"checks[{index}]", message=message))
        return tuple(named for named in made if named)

    def evaluator(self, name: str, options: JsonObject, place: Problem, at: str) -> NamedEvaluator | None:
        """None beside a Problem, which ends the building."""
        key = (name, canonical_json(options))
        if key not in self.made:
            evaluator = self._make(name, options, place, at)
            if evaluator is None:
                return None
            self.made[key] = NamedEvaluator(name, evaluator)
        return self.made[key]

    def _make(self, name: str, options: JsonObject, place: Problem, at: str) -> Evaluator | None:
        try:
            cls = plugins.find("evaluators", name)
            return cast("Evaluator", build(cls, self._filled(cls, options)))
        except OptionsError as error:
            self.problems.extend(_problem(fault, place, f"{at}.options") for fault in error.faults)
        except ConfigError as error:
            self._refuse(place, f"{at}.evaluator", error)
        return None

    def _filled(self, cls: type, options: JsonObject) -> JsonObject:
        """``options`` with what a judge gets from elsewhere in gate.yaml and from base's files."""
        filled: dict[str, Json] = dict(options)
        if getattr(cls, "is_judge", False):
            filled.setdefault("model", self.judge.model)
            if not filled["model"]:
                raise OptionsError([OptionFault(("model",), "no model is given", "or give one as judge.model")])
        prompt = filled.get("prompt")
        if isinstance(prompt, str) and prompt and "prompt_text" in option_names(cls):
            filled["prompt_text"] = self._read(prompt)
        return filled

    def _read(self, path: str) -> str:
        if self.judge.files is None:
            raise OptionsError([OptionFault(("prompt",), "no revision is at hand to read it from")])
        try:
            text = self.judge.files.read(path).decode()
        except UnicodeDecodeError:
            raise OptionsError([OptionFault(("prompt",), f"{path} is no UTF-8 text")]) from None
        except ConfigError as error:
            raise OptionsError([OptionFault(("prompt",), error.message, error.hint)]) from None
        if not text.strip():
            raise OptionsError([OptionFault(("prompt",), f"{path} is empty")])
        return text

    def _refuse(self, place: Problem, at: str, error: ConfigError) -> None:
        self.problems.append(replace(place, field=at, message=error.message, hint=error.hint))


def _problem(fault: OptionFault, place: Problem, at: str) -> Problem:
    where = ".".join(filter(None, (at, dotted(fault.path))))
    return replace(place, field=where, message=fault.message, hint=fault.hint)
