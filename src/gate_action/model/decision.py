"""The verdict of a run and the reasons that carry it. No clock, latency or run id: equal evidence, equal bytes."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from gate_action.errors import ExitCode
from gate_action.model.comparison import ChangeKind, FixtureChange, MetricComparison
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Slice
from gate_action.model.metric import OnInconclusive, Policy
from gate_action.model.replay import Replayed
from gate_action.model.spent import Spent

MOST_LISTED = 1_000
"""Of each kind of change: a decision stays readable, and small, whatever the suite's size."""


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  # a verdict's name, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_EVALUATED = "not_evaluated"


class Conclusion(StrEnum):
    """GitHub's words for a check run's end."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"
    CANCELLED = "cancelled"


class ReasonKind(StrEnum):
    """Why. Several may hold at once; the first carries the verdict."""

    REGRESSION = "regression"
    FLOOR_BROKEN = "floor_broken"
    CRITICAL_FAILED = "critical_failed"
    LOOSENED = "loosened"
    """The change loosens the gate that judges it, and nobody with write access approved that."""
    APPROVED = "approved"
    """The same, approved."""
    MIXED = "mixed"
    INCONCLUSIVE = "inconclusive"
    SUSPECTED = "suspected"
    BASE_BROKEN = "base_broken"
    BAD_CONFIG = "bad_config"
    TARGET_CANNOT_START = "target_cannot_start"
    TOO_MUCH_MISSING = "too_much_missing"
    NOTHING_MEASURED = "nothing_measured"
    MISSING_KEY = "missing_key"
    BUDGET_SPENT = "budget_spent"
    TIME_SPENT = "time_spent"
    STORE_FAILED = "store_failed"
    SHARDS_INCOMPLETE = "shards_incomplete"
    NO_SECRETS = "no_secrets"
    NOT_APPROVED = "not_approved"
    NOT_AFFECTED = "not_affected"
    BOOTSTRAP = "bootstrap"
    NO_REGRESSION = "no_regression"
    ACKNOWLEDGED = "acknowledged"
    INTERRUPTED = "interrupted"
    DEFECT = "defect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    kind: ReasonKind
    sentence: str
    metric: str = ""
    slice: Slice | None = None
    fixture_ids: tuple[str, ...] = ()
    detail: str = ""
    """What lies behind the sentence, in lines: a child's last output, or the problems of a file. Hostile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Trials made, by arm, and what they cost at most."""

    base: int
    head: int
    ceiling: int
    """The most that the procedure could have asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    verdict: Verdict
    reasons: tuple[Reason, ...]
    """At least one; the first carries the verdict."""
    metrics: tuple[MetricComparison, ...] = ()
    changes: tuple[FixtureChange, ...] = ()
    """The fixtures that are not UNCHANGED, worst first; then the unchanged ones that are flaky or carry a note. Of each
    kind the first ``MOST_LISTED``."""
    unlisted: Mapping[ChangeKind, int] = field(default_factory=dict)
    """By kind: how many more there are than ``changes`` lists. Their scores stand in the run folder."""
    unchanged: int = 0
    calls: Calls | None = None
    procedure: str = ""
    is_softened: bool = False
    """Policy turned this NOT_EVALUATED neutral (a fork without secrets)."""
    is_blocking_inconclusive: bool = False
    """Policy ``on_inconclusive: block``."""
    is_reported: bool = False
    """A run that we do not trust told it of itself: nothing passes or fails by it."""
    spent: Spent | None = None
    """What this head has had of its error budget, where a procedure asks in steps."""
    replay: Replayed | None = None
    """How much of it rests on recorded model answers. None: no model call was watched."""

    def count(self, kind: ChangeKind) -> int:
        """Fixtures of this kind, listed or not; of the unchanged ones only those worth a look."""
        return sum(change.kind is kind for change in self.changes) + self.unlisted.get(kind, 0)

    @property
    def exit_code(self) -> ExitCode:
        if self.is_reported:
            return ExitCode.PASS
        match self.verdict:
            case Verdict.PASS:
                return ExitCode.PASS
            case Verdict.FAIL:
                return ExitCode.FAIL
            case Verdict.INCONCLUSIVE:
                return ExitCode.FAIL if self.is_blocking_inconclusive else ExitCode.PASS
            case Verdict.NOT_EVALUATED:
                return self._not_evaluated_code

    @property
    def conclusion(self) -> Conclusion:
        """Agrees with the exit code: 0 is success or neutral, the rest is failure."""
        if self.exit_code is ExitCode.INTERRUPTED:
            return Conclusion.CANCELLED
        if self.exit_code is not ExitCode.PASS:
            return Conclusion.FAILURE
        is_success = self.verdict is Verdict.PASS and not self.is_reported
        return Conclusion.SUCCESS if is_success else Conclusion.NEUTRAL

    @property
    def _not_evaluated_code(self) -> ExitCode:
        if self.is_softened:
            return ExitCode.PASS
        match self.reasons[0].kind:
            case ReasonKind.BAD_CONFIG:
                return ExitCode.BAD_CONFIG
            case ReasonKind.INTERRUPTED:
                return ExitCode.INTERRUPTED
            case ReasonKind.DEFECT:
                return ExitCode.UNEXPECTED
            case _:
                return ExitCode.NOT_EVALUATED


def not_evaluated(kind: ReasonKind, sentence: str) -> Decision:
    """A decision for a run that could not measure."""
    return Decision(verdict=Verdict.NOT_EVALUATED, reasons=(Reason(kind=kind, sentence=sentence),))


def blocks_when_inconclusive(policy: Policy) -> bool:
    return policy.on_inconclusive is OnInconclusive.BLOCK
