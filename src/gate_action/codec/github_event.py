"""A workflow run's environment and event payload, as far as we read them. A stranger can shape most of it: each value
is checked, the rest is dropped. Knows nothing of files, gates or API calls.
"""

import re
from collections.abc import Mapping
from typing import NoReturn

import msgspec

from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_BRANCH = re.compile(r"[^\x00-\x20\x7f~^:?*\[\\-][^\x00-\x20\x7f~^:?*\[\\]*")
_QUEUED = re.compile(r"^refs/heads/gh-readonly-queue/.+/pr-([0-9]{1,9})-[0-9a-f]{40,64}$(?!\n)")
_TELLING = ("pull_request", "merge_group", "workflow_run")
"""The part of the payload that an event's name promises."""
_PRIVILEGED = {"pull_request_target", "workflow_run"}
_DEPENDABOT = "dependabot[bot]"
PULL_VARIABLE = "GATE_PULL_REQUEST"
"""Number and base branch, e.g. ``7 main``: of a workflow_run's pull request, which its payload does not tell. The
action asks GitHub, and hands it on to the command.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    number: int
    head_sha: str
    base_ref: str
    """The base branch's name, without ``refs/heads/``."""
    head_repository: str
    """``owner/name``; empty where the head's repository was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeGroup:
    head_sha: str
    base_sha: str
    """May be the queue entry before this one, not the base branch's tip."""
    base_ref: str
    pull_request: int = 0
    """The pull request that this entry of the queue is for; 0: the payload does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRun:
    """The run that a ``workflow_run`` event tells of."""

    head_sha: str
    head_repository: str
    """Empty where it was deleted."""
    run_id: int = 0
    run_attempt: int = 0
    event: str = ""
    """What started it, e.g. ``pull_request``."""
    head_branch: str = ""
    """A stranger chose its name."""
    actor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Why a workflow runs, and where. Empty texts stand for what the environment does not say."""

    name: str = ""
    """E.g. ``pull_request``; empty on a laptop."""
    action: str = ""
    repository: str = ""
    sha: str = ""
    """GITHUB_SHA: the test merge on a pull request, else the commit that the workflow file was read at."""
    ref: str = ""
    actor: str = ""
    default_branch: str = ""
    before: str = ""
    """The branch's commit before a push; empty for a new branch."""
    is_ref_protected: bool = False
    """Is ``ref`` a branch that rules or protection guard?"""
    workflow: str = ""
    """The path of the workflow's file in this repository; empty where it is another's, or not told."""
    server_url: str = "https://github.com"
    run_id: int = 0
    run_attempt: int = 0
    pull_request: PullRequest | None = None
    merge_group: MergeGroup | None = None
    upstream: UpstreamRun | None = None

    @property
    def is_local(self) -> bool:
        return not self.name

    @property
    def is_fork(self) -> bool:
        """Is the pull request's head in another repository, or in one that was deleted?"""
        return self.pull_request is not None and not self.is_own(self.pull_request.head_repository)

    @property
    def has_secrets(self) -> bool:
        """Does it judge a pull request by a workflow file of this repository's own, beside its secrets?"""
        return self.pull_request is not None and self.name in _PRIVILEGED

    @property
    def can_write(self) -> bool:
        """May its token write? That of a fork's run can only read, but where the workflow is this repository's."""
        return not self.is_fork or self.has_secrets

    def is_own(self, repository: str) -> bool:
        """Is it the repository that the workflow runs in? A deleted one is not."""
        return bool(repository) and repository == self.repository

    @property
    def is_dependabot(self) -> bool:
        """Did Dependabot cause it? GitHub then withholds the repository's Actions secrets."""
        return self.actor == _DEPENDABOT

    @property
    def run_url(self) -> str:
        """The run's page; empty on a laptop."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}" if self.run_id else ""


class _Repository(msgspec.Struct):
    full_name: str = ""
    default_branch: str = ""


class _Side(msgspec.Struct):
    sha: str = ""
    ref: str = ""
    repo: _Repository | None = None


class _Pull(msgspec.Struct):
    number: int
    head: _Side
    base: _Side


class _Group(msgspec.Struct):
    head_sha: str
    base_sha: str
    base_ref: str
    head_ref: str = ""


class _Account(msgspec.Struct):
    login: str = ""


class _Upstream(msgspec.Struct):
    head_sha: str
    head_repository: _Repository | None = None
    id: int = 0
    run_attempt: int = 0
    event: str = ""
    head_branch: str | None = None
    actor: _Account | None = None


class _Payload(msgspec.Struct):
    action: str | None = None
    before: str | None = None
    repository: _Repository | None = None
    pull_request: _Pull | None = None
    merge_group: _Group | None = None
    workflow_run: _Upstream | None = None


def decode_event(environ: Mapping[str, str], payload: bytes) -> Event:
    """Reads the runner's variables and the event's JSON. Raises ConfigError where they are not what GitHub writes."""
    name = environ.get("GITHUB_EVENT_NAME", "")
    if not name:
        return Event()
    try:
        told = msgspec.json.decode(payload or b"{}", type=_Payload)
    except msgspec.MsgspecError as error:
        raise ConfigError(
            f"the event payload of {name} cannot be read: {error}",
            hint="GITHUB_EVENT_PATH must name the JSON that the runner wrote",
        ) from error
    if any(name.startswith(part) and getattr(told, part) is None for part in _TELLING):
        raise ConfigError(f"the event payload of {name} tells of none", hint="GITHUB_EVENT_PATH names another event's")
    upstream = _upstream(told.workflow_run)
    return Event(
        name=name,
        action=told.action or "",
        repository=_repository(environ.get("GITHUB_REPOSITORY", "")),
        sha=_sha("GITHUB_SHA", environ.get("GITHUB_SHA", "")),
        ref=environ.get("GITHUB_REF", ""),
        actor=environ.get("GITHUB_ACTOR", ""),
        default_branch=_branch("repository.default_branch", told.repository.default_branch if told.repository else ""),
        before=_sha("before", told.before or ""),
        is_ref_protected=environ.get("GITHUB_REF_PROTECTED", "") == "true",
        workflow=_workflow(environ),
        server_url=environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/"),
        run_id=_number("GITHUB_RUN_ID", environ),
        run_attempt=_number("GITHUB_RUN_ATTEMPT", environ),
        pull_request=_pull_request(told.pull_request) or _pull_behind(environ, upstream),
        merge_group=_merge_group(told.merge_group),
        upstream=upstream,
    )


def is_sha(text: str) -> bool:
    """Is it a commit's full name?"""
    return _SHA.fullmatch(text) is not None


