"""Two records of one statement become one: a second thought replaces the first, a second telling completes it."""

from collections.abc import Iterable
from dataclasses import fields, replace

from gate_action.model.loop import Feedback

_COMPLETED = tuple(field.name for field in fields(Feedback) if field.name not in {"feedback_id", "at", "scope"})


def merge(first: Feedback, second: Feedback) -> Feedback:
    """The later one counts. Of two at the same time, what one leaves out the other says: order does not matter."""
    if first.at != second.at:
        return max(first, second, key=lambda one: one.at)
    better, other = sorted((first, second), key=_rank)
    gaps = {name: getattr(other, name) for name in _COMPLETED if _is_gap(better, name) and not _is_gap(other, name)}
    return replace(better, **gaps) if gaps else better


def merge_all(feedback: Iterable[Feedback], known: Iterable[Feedback] = ()) -> dict[str, Feedback]:
    """By id; ``known`` is what the store has."""
    merged: dict[str, Feedback] = {}
    for one in (*known, *feedback):
        earlier = merged.get(one.feedback_id)
        merged[one.feedback_id] = one if earlier is None else merge(earlier, one)
    return merged


def _is_gap(one: Feedback, name: str) -> bool:
    """A value of 0 is a statement; a polarity of 0 is none."""
    value = getattr(one, name)
    return value is None or (isinstance(value, str) and not value) or (name == "polarity" and value == 0)


def _rank(one: Feedback) -> tuple[bool, int, str]:
    """The fuller one first, and always the same of two."""
    told = sum(not _is_gap(one, name) for name in _COMPLETED)
    return one.span_id == "", -told, repr(one)
