"""What a procedure is built from: the fixtures and metrics in question, the policy, and what is known of base."""

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property

from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, FixtureTable, Split
from gate_action.model.metric import Acknowledgement, Metric, Policy, Role
from gate_action.model.picking import beside, ids_of, in_order, of_split
from gate_action.model.run import EvalRun


class BaseArm(StrEnum):
    """What base can give."""

    RUN = "run"
    """Base is tried beside head, or its recording was made under the same conditions."""
    STORED = "stored"
    """Base cannot be run: its stored rows stand in, and can only raise a suspicion."""
    BROKEN = "broken"
    """Base does not build or start, while head does."""
    NONE = "none"
    """There is no base: this change brings the first gate.yaml."""


class Way(StrEnum):
    """How base and head were set against each other; the decision names it."""

    SIDE_BY_SIDE = "side by side"
    SCREENED = "screen and confirm"
    REPLAYED = "replayed"
    TWO_RUNS = "two runs"
    STORED_BASE = "stored base"
    HEAD_ONLY = "head only"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that the decision depends on besides the evidence. Raises where no decision could come of it."""

    fixtures: Sequence[Fixture]
    """Those of the split ``eval`` are judged; the order does not matter."""
    metrics: tuple[Metric, ...]
    policy: Policy
    base: BaseArm = BaseArm.RUN
    base_reason: str = ""
    """Why there is no base to run, as a sentence's end: ``setup exited 1``. For STORED, BROKEN and NONE."""
    base_detail: str = ""
    """What base's child said last."""
    new_ids: Collection[str] = frozenset()
    """Fixtures that this change adds: tried on both arms, told apart from the paired set."""
    required: frozenset[str] = frozenset()
    """Those of ``new_ids`` whose new expectation somebody approved: head must pass them, whatever base does."""
    removed: tuple[Fixture, ...] = ()
    """Fixtures that only base's suite has: never tried, listed as removed."""
    stored: tuple[EvalRun, ...] = ()
    """Earlier runs of base, of equal fingerprint: base's rows where it is STORED, and the record of flakiness."""
    acknowledged: tuple[Acknowledgement, ...] = ()
    """What somebody knows of and wants, for this pull request."""
    today: date | None = None
    """Needed where anything is acknowledged: what has expired does not count."""

    def __post_init__(self) -> None:
        if self.removed or not isinstance(self.fixtures, FixtureTable):  # which has each id once
            _refuse_doubles("fixture", [*ids_of(self.fixtures), *ids_of(self.removed)])
        _refuse_doubles("metric", [metric.name for metric in self.metrics])
        if not any(metric.role is Role.PRIMARY or metric.barred for metric in self.metrics):
            raise ConfigError(
                "no metric is primary: nothing could ever block",
                hint="give one metric in gate.yaml the role primary",
            )
        if self.policy.trials < 1:
            raise ConfigError(f"policy.trials is {self.policy.trials}: at least one trial a fixture is needed")
        if self.acknowledged and self.today is None:
            raise ValueError("acknowledgements expire: the plan must be told what day it is")
        if self.base is BaseArm.STORED and not self.stored:
            raise ValueError("base is to be judged by its stored rows, and none were given")

    @cached_property
    def judged(self) -> Sequence[Fixture]:
        """The fixtures of the split ``eval``, by id."""
        return in_order(of_split(self.fixtures, Split.EVAL))

    @cached_property
    def paired(self) -> Sequence[Fixture]:
        """Those that base and head are compared on: the judged ones that are neither new nor acknowledged."""
        return beside(beside(self.judged, self.new_ids), self.covered)

    @property
    def acknowledged_today(self) -> tuple[Acknowledgement, ...]:
        """Those that have not expired."""
        return tuple(a for a in self.acknowledged if self.today is not None and self.today <= a.until)

    @cached_property
    def covered(self) -> frozenset[str]:
        """Ids of the judged fixtures that are acknowledged: tried once, shown, and out of every test."""
        return frozenset(name for entry in self.acknowledged_today for name in self.covered_by(entry))

    def covered_by(self, entry: Acknowledgement) -> frozenset[str]:
        """Ids of the judged fixtures in its scope; none where it covers a metric."""
        scope = entry.scope
        return frozenset(f.id for f in self.judged if f.id in scope.fixture_ids or scope.slice in f.slices)

    def is_acknowledged(self, metric: str) -> bool:
        """Is the whole metric acknowledged?"""
        return any(entry.scope.metric == metric for entry in self.acknowledged_today)

    @property
    def primary(self) -> tuple[Metric, ...]:
        return tuple(metric for metric in self.metrics if metric.role is Role.PRIMARY)

    @property
    def has_base(self) -> bool:
        """Are there rows of base to set head against?"""
        return self.base in (BaseArm.RUN, BaseArm.STORED)


def _refuse_doubles(what: str, names: list[str]) -> None:
    doubles = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if doubles:
        raise ValueError(f"{what} {doubles[0]!r} is there twice")
