"""One primary metric under suspicion: its target, the looks that were made at fresh rows, and what they settled."""

from dataclasses import dataclass, field
from enum import StrEnum

from gate_action.comparison.screen import CLEAR, Suspicion


class Test(StrEnum):
    """The two tests that may block."""

    TARGET = "target"
    OVERALL = "overall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at fresh rows: what it might have spent, and what it found."""

    metric: str
    test: Test
    trials: int
    """Fresh trials an arm."""
    level: float
    p_value: float
    delta: float
    is_rejected: bool
    fixture_ids: tuple[str, ...] = ()
    """The target's; empty: all paired fixtures."""


@dataclass(slots=True, kw_only=True)
class Inquiry:
    """What is known of one metric so far."""

    metric: str
    suspicion: Suspicion = field(default=CLEAR)
    cheap_p: float = 1.0
    """Of the last look at all fixtures' cheap rows."""
    looks: list[Look] = field(default_factory=list)
    has_open_target: bool = False
    is_screened_out: bool = False
    """The last look at cheap rows saw too little to go on."""

    @property
    def confirmed(self) -> Look | None:
        return next((look for look in self.looks if look.is_rejected), None)

    @property
    def is_stale(self) -> bool:
        """Cheap rows said yes to the end, and fresh rows said no."""
        overall = [look for look in self.looks if look.test is Test.OVERALL]
        return bool(overall) and not overall[-1].is_rejected

    def count(self, test: Test) -> int:
        return sum(look.test is test for look in self.looks)

    def add(self, look: Look) -> None:
        self.looks.append(look)
