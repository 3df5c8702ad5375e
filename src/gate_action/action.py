"""From a workflow's environment and event to the command line of `gate-action run`: builds it, shows it, calls it."""

import os
import secrets
import shlex
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from gate_action.clients.github.workflow import Checkout, load_checkout, load_event
from gate_action.codec.github_event import Event, is_sha
from gate_action.errors import ConfigError, ExitCode, GateError
from gate_action.model.publication import CommentMode
from gate_action.model.run import BaseRule
from gate_action.report.escape import workflow_message
from gate_action.wiring.github.event_base import Base, base_branch, choose_base, refuse_unsafe
from gate_action.wiring.github.pull_behind import name_pull_behind

INPUTS = (
    "config",
    "gate",
    "github-token",
    "base",
    "head",
    "working-directory",
    "out",
    "run-folder",
    "evidence",
    "comment",
    "label",
    "publish",
    "dry-run",
    "shard",
    "merge",
    "reported",
)
"""What action.yml declares; a test compares the two."""

_ASKED_FOR = {"schedule", "workflow_dispatch", "repository_dispatch"}
"""A person or a clock wants to know: what changed since is no question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the action will do."""

    argv: tuple[str, ...]
    """For `gate-action`."""
    reproduce: str
    """A shell line that makes the same comparison in any clone."""
    notes: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables that the command reads beside its arguments; the token is one."""


def read_input(environ: Mapping[str, str], name: str) -> str:
    """An input of the step; empty when it was not given."""
    return environ.get(f"INPUT_{name.upper()}", "").strip()


def plan(environ: Mapping[str, str], event: Event, checkout: Checkout) -> Plan:
    """The command line for this event. Raises ConfigError where judging it would be wrong or unsafe."""
    if _switch(environ, "reported", default=False):
        return _plan_publishing(environ, event)
    refuse_unsafe(event, checkout)
    given = read_input(environ, "base")
    base = Base(given, BaseRule.GIVEN) if given else choose_base(event, checkout)
    compared = _options(
        base=base.revision,
        base_rule=base.rule.name.lower().replace("_", "-") if base.revision else "",
        head=checkout.sha,
        config=read_input(environ, "config"),
        gate=read_input(environ, "gate"),
    )
    out, evidence = read_input(environ, "out"), read_input(environ, "evidence")
    places = _options(
        repository=str(clone(environ)),
        out=str(_workspace(environ) / out) if out else "",
        evidence=str(_workspace(environ) / evidence) if evidence else "",
        run_folder=read_input(environ, "run-folder"),
    )
    return Plan(
        argv=(*_command(environ), *compared, *places, *_flags(environ, event)),
        reproduce=_reproduce(compared, base.revision, checkout.sha),
        notes=tuple(note for note in (_headline(event), base.note, _secrets_note(event)) if note),
        environment=_environment(environ),
    )


def _command(environ: Mapping[str, str]) -> tuple[str, ...]:
    """``run``, whole or one shard of it; or the ``merge`` of shards."""
    shard, merged = read_input(environ, "shard"), read_input(environ, "merge")
    if shard and merged:
        raise ConfigError(
            "the inputs shard and merge are both given", hint="shards measure in jobs of their own; one more merges"
        )
    return ("merge", str(_workspace(environ) / merged)) if merged else ("run", *_options(shard=shard))


def _plan_publishing(environ: Mapping[str, str], event: Event) -> Plan:
    """Nothing is judged: what the run that this one follows reported is told."""
    out = read_input(environ, "out")
    given = _options(
        repository=str(clone(environ)),
        config=read_input(environ, "config"),
        gate=read_input(environ, "gate"),
        out=str(_workspace(environ) / out) if out else "",
    )
    flags = ("--dry-run",) if _switch(environ, "dry-run", default=False) else ()
    return Plan(
        argv=("publish", *given, *flags),
        reproduce=shlex.join(["gate-action", "publish", *given, "--dry-run"]),
        notes=(_headline(event),),
        environment=_environment(environ),
    )


def clone(environ: Mapping[str, str]) -> Path:
    """The folder that was checked out into."""
    return _workspace(environ) / read_input(environ, "working-directory")


def main(environ: MutableMapping[str, str]) -> int:
    """Runs the step; the exit code is the gate."""
    try:
        event = _load_event(environ)
        made = plan(environ, event, _load_checkout(environ, event))
    except GateError as error:
        _tell(str(error), error.hint)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  # Python's own exit code for it is 1, and here 1 is a verdict
        traceback.print_exc()
        _tell(f"gate-action itself failed: {error}", "this is a defect of ours, not a verdict; please report it")
        return ExitCode.UNEXPECTED
    environ.update(made.environment)
    # Everything printed from here on may quote a stranger's words. No line of it is a workflow command.
    token = secrets.token_hex(16)
    environ["GATE_STOP_TOKEN"] = token  # for our own log groups; no child ever sees our environment
    print(f"::stop-commands::{token}")  # noqa: T201  # a workflow command
    try:
        print(*made.notes, f"Reproduce: {made.reproduce}", sep="\n", flush=True)  # noqa: T201  # the step's log
        return _run(made.argv)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        print(f"::{token}::", flush=True)  # noqa: T201  # a workflow command


def _load_event(environ: MutableMapping[str, str]) -> Event:
    """With the pull request that a run after a stranger's is about: its payload does not tell, so GitHub is asked."""
    event = load_event(environ)
    if _switch(environ, "reported", default=False):
        return event  # who publishes asks by itself
    asking = {**environ, "GITHUB_TOKEN": read_input(environ, "github-token")}
    environ.update(name_pull_behind(asking, event, clone(environ), read_input(environ, "head") or "HEAD"))
    return load_event(environ)


