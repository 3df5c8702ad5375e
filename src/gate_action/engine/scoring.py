"""Scores an output by every metric. What an evaluator could not judge is a missing score, never a value."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from inspect import isawaitable
from typing import Any, NamedTuple

from gate_action.errors import InterruptedRunError, NotEvaluatedError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, JsonObject, canonical_json, digest_json
from gate_action.model.metric import CHECKS
from gate_action.model.protocols import Call, Complete, EvaluationContext, Evaluator, ProviderError
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Output, TrialError, TrialKey

MAX_REASON_CHARACTERS = 400
"""Reasons and details are sentences: a longer one is cut."""
_RESULTS = (Score, NotScored)


class NamedEvaluator(NamedTuple):
    """An evaluator and the name that gate.yaml or a fixture's check calls it by."""

    name: str
    evaluator: Evaluator


class CheckResult(NamedTuple):
    """What one check of a fixture's own came to."""

    name: str
    result: Score | NotScored


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """All metrics of one gate, ready to score."""

    metrics: tuple[str, ...]
    """In gate.yaml's order; ``checks`` among them where it is one."""
    evaluators: Mapping[str, NamedEvaluator]
    """By metric; none for ``checks``."""
    checks: Mapping[str, tuple[NamedEvaluator, ...]]
    """By fixture id; fixtures without checks are left out."""
    timeout_s: float = 300.0
    """How long one evaluator that waits for something may take over one output."""

    async def score(
        self, fixture: Fixture, key: TrialKey, outcome: Output | TrialError, complete: Complete, call: Call
    ) -> tuple[Scored, ...]:
        """One Scored for each metric, in order.

        Raises only what ends the whole run: a NotEvaluatedError or InterruptedRunError, in an ExceptionGroup.
        """
        begun = self.begin(fixture, key, outcome, complete, call)
        return begun if isinstance(begun, tuple) else await begun

    def begin(
        self, fixture: Fixture, key: TrialKey, outcome: Output | TrialError, complete: Complete, call: Call
    ) -> tuple[Scored, ...] | Awaitable[tuple[Scored, ...]]:
        """As ``score``, at once unless an evaluator waits for something."""
        if isinstance(outcome, TrialError):
            missing = NotScored(cause=NotScoredCause.TRIAL_ERROR, detail=_line(outcome.detail))
            return tuple(Scored(key=key, metric=metric, result=missing) for metric in self.metrics)
        ctx = EvaluationContext(fixture=fixture, output=outcome, complete=complete, call=call)
        checks = self.checks.get(fixture.id, ()) if CHECKS in self.metrics else ()
        evaluators = (*self.evaluators.values(), *checks)
        begun = [_begin(named, ctx) for named in evaluators]
        if any(not isinstance(result, _RESULTS) and isawaitable(result) for result in begun):
            return self._go_on(evaluators, begun, key, fixture)
        return self._scored(evaluators, begun, key, fixture)

    async def _go_on(
        self, evaluators: Sequence[NamedEvaluator], begun: Sequence[object], key: TrialKey, fixture: Fixture
    ) -> tuple[Scored, ...]:
        """Evaluators that wait for something wait side by side."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._await(result)) if isawaitable(result) else result for result in begun]
        done = [task.result() if isinstance(task, asyncio.Task) else task for task in tasks]
        return self._scored(evaluators, done, key, fixture)

    def _scored(
        self, evaluators: Sequence[NamedEvaluator], results: Sequence[object], key: TrialKey, fixture: Fixture
    ) -> tuple[Scored, ...]:
        checked = [_check(named, result, fixture) for named, result in zip(evaluators, results, strict=True)]
        found = dict(zip(self.evaluators, checked, strict=False))
        if CHECKS in self.metrics:
            own = zip(evaluators[len(self.evaluators) :], checked[len(self.evaluators) :], strict=True)
            found[CHECKS] = score_checks([CheckResult(check.name, result) for check, result in own])
        return tuple([Scored(key=key, metric=metric, result=found[metric]) for metric in self.metrics])

    async def _await(self, result: Awaitable[Any]) -> object:
        limit = asyncio.timeout(self.timeout_s)
        try:
            async with limit:
                return await result
        except (NotEvaluatedError, InterruptedRunError):
            raise
        except ProviderError as error:
            return _could_not_judge(f"the model provider did not answer: {error}")
        except Exception as error:  # noqa: BLE001  # whatever a plugin raises: it is told, and it is no score
            if isinstance(error, TimeoutError) and limit.expired():
                return _could_not_judge(f"no score within {self.timeout_s:g} s")
            return _could_not_judge(_name(error))


def score_checks(results: Sequence[CheckResult]) -> Score | NotScored:
    """The metric ``checks``: the mean of a fixture's own checks. One that could not be judged leaves no mean."""
    if not results:
        return NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail="the fixture has no checks of its own")
    values: list[float] = []
    failed: list[str] = []
    for name, result in results:
        if isinstance(result, NotScored):
            why = "does not apply to its fixture" if result.cause is NotScoredCause.NOT_APPLICABLE else "failed"
            return _could_not_judge(f"check {name} {why}: {result.detail}")
        values.append(result.value)
        if result.value < 1.0:
            failed.append(f"{name}: {result.reason}")
    passed = f"{len(values) - len(failed)} of {len(values)} checks hold"
    return Score(value=min(1.0, sum(values) / len(values)), reason=_line("; ".join([passed, *failed])))


