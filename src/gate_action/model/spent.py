"""What a head has had of its error budget: the looks at fresh rows that were made. It stays spent in every re-run."""

from enum import StrEnum

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Slice


class LookKind(StrEnum):
    """The two tests that may block after a screen."""

    TARGET = "target"
    """Of the fixtures that looked worst."""
    OVERALL = "overall"
    """Of all paired fixtures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One test of rows that were made side by side."""

    metric: str
    kind: LookKind
    trials: int
    """Fresh trials an arm."""
    level: float
    """What it could spend of the error bound, before several primary metrics shared it."""
    p_value: float
    delta: float
    """Head's mean minus base's on these rows."""
    is_rejected: bool
    """Yes: it confirms a drop."""
    fixture_ids: tuple[str, ...] = ()
    """The target's; empty: all paired fixtures."""
    slice: Slice | None = None
    """The slice that the target was chosen by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Goes into decision.json: a re-run of the same head and base is handed it, with the trials behind it."""

    runs: int = 0
    looks: tuple[Look, ...] = ()
