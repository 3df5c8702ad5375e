"""Heavy libraries come with extras of the package: whoever lacks one is told which, before anything is spent."""

from importlib.util import find_spec

from gate_action.errors import ConfigError

_LIBRARIES = {
    "github": "github",
    "http": "aiohttp",
    "llm": "litellm",
    "loop": "ibis",
    "stores": "obstore",
    "tables": "duckdb",
}


def check_extra(extra: str, purpose: str) -> None:
    """Raises ConfigError where the library of ``extra`` is not installed. Imports nothing."""
    if find_spec(_LIBRARIES[extra]) is None:
        hint = f"pip install '.[{extra}]' in a clone of gate-action"
        raise ConfigError(f"{purpose} needs {_LIBRARIES[extra]}, which is not installed", hint=hint)
