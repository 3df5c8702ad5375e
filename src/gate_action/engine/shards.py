"""Round one shared out among several machines: which clusters are whose, and what each may spend. Pure."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from gate_action.codec.documents import Shard
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.model.fixture import Fixture, digest_json
from gate_action.model.metric import Budget, Limits
from gate_action.model.spending import SpentBefore

_MONEY = ("max_cost_usd", "max_cost_usd_per_pr", "max_cost_usd_per_month")
MOST_SHARDS = 256
"""As many jobs as one matrix of GitHub's may have."""


class ShardError(NotEvaluatedError):
    """Shards of round one are missing, stale, unfinished or altered. ``problems``: each of them."""

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


def parse_shard(text: str) -> Shard:
    """``3/8``: the third of eight. Raises ConfigError."""
    index, slash, count = text.strip().partition("/")
    if slash and index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count) <= MOST_SHARDS:
        return Shard(index=int(index), count=int(count))
    raise ConfigError(
        f"the shard {text!r} is none", hint=f"write 3/8 for the third of eight; they count from 1, up to {MOST_SHARDS}"
    )


def share_out(fixtures: Iterable[Fixture], count: int) -> tuple[frozenset[str], ...]:
    """Clusters by shard. Each goes to the shard with the fewest fixtures so far, the largest first.

    Depends on the clusters alone: clusters of one size go by the hash of their name, so that neither the order of the
    files nor a run of similar names decides who gets what.
    """
    sizes: dict[str, int] = {}
    for fixture in fixtures:
        sizes[fixture.unit] = sizes.get(fixture.unit, 0) + 1
    shares: list[set[str]] = [set() for _ in range(count)]
    loads = [0] * count
    for cluster in sorted(sizes, key=lambda name: (-sizes[name], _hash(name), name)):
        lightest = loads.index(min(loads))
        shares[lightest].add(cluster)
        loads[lightest] += sizes[cluster]
    return tuple(map(frozenset, shares))


def clusters_of(fixtures: Sequence[Fixture], shard: Shard) -> frozenset[str]:
    return share_out(fixtures, shard.count)[shard.index - 1]


def ids_of(fixtures: Sequence[Fixture], shard: Shard) -> frozenset[str]:
    """The fixtures that the shard tries."""
    clusters = clusters_of(fixtures, shard)
    return frozenset(fixture.id for fixture in fixtures if fixture.unit in clusters)


def digest_clusters(clusters: Iterable[str]) -> str:
    return digest_json(sorted(clusters))


def part_of(fixtures: Sequence[Fixture], shard: Shard | None) -> float | None:
    """Of the fixtures, which of them the shard tries: in [0, 1]. None: it is no shard, and tries all."""
    return len(ids_of(fixtures, shard)) / max(len(fixtures), 1) if shard else None


def share_budget(budget: Budget, part: float) -> Budget:
    """What one shard may spend of the run's budget: all together stay within, but for a call each."""
    return replace(
        budget,
        max_calls=None if budget.max_calls is None else math.ceil(budget.max_calls * part),
        **{name: None if (most := getattr(budget, name)) is None else most * part for name in _MONEY},
    )


def share_spent(before: SpentBefore, part: float) -> SpentBefore:
    """So that what is left of a bound over several runs is shared as the bound is."""
    return SpentBefore(pull_request_usd=before.pull_request_usd * part, month_usd=before.month_usd * part)


def share_rates(limits: Limits, shard: Shard | None) -> Limits:
    """What one shard may ask in a minute: an even part, since all ask at once. Slots are each machine's own."""
    if shard is None:
        return limits
    judge = limits.judge
    return replace(
        limits,
        requests_per_minute=_even_part(limits.requests_per_minute, shard),
        tokens_per_minute=_even_part(limits.tokens_per_minute, shard),
        judge=replace(
            judge,
            requests_per_minute=_even_part(judge.requests_per_minute, shard),
            tokens_per_minute=_even_part(judge.tokens_per_minute, shard),
        ),
    )


def _even_part(count: int | None, shard: Shard) -> int | None:
    return None if count is None else max(1, count // shard.count)


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
