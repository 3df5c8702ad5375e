"""What one revision did on a suite, and where a baseline came from."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path

from gate_action.model.dataclass import dataclass
from gate_action.model.replay import Tracing
from gate_action.model.score import Scored
from gate_action.model.trial import Arm, Trial, Unmeasured

PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""What every child may know of our environment. The rest is named by ``target.env``."""
OWN_FOLDERS = ("HOME", "TMPDIR", "GATE_SETUP_DIR")
"""Variables of a build's environment that name its folders on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A commit. ``tree`` is the digest of its content: equal trees are equal builds."""

    sha: str
    tree: str = ""

    @property
    def short(self) -> str:
        return self.sha[:10]


class BaseRule(StrEnum):
    """How base was found; printed beside its SHA."""

    FIRST_PARENT = "first parent of the test merge"
    MERGE_BASE = "merge-base with the base branch"
    QUEUE_TIP = "tip of the merge queue's base branch"
    PREVIOUS = "the commit before the push"
    GIVEN = "given on the command line"
    NONE = "none: this change brings the first gate.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    head: Revision
    base: Revision | None
    rule: BaseRule

    def __str__(self) -> str:
        base = f"base {self.base.short}" if self.base else "no base"
        return f"{base}, head {self.head.short} ({self.rule})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What must be equal for two runs' scores to be comparable. Each value is a digest or a version."""

    suite: str
    evaluators: str
    """Digest of each metric's evaluator, version and options, judge prompts and judge models among them."""
    target: str
    """Digest of the way of running and its parameters (not of the build)."""

    def admits(self, other: "Fingerprint") -> bool:
        """May scores of ``other`` stand beside ours? Suites may differ: each fixture's own digest decides its rows."""
        return self.evaluators == other.evaluators and self.target == other.target


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalRun:
    """What one revision did on a suite. Outputs stay in the run's journal."""

    run_id: str
    revision: Revision
    fingerprint: Fingerprint
    fixtures: Mapping[str, str]
    """Fixture id -> its digest: a score counts for an equal digest only."""
    scores: tuple[Scored, ...]
    trials: tuple[Trial, ...] = ()
    is_complete: bool = True
    trial_cost_usd: float | Unmeasured = Unmeasured.NOT_REPORTED
    """Mean cost of one trial, where every trial's is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Stored runs of equal fingerprint, pooled, and how far from base they were made."""

    runs: tuple[EvalRun, ...]
    commits_older: int
    """0: made at base itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoBaseline:
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What makes a checkout ready to run: argv, once."""

    run: tuple[str, ...]
    lock: tuple[str, ...] = ()
    """Files that decide what it installs. Given: it writes into ``GATE_SETUP_DIR`` only, which checkouts share
    whose argv and lock files are equal. Empty: it runs in each checkout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One revision made ready to run. ``folder`` is its own checkout, None where a target needs none."""

    arm: Arm
    revision: Revision
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All that a child gets: never a repr, a log or a report."""
    tracing: Tracing | None = None
    """None: nobody watches its model calls."""
