"""Recorded per-item results: one system's trials as unchanged pairs, and pairs of systems. Knows no simulation."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gate_action.model.fixture import Fixture, Slice
from power_lib.worlds import Batch, Floats, Ints, Setting


class TableError(Exception):
    """A table that cannot be read; says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One system's trials of items that all have the same number of them."""

    system: str
    suite: tuple[Fixture, ...]
    """In the order of ids."""
    scores: Floats
    """(items, trials)"""

    @property
    def trials(self) -> int:
        return int(self.scores.shape[1])

    def restrict(self, ids: Sequence[str]) -> "Recorded":
        rows = [place for place, fixture in enumerate(self.suite) if fixture.id in set(ids)]
        return replace(self, suite=tuple(self.suite[row] for row in rows), scores=self.scores[rows])


def read_table(path: Path) -> tuple[Recorded, ...]:
    """By system, in the order of names. Raises TableError with file and line."""
    scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    fixtures: dict[str, Fixture] = {}
    seen: set[tuple[str, str, str]] = set()
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            where = f"{path.name}:{line}"
            system, item = _cell(row, "system", where), _cell(row, "item_id", where)
            scores[system][item] += _read_scores(row, where)
            trial = (system, item, row.get("trial") or "")
            if trial in seen:
                raise TableError(f"{where}: trial {trial[2] or '(none)'} of item {item} of {system} stands here twice")
            seen.add(trial)
            fixture = _fixture(item, row)
            if fixtures.setdefault(item, fixture) != fixture:
                raise TableError(f"{where}: item {item} is in another cluster or category than before")
    if not scores:
        raise TableError(f"{path.name}: no row")
    return tuple(_record(path, system, scores[system], fixtures) for system in sorted(scores))


def split_trials(recorded: Recorded, count: int, rng: np.random.Generator) -> Batch:
    """Unchanged pull requests: each cuts every cluster's trials at random into base's half and head's.

    Raises TableError where an item has one trial only.
    """
    half = recorded.trials // 2
    if not half:
        raise TableError(f"{recorded.system}: one trial an item cannot be split into two arms")
    places = _by_cluster(recorded, rng.permuted(np.tile(np.arange(recorded.trials), _shape(recorded, count)), axis=2))
    scores = np.take_along_axis(recorded.scores[None], places, axis=2)
    base, head = scores[:, :, :half], scores[:, :, half : 2 * half]
    return Batch(suite=recorded.suite, base=base, head=head, stored=base, rates=base.mean(axis=2))


def resample_pair(base: Recorded, head: Recorded, setting: Setting, count: int, rng: np.random.Generator) -> Batch:
    """Pull requests that replace one system by the other (or by itself), on the items that both have.

    Trials are drawn with replacement, a cluster's together: with K trials an item, luck is (K - 1) / K of the real.
    """
    shared = sorted({fixture.id for fixture in base.suite} & {fixture.id for fixture in head.suite})
    if not shared:
        raise TableError(f"{base.system} and {head.system} share no item")
    base, head = base.restrict(shared), head.restrict(shared)
    return Batch(
        suite=base.suite,
        base=_resample(base, setting.attempts, count, rng),
        head=_resample(head, setting.attempts, count, rng),
        stored=_resample(base, min(setting.stored, base.trials), count, rng),
        rates=np.repeat(base.scores.mean(axis=1)[None], count, axis=0),
    )


def list_pairs(systems: tuple[Recorded, ...]) -> Iterator[tuple[Recorded, Recorded]]:
    """Every ordered pair of different systems that share an item."""
    for base in systems:
        for head in systems:
            if base is not head and {f.id for f in base.suite} & {f.id for f in head.suite}:
                yield base, head


def _resample(recorded: Recorded, attempts: int, count: int, rng: np.random.Generator) -> Floats:
    places = _by_cluster(recorded, rng.integers(0, recorded.trials, (*_shape(recorded, count)[:2], attempts)))
    drawn: Floats = np.take_along_axis(recorded.scores[None], places, axis=2)
    return drawn


def _shape(recorded: Recorded, count: int) -> tuple[int, int, int]:
    return count, len({fixture.unit for fixture in recorded.suite}), 1


def _by_cluster(recorded: Recorded, places: Ints) -> Ints:
    """(pull requests, clusters, attempts) -> (pull requests, items, attempts)."""
    _, clusters = np.unique([fixture.unit for fixture in recorded.suite], return_inverse=True)
    return places[:, clusters]


def _record(path: Path, system: str, items: Mapping[str, list[float]], fixtures: Mapping[str, Fixture]) -> Recorded:
    counts = {len(values) for values in items.values()}
    if len(counts) > 1:
        raise TableError(
            f"{path.name}: the items of {system} have from {min(counts)} to {max(counts)} trials, not equally many"
        )
    ids = sorted(items)
    return Recorded(
        system=system, suite=tuple(fixtures[name] for name in ids), scores=np.array([items[name] for name in ids])
    )


def _fixture(item: str, row: Mapping[str, str | None]) -> Fixture:
    category = row.get("category") or ""
    slices = (Slice("category", category),) if category else ()
    return Fixture(id=item, input="", cluster=row.get("cluster") or "", slices=slices)


def _read_scores(row: Mapping[str, str | None], where: str) -> list[float]:
    if row.get("passes") is None:
        score = _number(_cell(row, "score", where), where)
        if not 0.0 <= score <= 1.0:
            raise TableError(f"{where}: the score {score:g} is not in [0, 1]")
        return [score]
    passes, trials = (int(_number(_cell(row, name, where), where)) for name in ("passes", "trials"))
    if not 0 <= passes <= trials:
        raise TableError(f"{where}: {passes} passes of {trials} trials")
    return [1.0] * passes + [0.0] * (trials - passes)


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise TableError(f"{where}: {text!r} is no number") from None


def _cell(row: Mapping[str, str | None], name: str, where: str) -> str:
    value = row.get(name)
    if value is None or value == "":
        raise TableError(f"{where}: no {name}")
    return value
