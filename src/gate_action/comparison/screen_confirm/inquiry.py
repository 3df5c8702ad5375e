"""One primary metric under suspicion: its target, the looks that were made at fresh rows, and what they settled."""

from dataclasses import field

from gate_action.comparison.screen_confirm.screen import CLEAR, Suspicion
from gate_action.model.dataclass import dataclass
from gate_action.model.spent import Look, LookKind, Spent


@dataclass(slots=True, kw_only=True)
class Inquiry:
    """What is known of one metric so far."""

    metric: str
    suspicion: Suspicion = field(default=CLEAR)
    cheap_p: float = 1.0
    """Of the last look at all fixtures' cheap rows."""
    looks: list[Look] = field(default_factory=list)
    has_open_target: bool = False

    @property
    def confirmed(self) -> Look | None:
        """The first look that rejects. More rows do not undo it."""
        return next((look for look in self.looks if look.is_rejected), None)

    @property
    def is_stale(self) -> bool:
        """Cheap rows said yes to the end, and fresh rows of all fixtures said no."""
        overall = [look for look in self.looks if look.kind is LookKind.OVERALL]
        return bool(overall) and not overall[-1].is_rejected

    def find(self, kind: LookKind, trials: int) -> Look | None:
        """The look that was made at so many trials."""
        return next((look for look in self.looks if look.kind is kind and look.trials == trials), None)

    def p_at(self, kind: LookKind, trials: int) -> float:
        """What the look at so many trials found; 1 where none was made. An earlier run's later looks do not count."""
        found = self.find(kind, trials)
        return found.p_value if found else 1.0

    def left(self, kind: LookKind, alpha: float) -> float:
        """What earlier looks left of ``alpha``."""
        return max(0.0, alpha - sum(look.level for look in self.looks if look.kind is kind))

    def raise_suspicion(self, suspicion: Suspicion) -> None:
        """A target that was looked at in an earlier run stays the target: another one would be another test."""
        self.cheap_p = suspicion.p_value
        earlier = next((look for look in self.looks if look.kind is LookKind.TARGET), None)
        if earlier is not None:
            suspicion = Suspicion(p_value=suspicion.p_value, slice=earlier.slice, target=earlier.fixture_ids)
        self.suspicion = suspicion
        self.has_open_target = bool(suspicion.target)


def open_inquiries(metrics: tuple[str, ...], spent: Spent) -> dict[str, Inquiry]:
    """One a metric, with the looks that earlier runs made."""
    return {
        metric: Inquiry(metric=metric, looks=[look for look in spent.looks if look.metric == metric])
        for metric in metrics
    }
