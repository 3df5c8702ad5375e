"""The order in which trials are asked for: both builds meet the same hour, and neither always comes first."""

from collections.abc import Iterable, Sequence

from gate_action.model.trial import Arm, TrialKey


def side_by_side(names: Sequence[str], attempts: Iterable[int]) -> list[TrialKey]:
    """Attempt by attempt, fixture by fixture, both builds."""
    return [
        TrialKey(name, arm, attempt)
        for attempt in attempts
        for place, name in enumerate(names)
        for arm in alternate(place + attempt)
    ]


def alternate(place: int) -> tuple[Arm, Arm]:
    """The build that goes first alternates: neither has the advantage of a warm cache or a fresh rate limit."""
    return (Arm.BASE, Arm.HEAD) if place % 2 == 0 else (Arm.HEAD, Arm.BASE)
