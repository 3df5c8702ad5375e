"""A lock file that a command of ours writes and people commit: YAML with a version, read into a shape or refused."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from gate_action.codec.positions import TextError, decode_text
from gate_action.codec.yaml_text import parse_yaml
from gate_action.errors import ConfigError

_Shape = TypeVar("_Shape", bound=msgspec.Struct)


def read_lock(content: bytes, path: str, shape: type[_Shape], *, version: int, advice: str) -> _Shape:
    """Raises ConfigError, with ``advice`` for what is not as the command wrote it."""
    try:
        value = parse_yaml(decode_text(content)).value
        found = value.get("schema_version") if isinstance(value, Mapping) else None
        if found != version or isinstance(found, bool):
            raise ConfigError(f"{path}: schema_version {found!r} is not known", hint=advice)
        return msgspec.convert(value, shape)
    except TextError as error:
        raise ConfigError(f"{path} cannot be read", problems=(error.as_problem(path),)) from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path} cannot be used: {error}", hint=advice) from error
