"""Which metrics rest on a judge, and which judges may block: those measured against people, as they are now."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gate_action.engine.scoring import NamedEvaluator, Scorer, identify
from gate_action.model.fixture import digest_json
from gate_action.model.judge import JudgeRecord
from gate_action.model.metric import CHECKS, Metric, Role

_ADVICE = "measure it with `gate-action judge calibrate`"


def judge_digests(scorer: Scorer) -> dict[str, str]:
    """Judge metric -> digest of evaluator, version, prompt, rubric and model. Checks of fixtures are not among them."""
    return {name: digest_json(identify(named)) for name, named in scorer.evaluators.items() if is_judge(named)}


def is_judge(named: NamedEvaluator) -> bool:
    return bool(getattr(named.evaluator, "is_judge", False))


def bar_unmeasured(metrics: Iterable[Metric], scorer: Scorer, records: Mapping[str, JudgeRecord]) -> tuple[Metric, ...]:
    """The metrics, each primary one whose judge is not known to be good enough made secondary, with the reason.

    ``records``: what base's judges.lock.yaml says of this gate's judges.
    """
    digests = judge_digests(scorer)
    return tuple(_bar(metric, _why_barred(metric, scorer, digests, records)) for metric in metrics)


def _bar(metric: Metric, why: str) -> Metric:
    return replace(metric, role=Role.SECONDARY, barred=why) if why and metric.role is Role.PRIMARY else metric


def _why_barred(metric: Metric, scorer: Scorer, digests: Mapping[str, str], records: Mapping[str, JudgeRecord]) -> str:
    if metric.name == CHECKS:
        asking = sorted(name for name, checks in scorer.checks.items() if any(map(is_judge, checks)))
        if not asking:
            return ""
        return f"a check of fixture {asking[0]} asks a judge, which only a metric of its own can be measured for"
    if metric.name not in digests:
        return ""
    record = records.get(metric.name)
    if record is None:
        return f"its judge was never measured against people; {_ADVICE}"
    if record.judge != digests[metric.name]:
        return f"its judge is not the one that was measured (prompt, rubric, model or version changed); {_ADVICE}"
    return record.quality.shortfall


def asks_somebody(scorer: Scorer) -> bool:
    """Does any evaluator cost a call? All others score again sooner than they are looked up."""
    named = [*scorer.evaluators.values(), *(check for checks in scorer.checks.values() for check in checks)]
    return any(
        getattr(one.evaluator, "is_judge", False) or getattr(one.evaluator, "runs_repository_code", False)
        for one in named
    )
