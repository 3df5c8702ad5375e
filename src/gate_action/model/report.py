"""All that a report tells, gathered once: every rendering and sink reads this, and nothing else."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.fixture import Json, Place, ToolCall
from gate_action.model.forecast import GateRecord
from gate_action.model.integrity import Integrity
from gate_action.model.judge import JudgeReport
from gate_action.model.replay import ModelCalls
from gate_action.model.run import Revisions
from gate_action.model.trial import Unmeasured
from gate_action.model.usage import UsageComparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a reader sees of one outcome. Cut to a few kB; the whole stands in the run folder."""

    text: str
    """The answer, or the error's sentence and the child's last lines."""
    tool_calls: tuple[ToolCall, ...] = ()
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One fixture with an outcome of each arm: the first attempt of head that shows the change, beside base's."""

    fixture_id: str
    input: Json
    expected: Json
    """As in the fixture's row; null where nothing is expected by name."""
    place: Place | None
    base: Shown | None
    """None: not tried."""
    head: Shown | None
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Metric -> why head's attempt scored what it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmUsage:
    """Sums over one arm's trials. Unmeasured where no trial reported it."""

    trials: int
    errors: int
    latency_median_s: float | Unmeasured
    tokens: int | Unmeasured
    cost_usd: float | Unmeasured
    model_calls: ModelCalls | None = None
    """Those that went through the recording proxy; None: nobody watched them."""


class BaseMatch(StrEnum):
    """How near to base stored runs were found."""

    EXACT = "exact"
    OLDER = "older"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBase:
    """The stored runs of base that a run had to go on. They are never a silent fallback: every report says which."""

    match: BaseMatch
    runs: int = 0
    commits_older: int = 0
    """Than base, on its own line."""
    sha: str = ""
    """The commit that they are of."""
    reason: str = ""
    """Why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedArm:
    """Conversations of simulated users with one build."""

    conversations: int
    invalid: Mapping[str, int]
    """What the user did that no user would -> in how many conversations: those measure nothing."""

    @property
    def invalid_count(self) -> int:
        return sum(self.invalid.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """The simulated users of a run."""

    model: str
    """Empty: every one had a script."""
    arms: Mapping[str, SimulatedArm]
    """``base`` and ``head``."""
    bought: int = 0
    """Replies that the model gave now."""
    replayed: int = 0
    """Replies that it had given to the same before: nothing was paid."""
    redrawn: int = 0
    """Replies that no user would give, and were asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``report.json`` is this, encoded."""

    gate_id: str
    tool_version: str
    run_id: str
    started_at: str
    """ISO 8601, UTC."""
    duration_s: float
    revisions: Revisions | None
    decision: Decision
    suite_digest: str
    fixtures: int
    slices: int
    reproduce: str
    """The command line that makes this run again."""
    run_folder: str
    usage: Mapping[str, ArmUsage] = field(default_factory=dict)
    """``base`` and ``head``, and ``judge`` where one was called."""
    usage_compared: tuple[UsageComparison, ...] = ()
    """What head took beside base. It warns, and is no part of the decision: clocks differ from run to run."""
    examples: tuple[Example, ...] = ()
    """For the fixtures that changed, in the decision's order."""
    integrity: Integrity = field(default_factory=Integrity)
    """What the change does to the gate that judges it."""
    warnings: tuple[str, ...] = ()
    policy: Mapping[str, Json] = field(default_factory=dict)
    judges: tuple[JudgeReport, ...] = ()
    stored_base: StoredBase | None = None
    """None: it was not looked for."""
    simulated: Simulated | None = None
    """None: no fixture had a simulated user."""
    record: GateRecord | None = None
    """How often this gate blocks what did not change. None: too few stored runs to tell."""
