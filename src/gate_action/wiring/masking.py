"""A child may print what it was given: no value of a secret stands in a report, wherever it came from."""

import json
from collections.abc import Iterable, Mapping, Sequence

from gate_action.codec.documents import decode_report, encode_report
from gate_action.config.secrets import referenced_names
from gate_action.config.settings import Config
from gate_action.model.fixture import Json
from gate_action.model.report import Report

MASK = "***"
_SHORTEST = 6
"""A shorter value is no secret, and masking it would blot out words."""


def find_secrets(config: Config | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values of what gate.yaml names as secret, and of the token that we publish with; longest first."""
    names = {"GITHUB_TOKEN", "INPUT_GITHUB-TOKEN", "ACTIONS_RUNTIME_TOKEN"}
    if config is not None:
        names |= {*config.target.env, *referenced_names(config.target.options)}
        names |= {config.judge.key} if config.judge else set()
        for settings in config.sources:
            names |= referenced_names(settings.options)
    values = {environ.get(name, "") for name in names}
    return tuple(sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True))


def mask_report(report: Report, secrets: Iterable[str]) -> Report:
    """``report`` with each secret replaced in every text that holds it."""
    wanted = tuple(secrets)
    document = json.loads(encode_report(report))
    masked = _masked(document, wanted)
    return report if masked == document else decode_report(json.dumps(masked).encode(), path="the masked report")


def _masked(value: Json, secrets: tuple[str, ...]) -> Json:
    match value:
        case str():
            for secret in secrets:
                value = value.replace(secret, MASK)
            return value
        case Mapping():
            return {key: _masked(entry, secrets) for key, entry in value.items()}
        case Sequence():
            return [_masked(entry, secrets) for entry in value]
        case _:
            return value
