"""Looks at fresh rows: what each may spend of the error bound, and what it confirms."""

from collections.abc import Callable, Mapping
from dataclasses import field
from math import inf

from gate_action.comparison.evidence import Panel
from gate_action.comparison.reading import ROUNDING
from gate_action.comparison.screen_confirm.confirming import Drop, find_drop, find_sure_drop
from gate_action.comparison.screen_confirm.inquiry import Inquiry
from gate_action.comparison.screen_confirm.screen import CLEAR, Suspicion
from gate_action.comparison.statistics.bounds import holm_factors
from gate_action.comparison.statistics.steadiness import Steadiness
from gate_action.model.dataclass import dataclass
from gate_action.model.metric import Policy
from gate_action.model.spent import Look, LookKind


@dataclass(frozen=True, kw_only=True)
class Looker:
    """Makes each look once: in this run, or in an earlier one of the same head."""

    inquiries: Mapping[str, Inquiry]
    alphas: Mapping[LookKind, float]
    """What all looks of a kind may spend together."""
    policy: Policy
    steadiness: Callable[[str], Steadiness]
    """Of a metric, by stored rows; asked for once a metric."""
    _steady: dict[str, Steadiness] = field(default_factory=dict)

    def look(self, kind: LookKind, panels: Mapping[str, Panel], trials: int, share: float) -> None:
        """Tests each panel that was not tested yet. ``share``: of the kind's alpha, less what earlier looks spent.

        All primary metrics share the level by Holm; those that are not looked at now count as not rejected.
        """
        alpha = self.alphas[kind]
        fresh = {m: panel for m, panel in panels.items() if self.inquiries[m].find(kind, trials) is None}
        levels = {m: min(alpha * share, self.inquiries[m].left(kind, alpha)) for m in fresh}
        drops = {m: find_drop(panel, self._of(m), self.policy) for m, panel in fresh.items()}
        ratios = [drop.p_value / levels[m] if levels[m] else inf for m, drop in drops.items()]
        factors = holm_factors([*ratios, *[inf] * (len(self.inquiries) - len(drops))])
        for (metric, drop), factor in zip(drops.items(), factors, strict=False):
            is_low = self._is_low(drop, kind, levels[metric] * factor)
            if is_low and fresh[metric].missing:
                at_best = find_sure_drop(fresh[metric], self._of(metric), self.policy)
                is_low = self._is_low(at_best, kind, levels[metric] * factor)
            target = self._target(kind, metric)
            self.inquiries[metric].looks.append(
                Look(
                    metric=metric,
                    kind=kind,
                    trials=trials,
                    level=levels[metric],
                    p_value=drop.p_value,
                    delta=drop.delta,
                    is_rejected=is_low,
                    fixture_ids=target.target,
                    slice=target.slice,
                )
            )

    def _is_low(self, drop: Drop, kind: LookKind, level: float) -> bool:
        least = self.policy.min_effect_slice if kind is LookKind.TARGET else self.policy.min_effect
        return drop.p_value <= level and drop.delta <= -least + ROUNDING

    def _target(self, kind: LookKind, metric: str) -> Suspicion:
        """What the rows of this kind were chosen by; nothing, where they are all fixtures."""
        return self.inquiries[metric].suspicion if kind is LookKind.TARGET else CLEAR

    def _of(self, metric: str) -> Steadiness:
        if metric not in self._steady:
            self._steady[metric] = self.steadiness(metric)
        return self._steady[metric]
