"""The digest of all that makes a build answer as it does, or why there is none: then it is not cached."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import field

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import JsonObject, canonical_json
from gate_action.model.metric import Limits
from gate_action.model.run import Revision, Setup

_CHECKED_OUT = frozenset({"command", "python", "prompt"})
"""Targets whose build is a revision's files, run by us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undigested:
    """``why``: a clause."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Makings:
    """What all builds of one gate are made with, beside their revision."""

    kind: str
    options: JsonObject
    setup: Setup | None
    limits: Limits
    environment: Mapping[str, str] = field(repr=False)
    """All that the child is given of ours."""
    also: Mapping[str, str | None] = field(repr=False)
    """Variables that stand for what lies elsewhere (an index, a model's version). None: it has no value."""
    machine: Mapping[str, str]
    """Of the runner: what the child's interpreter and libraries come with."""
    users: str = ""
    """Digest of who is simulated to talk with the build; empty: nobody."""


def digest_build(makings: Makings, revision: Revision, secret: bytes) -> str | Undigested:
    """32 hex digits. Keyed by ``secret``: values of variables are in it, and none can be guessed from it."""
    why = _unknown_target(makings.kind, makings.options) or _unknown_parts(makings, revision)
    if why:
        return Undigested(why=why)
    parts = {
        "tree": revision.tree,
        "kind": makings.kind,
        "options": makings.options,
        "setup": [list(makings.setup.run), list(makings.setup.lock)] if makings.setup else None,
        "environment": dict(makings.environment),
        "also": dict(makings.also),
        "machine": dict(makings.machine),
        "limits": [makings.limits.trial_timeout_s, makings.limits.max_output_bytes, makings.limits.target_retries],
    }
    if makings.users:
        parts["users"] = makings.users
    return hmac.new(secret, canonical_json(parts), hashlib.sha256).hexdigest()[:32]


def _unknown_target(kind: str, options: JsonObject) -> str:
    if kind == "recorded":
        return "outputs that an earlier step wrote are read again for nothing"
    if kind == "http" and "start" not in options:
        return "it answers at a URL, and what is deployed there has no digest"
    if kind not in _CHECKED_OUT | {"http"}:
        return f"a target of the kind {kind} may rest on more than the revision's files"
    image = options.get("image")
    if isinstance(image, str) and "@sha256:" not in image:
        return f"the image {image} is named by a tag, which may come to mean another one"
    return ""


def _unknown_parts(makings: Makings, revision: Revision) -> str:
    if makings.setup is not None and not makings.setup.lock:
        return "target.setup names no lock file, so that what it installs has no digest"
    if missing := sorted(name for name, value in makings.also.items() if value is None):
        return f"cache.also names {', '.join(missing)}, and the environment has no value for it"
    return "" if revision.tree else "the revision's tree is not known"
