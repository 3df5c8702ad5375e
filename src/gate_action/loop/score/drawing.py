"""Which turns of a window are scored: so many of each stratum, each with its probability. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A turn of the window."""

    turn_id: str
    stratum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    turn_id: str
    probability: float
    """With which it was drawn, in (0, 1]: the share of its stratum's turns that were."""


def share_out(sizes: Mapping[str, int], turns: int) -> dict[str, int]:
    """How many of each stratum, ``turns`` together or all there are: alike, and what small ones leave goes to others.

    So complaints, which are rare and tell most, are scored as often as silent turns; weights set it right.
    """
    shares: dict[str, int] = {}
    left, open_ = turns, sorted(sizes, key=lambda name: (sizes[name], name))
    while open_:
        name = open_.pop(0)
        shares[name] = min(sizes[name], left // (len(open_) + 1))
        left -= shares[name]
    return shares


def draw(candidates: Iterable[Candidate], turns: int) -> list[Drawn]:
    """By the order of the ids, which are digests: the same turns in every pass over the same window, and few new ones
    when it moves on (permanent random numbers: Ohlsson 1995), so that little is scored twice.
    """
    strata: dict[str, list[str]] = defaultdict(list)
    for candidate in candidates:
        strata[candidate.stratum].append(candidate.turn_id)
    shares = share_out({name: len(ids) for name, ids in strata.items()}, turns)
    return [
        Drawn(turn_id=turn_id, probability=shares[name] / len(ids))
        for name, ids in sorted(strata.items())
        for turn_id in sorted(ids)[: shares[name]]
    ]
