"""What a change does to the gate that judges it, and who approved that. Knows nothing of files, git or GitHub."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from gate_action.model.comparison import Tally
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Verdict
from gate_action.model.fixture import Place
from gate_action.model.metric import Scope


class Area(StrEnum):
    """Which part of the gate is changed, in the order in which it is told."""

    WORKFLOW = "workflow"
    """The files that start the gate, and those that say who owns it."""
    POLICY = "policy"
    """Thresholds, limits, budget, and all else in gate.yaml."""
    METRIC = "metric"
    """What is measured, and what it may do."""
    EVALUATOR = "evaluator"
    """How it is measured: options, prompts, rubrics, the repository's own functions."""
    CALIBRATION = "calibration"
    """What is known of a judge: judges.lock.yaml."""
    FIXTURE = "fixture"
    ACKNOWLEDGEMENT = "acknowledgement"
    """A line of acknowledgements.jsonl."""


class Effect(StrEnum):
    """What a change does to the gate's strength."""

    LOOSENS = "loosens"
    UNCLEAR = "unclear"
    """No rule can tell: it is held to be a loosening."""
    NEUTRAL = "neutral"
    TIGHTENS = "tightens"

    @property
    def needs_approval(self) -> bool:
        return self in (Effect.LOOSENS, Effect.UNCLEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateChange:
    """One thing that head does to the gate. Every text may be hostile: the pull request wrote it."""

    area: Area
    subject: str
    """E.g. ``policy.margin``, a fixture's id, or a file's path."""
    effect: Effect
    what: str
    """``added``, ``removed``, ``edited`` or ``raised``, ``lowered``."""
    base: str = ""
    """The value at base, as text; empty where there is none."""
    head: str = ""
    why: str = ""
    """What follows from it, as a clause."""
    place: Place | None = None


class Way(StrEnum):
    """How somebody approved."""

    REVIEW = "an approving review"
    LABEL = "a label"
    LANDED = "its being on a protected branch"
    """The commit is on the default or a protected branch already: whoever may write there let it in."""
    QUEUED = "its place in the merge queue"
    """What loosens the gate came with earlier entries of the queue, and each of those is gated by a run of its own."""
    SUPPOSED = "supposition"
    """``--as-if-approved``: nobody approved, and the run shows what would be if somebody had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Somebody with write access wants what this change does to its own gate. It holds for one commit."""

    who: str
    """A login. Empty where the commit has landed, or the approval is supposed."""
    way: Way
    commit: str
    """The commit that was approved: the pull request's head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A line of acknowledgements.jsonl. It counts where ``who`` approved the commit that brings it."""

    who: str
    """The login of who acknowledges."""
    reason: str
    scope: Scope
    until: date
    """The last day on which it counts."""
    gate: str = ""
    """The gate that it is meant for; empty: each gate of the file."""
    place: Place | None = None


class Sides(NamedTuple):
    """Trials of one fixture on either build, by one gate."""

    base: Tally
    head: Tally


class Means(NamedTuple):
    """A metric's mean of either build, by one gate. None: nothing was scored."""

    base: float | None
    head: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FixtureReading:
    """One fixture that the change edits, drops or adds, as either gate reads it. None: that gate does not have it."""

    fixture_id: str
    base: Sides | None
    """By base's gate."""
    head: Sides | None
    """By head's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricReading:
    """One metric as either gate reads it. None: that gate does not have it."""

    metric: str
    base: Means | None
    head: Means | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The same answers by base's gate and by head's, side by side. One of the two decided; the other is a preview."""

    is_head_deciding: bool
    verdict: Verdict
    """Of the preview, by the two-run rule on the answers at hand."""
    sentence: str
    """What carries it."""
    fixtures: tuple[FixtureReading, ...] = ()
    metrics: tuple[MetricReading, ...] = ()
    note: str = ""
    """What the preview leaves out, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What a change does to its own gate, whether that was approved, and how either gate reads the answers."""

    changes: tuple[GateChange, ...] = ()
    """By area; inside an area those that loosen first."""
    approvals: tuple[Approval, ...] = ()
    """Those that count for this commit."""
    unapproved: tuple[str, ...] = ()
    """Approvals that were found and do not count, each with the reason; or why none could be looked for."""
    how_to_approve: str = ""
    """What is to be done, as a sentence; empty where nothing is."""
    readings: Readings | None = None
    """None: both gates read the same, or nothing was measured."""

    @property
    def loosening(self) -> tuple[GateChange, ...]:
        """What needs somebody's approval."""
        return tuple(change for change in self.changes if change.effect.needs_approval)

    @property
    def is_approved(self) -> bool:
        return bool(self.approvals)
