"""What a suite can show and what that takes, and the gate's own record on builds that did not change."""

from gate_action.model.dataclass import dataclass
from gate_action.model.judge import Estimate
from gate_action.model.trial import Unmeasured


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How much one metric's scores vary from call to call, nothing else changed."""

    metric: str
    deviation: float
    """Standard deviation of the suite's mean over one trial of each fixture; clusters vary together."""
    variance: float
    """s2: the mean variance within a fixture."""
    runs: int
    """Stored runs that it was measured on; 0: it is assumed."""
    j: float = 1.0
    """The judge's J, by which a true difference is shrunk; 1 where no judge scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """One size of suite and number of trials."""

    fixtures: int
    trials: int
    drop: float | None
    """The uniform drop that the gate finds with 80% power. None: nothing is known of the variance."""
    side_by_side: float | None
    """The same for a test of all ``calls``, with which nothing is saved where nothing is wrong."""
    calls: int
    """Both arms together, all rounds side by side."""
    cost_usd: float | Unmeasured


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRecord:
    """How often this gate would have blocked builds that are no different, drawn from main's stored runs."""

    runs: int
    pairs: int
    blocked: int
    rate: Estimate
    """Of pairs that it blocks, with Clopper and Pearson's interval."""