def _load_checkout(environ: Mapping[str, str], event: Event) -> Checkout:
    return load_checkout(clone(environ), base_branch(event), read_input(environ, "head") or "HEAD")


def _tell(message: str, hint: str) -> None:
    told = workflow_message(f"{message}\n{hint}" if hint else message)
    print(f"::error title=gate-action::{told}", flush=True)  # noqa: T201  # a workflow command


def _run(argv: tuple[str, ...]) -> int:
    from gate_action.__main__ import main as gate_action  # planning alone needs no command line

    return gate_action(list(argv))


def _workspace(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("GITHUB_WORKSPACE") or ".")


def _environment(environ: Mapping[str, str]) -> Mapping[str, str]:
    comment = read_input(environ, "comment")
    if comment not in {"", *CommentMode}:
        raise ConfigError(
            f"the input comment is {comment!r}", hint=f"write {', '.join(CommentMode)}, or leave it empty"
        )
    chosen = {
        "GITHUB_TOKEN": read_input(environ, "github-token"),
        "GATE_COMMENT": comment,
        "GATE_LABEL": read_input(environ, "label"),
    }
    return {name: value for name, value in chosen.items() if value}


def _flags(environ: Mapping[str, str], event: Event) -> tuple[str, ...]:
    is_default_branch = event.name == "push" and event.ref == f"refs/heads/{event.default_branch}"
    is_published = _switch(environ, "publish", default=True) and not read_input(environ, "shard")
    is_strangers = event.is_fork or event.is_dependabot
    chosen = {
        "--no-publish": not is_published,
        "--publish": is_published,
        "--dry-run": _switch(environ, "dry-run", default=False),
        "--fork": is_strangers and not event.has_secrets,
        "--if-approved": is_strangers and event.has_secrets,
        "--all-paths": event.name in _ASKED_FOR,
        "--reuse-verdict": event.name in ("merge_group", "push"),
        "--store-run": is_default_branch,
    }
    return tuple(flag for flag, is_chosen in chosen.items() if is_chosen)


def _options(**values: str) -> tuple[str, ...]:
    """Flags for the values that are given. ``--name=value`` in one word: a value may start with a hyphen."""
    return tuple(f"--{name.replace('_', '-')}={value}" for name, value in values.items() if value)


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    match read_input(environ, name).lower():
        case "":
            return default
        case "true":
            return True
        case "false":
            return False
        case other:
            raise ConfigError(f"the input {name} is {other!r}", hint="write true or false")


def _reproduce(compared: tuple[str, ...], *revisions: str) -> str:
    # A laptop's clone seldom holds GitHub's test merge, and a name may mean another commit there.
    fetched = [name for name in revisions if is_sha(name)]
    fetch = f"{shlex.join(['git', 'fetch', 'origin', *fetched])} && " if fetched else ""
    return f"{fetch}{shlex.join(['gate-action', 'run', *compared])}"


def _headline(event: Event) -> str:
    return f"event: {event.name} {event.action}".rstrip() if event.name else ""


def _secrets_note(event: Event) -> str:
    if event.has_secrets:
        return "this run has the repository's secrets: a stranger's commit runs only once it is approved"
    if event.is_fork:
        return "the pull request comes from a fork: this run has no secrets, and its token can write nothing"
    if event.is_dependabot:
        return "Dependabot started this run: it has no Actions secrets (Dependabot secrets are a list of their own)"
    return ""


if __name__ == "__main__":
    try:
        sys.exit(main(os.environ))
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
