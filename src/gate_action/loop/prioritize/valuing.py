"""How bad an item is and what would mend it: a person's word first, then what was measured."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from gate_action.config.loop.priorities import Override
from gate_action.config.loop.prioritize import LEVELS, LEVERS, OTHER_LEVEL, OTHER_LEVER, PrioritizeShape
from gate_action.loop.intervals import Floats
from gate_action.loop.prioritize.asked import Subject
from gate_action.loop.prioritize.lifts import Tallies, draw_lift
from gate_action.loop.prioritize.ranking import WORST_RELIEF
from gate_action.model.priority import Addressability, Lift, Muted, Severity, Standing


def value_severity(
    subject: Subject, tallies: Mapping[str, Tallies], settings: PrioritizeShape, rng: np.random.Generator
) -> tuple[Severity, Floats]:
    """The level's weight times one plus what follows more often, in units of an ordinary bad answer."""
    level, set_by = _level(subject, settings)
    costs = {"escalation": settings.costs.escalation, "abandon": settings.costs.abandon, "churn": settings.costs.churn}
    lifts: dict[str, Lift] = {}
    value, draws = 1.0, np.ones(settings.draws)
    for name in sorted(tallies):
        lift, drawn = draw_lift(tallies[name], subject.item_id, settings.draws, rng)
        if lift is not None:
            lifts[name] = lift
            value += costs[name] * lift.value
            draws = draws + costs[name] * drawn
    weight = settings.level_weights[level - 1]
    severity = Severity(value=weight * max(value, WORST_RELIEF), level=level, set_by=set_by, lifts=lifts)
    return severity, weight * np.maximum(draws, WORST_RELIEF)


def _level(subject: Subject, settings: PrioritizeShape) -> tuple[int, str]:
    """And who says so."""
    item_id, label, override = subject
    if override and override.severity is not None:
        return override.severity, "priorities.yaml"
    told = settings.severity.get(item_id, settings.severity.get(label))
    if told is not None:
        return told, "gate.yaml"
    return {str(mode): level for mode, level in LEVELS.items()}.get(label, OTHER_LEVEL), "default"


def value_addressability(subject: Subject, settings: PrioritizeShape) -> Addressability:
    """The team's word for this item, else gate.yaml's, else the usual lever of the label."""
    item_id, label, override = subject
    name, set_by = {str(mode): lever for mode, lever in LEVERS.items()}.get(label, OTHER_LEVER), "default"
    if told := settings.lever.get(item_id, settings.lever.get(label)):
        name, set_by = told, "gate.yaml"
    if override and override.lever:
        name, set_by = override.lever, "priorities.yaml"
    lever = settings.all_levers[name]
    chance, days = lever.chance, lever.effort_days
    if override and (override.chance, override.effort_days) != (None, None):
        chance, days, set_by = override.chance or chance, override.effort_days or days, "priorities.yaml"
    return Addressability(lever=name, chance=chance, effort_days=days, set_by=set_by)


def find_standing(override: Override | None, level: int, floor: int, today: date) -> Standing:
    if find_mute(override, today):
        return Standing.MUTED
    if override and override.pin:
        return Standing.PINNED
    return Standing.SAFETY if level >= floor else Standing.RANKED


def find_mute(override: Override | None, today: date) -> Muted | None:
    """None: not muted, or not any more."""
    mute = override.mute if override else None
    return Muted(reason=mute.reason, until=mute.until) if mute and mute.until >= today else None
