"""What a step of a workflow finds on its machine: the event's file and the checked-out commit. Decides nothing."""

from collections.abc import Mapping
from pathlib import Path

from gate_action.clients.git.repository import Git, GitError
from gate_action.codec.github_event import Event, decode_event
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.run import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The commit to judge (most often the checked-out one) and where it stands. Empty: the clone does not hold it."""

    sha: str
    parents: tuple[str, ...] = ()
    """As the commit names them: they may be missing from a shallow clone."""
    tip: str = ""
    """The newest commit of the branch that the change goes to."""
    merge_base: str = ""
    """Where the commit and that branch parted."""


def load_event(environ: Mapping[str, str]) -> Event:
    """The event of GITHUB_EVENT_PATH. Raises ConfigError."""
    path = environ.get("GITHUB_EVENT_PATH", "")
    try:
        payload = Path(path).read_bytes() if path else b""
    except OSError as error:
        raise ConfigError(f"the event payload cannot be read: {error}", hint="GITHUB_EVENT_PATH names it") from error
    return decode_event(environ, payload)


def load_checkout(folder: Path, branch: str, commit: str = "HEAD") -> Checkout:
    """``commit`` of the clone at ``folder``, set against ``branch`` of origin (empty: against none).

    Raises ConfigError.
    """
    git = Git.find(folder)
    head = git.resolve(commit)
    tip = _find_tip(git, branch) if branch else None
    parted = git.merge_base(head, tip) if tip else None
    return Checkout(
        sha=head.sha,
        parents=git.parent_shas(head),
        tip=tip.sha if tip else "",
        merge_base=parted.sha if parted else "",
    )


def _find_tip(git: Git, branch: str) -> Revision | None:
    tracking = f"refs/remotes/origin/{branch}"
    try:
        return git.resolve(tracking)
    except ConfigError:
        pass  # a shallow clone holds one branch only: the other is fetched below
    try:
        git.run("fetch", "--quiet", "--no-tags", "--depth=1", "origin", f"+refs/heads/{branch}:{tracking}")
        return git.resolve(tracking)
    except (GitError, ConfigError):
        return None  # the plan says what it lacks, and what to do
