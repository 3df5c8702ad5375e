"""A child may print what it was given: no value of a secret stands in a report, wherever it came from."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gate_action.codec.documents import decode_report, encode_report
from gate_action.config.secrets import referenced_names
from gate_action.config.settings import Config
from gate_action.model.fixture import Json, JsonObject
from gate_action.model.report import Report
from gate_action.model.score import NotScored, Score
from gate_action.model.trial import Output, TrialError

if TYPE_CHECKING:
    from gate_action.engine.shard_files import Measured

MASK = "***"
_SHORTEST = 6
"""A shorter value is no secret, and masking it would blot out words."""


def find_secrets(config: Config | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values of what gate.yaml names as secret, and of the token that we publish with; longest first."""
    names = {"GITHUB_TOKEN", "INPUT_GITHUB-TOKEN", "ACTIONS_RUNTIME_TOKEN"}
    if config is not None:
        names |= {*config.target.env, *referenced_names(config.target.options)}
        names |= {config.judge.key} if config.judge else set()
        names |= {config.target.simulate.key} if config.target.simulate else set()
        for settings in config.sources:
            names |= referenced_names(settings.options)
    values = {environ.get(name, "") for name in names}
    return tuple(sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True))


def mask_report(report: Report, secrets: Iterable[str]) -> Report:
    """``report`` with each secret replaced in every text that holds it."""
    wanted = tuple(secrets)
    if not wanted:
        return report
    document = json.loads(encode_report(report))
    masked = _masked(document, wanted)
    return report if masked == document else decode_report(json.dumps(masked).encode(), path="the masked report")


def mask_text(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def mask_measured(measured: "Measured", secrets: tuple[str, ...]) -> "Measured":
    """The same trial and scores, with each secret replaced in what a build or an evaluator said."""
    trial = measured.trial
    outcome = trial.outcome
    match outcome:
        case Output():
            outcome = _mask_output(outcome, secrets)
        case TrialError(detail=detail, tail=tail):
            outcome = replace(outcome, detail=mask_text(detail, secrets), tail=mask_text(tail, secrets))
    scores = tuple(replace(scored, result=mask_result(scored.result, secrets)) for scored in measured.scores)
    return replace(measured, trial=replace(trial, outcome=outcome), scores=scores)


def _mask_output(output: Output, secrets: tuple[str, ...]) -> Output:
    return Output(
        content=_masked(output.content, secrets),
        tool_calls=tuple(replace(c, arguments=_mask_object(c.arguments, secrets)) for c in output.tool_calls),
        context=tuple(mask_text(text, secrets) for text in output.context),
        messages=tuple(_masked(message, secrets) for message in output.messages),
    )


def _mask_object(value: JsonObject, secrets: tuple[str, ...]) -> JsonObject:
    return {key: _masked(entry, secrets) for key, entry in value.items()}


def mask_result(result: Score | NotScored, secrets: tuple[str, ...]) -> Score | NotScored:
    match result:
        case Score(reason=reason):
            return replace(result, reason=mask_text(reason, secrets))
        case NotScored(detail=detail):
            return replace(result, detail=mask_text(detail, secrets))


def _masked(value: Json, secrets: tuple[str, ...]) -> Json:
    match value:
        case str():
            return mask_text(value, secrets)
        case Mapping():
            return {key: _masked(entry, secrets) for key, entry in value.items()}
        case Sequence():
            return [_masked(entry, secrets) for entry in value]
        case _:
            return value