def _workflow(environ: Mapping[str, str]) -> str:
    """``octo/app/.github/workflows/gate.yml@refs/pull/7/merge`` -> ``.github/workflows/gate.yml``."""
    place = environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0]
    return place.removeprefix(home) if place.startswith(home := environ.get("GITHUB_REPOSITORY", "") + "/") else ""


def _pull_request(told: _Pull | None) -> PullRequest | None:
    if told is None:
        return None
    return PullRequest(
        number=told.number,
        head_sha=_sha("pull_request.head.sha", told.head.sha),
        base_ref=_branch("pull_request.base.ref", told.base.ref),
        head_repository=_repository(told.head.repo.full_name) if told.head.repo else "",
    )


def _pull_behind(environ: Mapping[str, str], upstream: UpstreamRun | None) -> PullRequest | None:
    """The pull request that the run before this one was of, as GATE_PULL_REQUEST names it."""
    text = environ.get(PULL_VARIABLE, "")
    if not text or upstream is None:
        return None
    number, _, branch = text.partition(" ")
    return PullRequest(
        number=int(number) if number.isascii() and number.isdigit() else _refuse(PULL_VARIABLE, text),
        head_sha=upstream.head_sha,
        base_ref=_branch(PULL_VARIABLE, branch),
        head_repository=upstream.head_repository,
    )


def _merge_group(told: _Group | None) -> MergeGroup | None:
    if told is None:
        return None
    return MergeGroup(
        head_sha=_sha("merge_group.head_sha", told.head_sha),
        base_sha=_sha("merge_group.base_sha", told.base_sha),
        base_ref=_branch("merge_group.base_ref", told.base_ref.removeprefix("refs/heads/")),
        pull_request=int(named[1]) if (named := _QUEUED.search(told.head_ref)) else 0,
    )


def _upstream(told: _Upstream | None) -> UpstreamRun | None:
    if told is None:
        return None
    return UpstreamRun(
        head_sha=_sha("workflow_run.head_sha", told.head_sha),
        head_repository=_repository(told.head_repository.full_name) if told.head_repository else "",
        run_id=told.id,
        run_attempt=told.run_attempt,
        event=told.event,
        head_branch=_branch("workflow_run.head_branch", told.head_branch or ""),
        actor=told.actor.login if told.actor else "",
    )


def _sha(field: str, text: str) -> str:
    if not text or set(text) == {"0"}:
        return ""
    return text if is_sha(text) else _refuse(field, text)


def _branch(field: str, text: str) -> str:
    return text if not text or _BRANCH.fullmatch(text) else _refuse(field, text)


def _repository(text: str) -> str:
    return text if not text or _REPOSITORY.fullmatch(text) else _refuse("repository", text)


def _number(name: str, environ: Mapping[str, str]) -> int:
    text = environ.get(name, "")
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdigit() else _refuse(name, text)


def _refuse(field: str, text: str) -> NoReturn:
    raise ConfigError(f"the event says {field} = {text[:80]!r}, which GitHub would not write")
