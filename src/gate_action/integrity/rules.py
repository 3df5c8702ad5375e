"""What a change of one value does to the gate: a rule for each kind of value. Knows no field of gate.yaml."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

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
