"""What is measured, and the rules by which it decides. Knows nothing of how a value comes about."""

from dataclasses import field
from datetime import date
from enum import StrEnum

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import JsonObject, Slice

CHECKS = "checks"
"""The metric that holds the mean of a fixture's own checks."""


class Role(StrEnum):
    """May the metric block (primary), only warn (secondary), or is it money and time (cost)?"""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    COST = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    name: str
    evaluator: str
    options: JsonObject = field(default_factory=dict)
    role: Role = Role.PRIMARY
    pass_at: float = 1.0
    """A trial passes this metric when its score is at least this, in [0, 1]."""
    floor: float | None = None
    """Head's mean must not be below this, in [0, 1]; broken when the upper 95% bound is below it. None: no floor."""
    barred: str = ""
    """Why a metric that gate.yaml calls primary only warns, as a clause; empty: its role is its own."""


class OnInconclusive(StrEnum):
    PASS = "pass"  # noqa: S105  # a policy's name, no password
    EXTEND = "extend"
    BLOCK = "block"


class Forks(StrEnum):
    """What a run without the secrets that it needs ends as."""

    NEUTRAL = "neutral"
    BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a difference becomes a verdict. Rates are in [0, 1]; STATISTICS names each default's reason."""

    trials: int = 3
    """Attempts of each fixture on each build."""
    alpha_global: float = 0.04
    """Error bound of the global test in the two-run rule."""
    alpha_slices: float = 0.01
    """Error bound of the max-T test over slices in the two-run rule."""
    min_effect: float = 0.01
    """A smaller drop of a metric's mean never blocks."""
    min_effect_slice: float = 0.10
    """A smaller drop of a slice's mean never blocks."""
    margin: float = 0.05
    """``pass`` needs the lower bound of the difference above minus this."""
    max_missing: float = 0.05
    """A larger share of missing scores is NOT_EVALUATED."""
    critical_reruns: int = 4
    """Re-runs that one failure of a critical fixture triggers."""
    critical_failures: int = 2
    """Further failures among the re-runs at which it blocks."""
    on_inconclusive: OnInconclusive = OnInconclusive.PASS
    forks: Forks = Forks.NEUTRAL
    trust_stored_baseline: bool = False
    max_commits_older: int = 20
    """Stored runs of a commit further before base than this are not used."""
    protected: tuple[Slice, ...] = ()
    """Slices whose confirmed break blocks though the mean rose; value ``*`` protects a whole dimension."""
    self_approval: bool = False
    """May authors approve what their own pull request does to the gate? For a lone maintainer."""
    relabellings: int = 10_000
    """Monte-Carlo relabellings where no exact convolution exists."""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an acknowledgement covers: exactly one of the three is given."""

    metric: str = ""
    """Whatever is found of this metric against base."""
    slice: Slice | None = None
    """Its fixtures, in the same way."""
    fixture_ids: tuple[str, ...] = ()
    """These fixtures: they leave the paired set, and the others are judged without them."""

    def __post_init__(self) -> None:
        if sum((bool(self.metric), self.slice is not None, bool(self.fixture_ids))) != 1:
            raise ValueError("an acknowledgement covers a metric, or a slice, or fixtures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Somebody with write access knows of a regression and wants it. It counts for one pull request, until a day."""

    who: str
    reason: str
    scope: Scope
    until: date
    """The last day on which it counts."""

    def __post_init__(self) -> None:
        if not self.who.strip() or not self.reason.strip():
            raise ValueError("an acknowledgement names who and why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast something may be asked. None: no bound of that kind."""

    concurrency: int = 8
    """In flight at once."""
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    """Input and output together."""

    @property
    def is_bounded(self) -> bool:
        """Is there a bound a minute?"""
        return self.requests_per_minute is not None or self.tokens_per_minute is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what one run may take. Times in seconds, sizes in bytes."""

    concurrency: int = 8
    """Trials of one build in flight at once."""
    requests_per_minute: int | None = None
    """Of both builds together: they share what a provider allows."""
    tokens_per_minute: int | None = None
    """As above; counted from what the builds report."""
    judge: Pace = field(default_factory=Pace)
    """Of each judge's model."""
    trial_timeout_s: float = 60.0
    start_timeout_s: float = 120.0
    """How long a build may take to become ready."""
    setup_timeout_s: float = 900.0
    run_timeout_s: float = 3600.0
    max_output_bytes: int = 1_000_000
    """An answer longer than this is the target's failure."""
    target_retries: int = 1
    """Further tries after the target's own crash, time-out, 5xx or garbage. Never after a wrong answer."""
    provider_retries: int = 4
    """Further tries after a provider's 429 or outage, with backoff."""

    @property
    def pace(self) -> Pace:
        """Of the builds: slots of each, rates of both together."""
        return Pace(
            concurrency=self.concurrency,
            requests_per_minute=self.requests_per_minute,
            tokens_per_minute=self.tokens_per_minute,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one run may spend. None: no bound of that kind."""

    max_cost_usd: float | None = None
    max_calls: int | None = None
    max_minutes: float | None = None
    """No call is begun after it."""
    max_cost_usd_per_pr: float | None = None
    """All runs of one pull request together."""
    max_cost_usd_per_month: float | None = None
    """All runs of this gate in a calendar month (UTC) together."""

    @property
    def bounds_money(self) -> bool:
        return (self.max_cost_usd, *self.over_runs) != (None, None, None)

    @property
    def over_runs(self) -> tuple[float | None, float | None]:
        """The bounds that earlier runs count for: of the pull request, of the month."""
        return (self.max_cost_usd_per_pr, self.max_cost_usd_per_month)