def evaluator_fingerprint(scorer: Scorer, *, code: str = "") -> str:
    """Digest of all that decides how an output is scored: evaluators, versions, options, judge prompts and models.

    Of the fixtures' own checks only the kinds: their options are in each fixture's digest, so that a new fixture
    leaves the others comparable with earlier runs.
    ``code`` is the digest of the repository's own code (base's tree); it counts where an evaluator runs that code.
    """
    named = [*scorer.evaluators.values(), *(check for checks in scorer.checks.values() for check in checks)]
    runs_code = any(getattr(evaluator, "runs_repository_code", False) for _, evaluator in named)
    own = {canonical_json(_kind(check)) for checks in scorer.checks.values() for check in checks}
    return digest_json(
        {
            "metrics": {metric: identify(named) for metric, named in scorer.evaluators.items()},
            "checks": sorted(kind.decode() for kind in own) if CHECKS in scorer.metrics else [],
            "code": code if runs_code else "",
        }
    )


def evaluator_digests(scorer: Scorer, *, code: str = "") -> dict[str, str]:
    """By metric: of all that decides its score beside fixture and output. ``code`` as for the fingerprint."""

    def digest(named: Iterable[NamedEvaluator], identities: JsonObject | list[str]) -> str:
        runs_code = any(getattr(one.evaluator, "runs_repository_code", False) for one in named)
        return digest_json({"evaluator": identities, "code": code if runs_code else ""})

    own = {check for checks in scorer.checks.values() for check in checks}
    kinds = sorted({canonical_json(_kind(check)).decode() for check in own})
    digests = {metric: digest([named], identify(named)) for metric, named in scorer.evaluators.items()}
    return {metric: digests.get(metric) or digest(own, kinds) for metric in scorer.metrics}


def _kind(check: NamedEvaluator) -> JsonObject:
    """Name and version; of a judge all that identifies it, since its model and prompt are not in the fixture."""
    if getattr(check.evaluator, "is_judge", False):
        return identify(check)
    return {"evaluator": check.name, "version": check.evaluator.version}


def applies(evaluator: Evaluator, fixture: Fixture) -> bool:
    """What the evaluator says of itself; one that says nothing applies to every fixture."""
    applies_to = getattr(evaluator, "applies_to", None)
    return applies_to is None or bool(applies_to(fixture))


def identify(named: NamedEvaluator) -> JsonObject:
    """Name, version and options; an evaluator that rests on more tells it by ``identity()``."""
    evaluator: Any = named.evaluator
    own = getattr(evaluator, "identity", None)
    options = own() if callable(own) else asdict(evaluator)
    return {"evaluator": named.name, "version": evaluator.version, "options": options}


def _begin(named: NamedEvaluator, ctx: EvaluationContext) -> object:
    """The result, or what to wait for."""
    try:
        if not applies(named.evaluator, ctx.fixture):
            detail = f"the fixture has nothing that {named.name} needs"
            return NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail=detail)
        return named.evaluator.evaluate(ctx)
    except Exception as error:  # noqa: BLE001  # whatever a plugin raises: it is told, and it is no score
        return _could_not_judge(_name(error))


def _check(named: NamedEvaluator, result: object, fixture: Fixture) -> Score | NotScored:
    """``result`` if it is one. Whether a metric applies depends on the fixture alone: no build may talk its way out."""
    match result:
        case Score(value=value, reason=reason):
            line = _line(reason)
            return result if line == reason else Score(value=value, reason=line)
        case NotScored(cause=NotScoredCause.NOT_APPLICABLE) if _declares(named.evaluator, fixture):
            return _could_not_judge(f"{named.name} applies to this fixture, but said after the answer that it does not")
        case NotScored(detail=detail):
            return replace(result, detail=_line(detail))
        case _:
            return _could_not_judge(f"{named.name} gave {type(result).__name__}, not a Score or NotScored")


def _declares(evaluator: Evaluator, fixture: Fixture) -> bool:
    return hasattr(evaluator, "applies_to") and applies(evaluator, fixture)


def _could_not_judge(detail: str) -> NotScored:
    return NotScored(cause=NotScoredCause.EVALUATOR_ERROR, detail=_line(detail))


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _line(text: str) -> str:
    """On one line, cut."""
    if len(text) <= MAX_REASON_CHARACTERS and text.isprintable() and "  " not in text and text.strip() == text:
        return text  # as most are: nothing that does not print, which all white space but a plain space does not
    line = " ".join(text[: 2 * MAX_REASON_CHARACTERS].split())
    return line if len(line) <= MAX_REASON_CHARACTERS else line[: MAX_REASON_CHARACTERS - 1] + "\N{HORIZONTAL ELLIPSIS}"
