"""Secrets in gate.yaml: where ``${{ env.NAME }}`` may stand, what must not stand there in plain text, and its value.

No message ever shows a value: what looks like a secret may be one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import NamedTuple

from gate_action.codec.positions import Path
from gate_action.errors import MissingKeyError
from gate_action.model.fixture import Json, JsonObject

_REFERENCE = re.compile(r"\$\{\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_SECRET = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|A[KS]IA[A-Z0-9]{16}"
    r"|xox[abprs]-[\w-]{10,}|AIza[\w-]{30,}|hf_[A-Za-z0-9]{20,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE)"
)
_SECRET_WORDS = frozenset(
    {"apikey", "auth", "authorization", "cookie", "credential", "credentials", "key", "password", "secret", "token"}
)
_SCHEME = re.compile(r"(?:basic|bearer|token)\s+(?=\S)", re.IGNORECASE)
_ADVICE = "put the value into a secret, hand it to the step as an environment variable, and write ${{ env.NAME }}"
_FOR_SECRETS = "environment references are for secrets, in options that take them"
_RESERVED = re.compile(r"(?:GITHUB_TOKEN|GH_TOKEN|GITHUB_PAT|ACTIONS_.*|INPUT_.*|RUNNER_TOKEN|GATE_.*)")
"""Credentials of the runner and of the action, and the names that the gate sets itself."""


class SecretFault(NamedTuple):
    path: Path
    message: str
    hint: str = ""


def secret_options(cls: type) -> frozenset[str]:
    """The options of a plugin that may take ``${{ env.NAME }}``: fields with ``metadata={"secret": True}``."""
    return frozenset(field.name for field in fields(cls) if field.metadata.get("secret"))


def find_secret_faults(value: Json, capable: Iterable[Path]) -> Iterator[SecretFault]:
    """Walks a whole document. ``capable``: the paths below which a reference may stand, and a literal may not."""
    allowed = frozenset(capable)
    for path, text in _texts(value, ()):
        top = next((path[:depth] for depth in range(1, len(path) + 1) if path[:depth] in allowed), None)
        literal = _REFERENCE.sub("", text)
        if top is None and "${{" in text:
            named = _REFERENCE.fullmatch(text) if path[-1] == "key" else None
            hint = f"write the variable's name alone: {named[1]}" if named else _FOR_SECRETS
            yield SecretFault(path, "takes no ${{ }}", hint)
        elif "${{" in literal:
            yield SecretFault(path, "only ${{ env.NAME }} is read here")
        elif _SECRET.search(literal) or (top is not None and _is_secret(literal, path, top)):
            yield SecretFault(path, "looks like a secret in plain text", _ADVICE)


def find_name_fault(name: str) -> str:
    """Why a child may not see the variable ``name``; empty: it may."""
    if not _RESERVED.fullmatch(name.upper()):
        return ""
    if name.upper().startswith("GATE_"):
        return f"{name} is the gate's own: names that start with GATE_ are set by it"
    return f"{name} would hand the runner's credentials to the pull request's code"


def referenced_names(options: JsonObject) -> frozenset[str]:
    """The variables that ``${{ env.NAME }}`` names anywhere in ``options``."""
    return frozenset(name for _, text in _texts(options, ()) for name in _REFERENCE.findall(text))


def resolve_secrets(options: JsonObject, environ: Mapping[str, str]) -> JsonObject:
    """``options`` with every ``${{ env.NAME }}`` replaced. Raises MissingKeyError, naming all that are not set."""
    missing = sorted(name for name in referenced_names(options) if not environ.get(name))
    if missing:
        raise MissingKeyError(
            f"gate.yaml refers to {', '.join(missing)}, and the environment has no value for it",
            hint="set it in the workflow step's env, from a secret",
        )
    return {key: _resolved(entry, environ) for key, entry in options.items()}


def _resolved(value: Json, environ: Mapping[str, str]) -> Json:
    match value:
        case str():
            return _REFERENCE.sub(lambda match: environ[match[1]], value)
        case Mapping():
            return {key: _resolved(entry, environ) for key, entry in value.items()}
        case Sequence():
            return [_resolved(entry, environ) for entry in value]
        case _:
            return value


def _is_secret(literal: str, path: Path, top: Path) -> bool:
    """In an option for secrets: any text that is the option itself, or whose own name (a header's) says secret."""
    rest = _SCHEME.sub("", literal).strip()
    return bool(rest) and rest.lower() not in {"basic", "bearer", "token"} and (path == top or _names_secret(path))


def _names_secret(path: Path) -> bool:
    """A header's name, by its words: ``X-Api-Key`` says secret, ``X-Max-Tokens`` and ``Author`` do not."""
    return not _SECRET_WORDS.isdisjoint(re.findall(r"[a-z]+", str(path[-1]).lower()))


def _texts(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    match value:
        case str():
            yield path, value
        case Mapping():
            for key, entry in value.items():
                yield from _texts(entry, (*path, key))
        case Sequence():
            for index, entry in enumerate(value):
                yield from _texts(entry, (*path, index))
        case _:
            return
