"""What a change of one value does to the gate: a rule for each kind of value, whichever field it stands in."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from gate_action.model.fixture import Slice
from gate_action.model.integrity import Effect


class Ruling(NamedTuple):
    """A rule's answer for one changed value."""

    effect: Effect
    what: str
    why: str


Rule = Callable[[Any, Any], Ruling]
"""Base's value and head's, which differ."""


def up_loosens(why: str, otherwise: Effect = Effect.TIGHTENS) -> Rule:
    """A higher number loosens. None is no bound at all: higher than any."""
    return lambda base, head: _by_order(_is_higher(head, base), why, otherwise)


def down_loosens(why: str, otherwise: Effect = Effect.TIGHTENS) -> Rule:
    """A lower number loosens. None is no bound at all: higher than any."""

    def rule(base: float | None, head: float | None) -> Ruling:
        what = "raised" if _is_higher(head, base) else "lowered"
        return Ruling(otherwise, what, "") if what == "raised" else Ruling(Effect.LOOSENS, what, why)

    return rule


def floor_rule(base: float | None, head: float | None) -> Ruling:
    """A floor is a bound from below: None is lower than any."""
    if base is None:
        return Ruling(Effect.TIGHTENS, "added", "")
    if head is None:
        return Ruling(Effect.LOOSENS, "removed", "head's mean may fall as low as it likes")
    if head < base:
        return Ruling(Effect.LOOSENS, "lowered", "a lower mean of head passes")
    return Ruling(Effect.TIGHTENS, "raised", "")


def ordered(strict_to_loose: Sequence[Any], why: str) -> Rule:
    """Words with an order, the strictest first."""

    def rule(base: object, head: object) -> Ruling:
        is_looser = strict_to_loose.index(head) > strict_to_loose.index(base)
        return Ruling(Effect.LOOSENS, "edited", why) if is_looser else Ruling(Effect.TIGHTENS, "edited", "")

    return rule


def unclear(why: str) -> Rule:
    """Any change may loosen."""
    return lambda base, head: Ruling(Effect.UNCLEAR, _presence(base, head), why)


def neutral(why: str = "") -> Rule:
    """No change loosens."""
    return lambda base, head: Ruling(Effect.NEUTRAL, _presence(base, head), why)


def slices_protected(base: tuple[Slice, ...], head: tuple[Slice, ...]) -> Ruling:
    lost = [one for one in base if not _is_covered(one, head)]
    if lost:
        return Ruling(Effect.LOOSENS, "edited", f"no longer protected: {', '.join(map(str, lost))}")
    is_wider = any(not _is_covered(one, base) for one in head)
    return Ruling(Effect.TIGHTENS if is_wider else Effect.NEUTRAL, "edited", "")


def names_seen(base: tuple[str, ...], head: tuple[str, ...]) -> Ruling:
    more = [name for name in head if name not in base]
    if more:
        return Ruling(Effect.LOOSENS, "edited", f"the judged code sees more of the environment: {', '.join(more)}")
    return Ruling(Effect.NEUTRAL, "edited", "")


def longer_loosens(why: str) -> Rule:
    """A list in which a further entry gives somebody more to say."""

    def rule(base: tuple[str, ...], head: tuple[str, ...]) -> Ruling:
        more = [entry for entry in head if entry not in base]
        if more:
            return Ruling(Effect.LOOSENS, "edited", f"{why}: {', '.join(more)}")
        return Ruling(Effect.TIGHTENS, "edited", "")

    return rule


def paths_watched(base: tuple[str, ...], head: tuple[str, ...]) -> Ruling:
    """No paths at all watch everything."""
    lost = [path for path in base if path not in head]
    if head and (lost or not base):
        what = f"changes of {', '.join(lost)}" if lost else f"changes of anything but {', '.join(head)}"
        return Ruling(Effect.LOOSENS, "edited", f"{what} pass unmeasured")
    return Ruling(Effect.TIGHTENS, "edited", "")


def _by_order(is_raised: bool, why: str, otherwise: Effect) -> Ruling:  # noqa: FBT001  # two callers in this file
    return Ruling(Effect.LOOSENS, "raised", why) if is_raised else Ruling(otherwise, "lowered", "")


def _is_higher(one: float | None, other: float | None) -> bool:
    if other is None:
        return False
    return one is None or one > other


def _presence(base: object, head: object) -> str:
    if base is None:
        return "added"
    return "removed" if head is None else "edited"


def _is_covered(one: Slice, protected: tuple[Slice, ...]) -> bool:
    return one in protected or Slice(one.dimension, "*") in protected
