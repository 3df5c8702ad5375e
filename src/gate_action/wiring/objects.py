"""A name of a seam and its options in gate.yaml -> an object."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from gate_action import plugins
from gate_action.codec.options import build
from gate_action.config.secrets import resolve_secrets
from gate_action.model.fixture import JsonObject


def build_named(
    seam: str, name: str, options: JsonObject, environ: Mapping[str, str], repository: Path = Path()
) -> object:
    """Secrets are put in here and nowhere else; a field with ``metadata={"anchored": True}`` is a path, taken from
    the repository's top; one with ``metadata={"environment": "NAME"}`` is no option: the run's environment fills it.
    Raises ConfigError, MissingKeyError.
    """
    cls = plugins.find(seam, name)
    built: Any = build(cls, resolve_secrets(options, environ))
    for field in fields(cls):
        if field.metadata.get("anchored"):
            value = str(repository / getattr(built, field.name))
        elif variable := field.metadata.get("environment"):
            value = environ.get(variable, "")
        else:
            continue
        object.__setattr__(built, field.name, value)  # nobody else has seen it yet: frozen from here on
    return built
