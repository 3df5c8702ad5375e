"""A name of a seam and its options in gate.yaml -> an object."""

from collections.abc import Mapping

from gate_action import plugins
from gate_action.codec.options import build
from gate_action.config.secrets import resolve_secrets
from gate_action.model.fixture import JsonObject


def build_named(seam: str, name: str, options: JsonObject, environ: Mapping[str, str]) -> object:
    """Secrets are put in here and nowhere else. Raises ConfigError, MissingKeyError."""
    return build(plugins.find(seam, name), resolve_secrets(options, environ))
