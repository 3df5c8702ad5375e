"""Heavy libraries come with extras of the package: whoever lacks one is told which."""

from gate_action.errors import ConfigError


def missing_extra(extra: str, purpose: str) -> ConfigError:
    return ConfigError(f"{purpose} needs a library that is not installed", hint=f"pip install 'gate-action[{extra}]'")
