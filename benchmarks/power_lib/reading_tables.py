"""A CSV of recorded trials -> systems. Every error names file and line, and says what was expected."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from gate_action.model.fixture import Fixture, Slice
from power_lib.recorded import Recorded, TableError

Row = Mapping[str, str | None]
NEEDED = ("system", "item_id")
SCORED, COUNTED = ("score",), ("trials", "passes")
WORDS = {"true": 1.0, "false": 0.0}


def read_table(path: Path) -> tuple[Recorded, ...]:
    """By system, in the order of names.

    One row a trial (``score`` in [0, 1], and ``trial``, which may be left out), or one a (system, item) with ``trials``
    and ``passes``. ``cluster`` and ``category`` may be left out or empty. Items may have different numbers of trials,
    and systems different items. Raises TableError with file and line.
    """
    table = _Table()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            is_counted = _check_header(path, reader.fieldnames or ())
            for row in reader:
                table.take(row, f"{path.name}:{reader.line_num}", is_counted=is_counted)
    except OSError as error:
        raise TableError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path.name}: not a CSV in UTF-8: {error}") from None
    if not table.scores:
        raise TableError(f"{path.name}: no row")
    return tuple(table.record(system) for system in sorted(table.scores))


def _check_header(path: Path, names: Sequence[str]) -> bool:
    """Are trials told as counts?"""
    missing = [name for name in NEEDED if name not in names]
    is_counted = set(COUNTED) <= set(names)
    if missing or not (is_counted or set(SCORED) <= set(names)):
        raise TableError(
            f"{path.name}:1: columns {', '.join(names) or 'none'}; needed are system, item_id and either trial, score"
            " or trials, passes; cluster and category may be added"
        )
    return is_counted


@dataclass(slots=True)
class _Table:
    scores: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    fixtures: dict[str, Fixture] = field(default_factory=dict)
    seen: set[tuple[str, str, str]] = field(default_factory=set)

    def take(self, row: Row, where: str, *, is_counted: bool) -> None:
        system, item = _cell(row, "system", where), _cell(row, "item_id", where)
        trial = "" if is_counted else row.get("trial") or ""
        if (trial or is_counted) and (system, item, trial) in self.seen:
            what = f"trial {trial} of item {item}" if trial else f"item {item}"
            raise TableError(f"{where}: {what} of {system} stands here twice")
        self.seen.add((system, item, trial))
        self.scores[system][item] += _read_counts(row, where) if is_counted else [_read_score(row, where)]
        self._place(item, row, where)

    def record(self, system: str) -> Recorded:
        items = self.scores[system]
        ids = sorted(items)
        counts = np.array([len(items[name]) for name in ids], np.int64)
        scores = np.zeros((len(ids), int(counts.max())))
        for place, name in enumerate(ids):
            scores[place, : counts[place]] = items[name]
        return Recorded(system=system, suite=tuple(self.fixtures[name] for name in ids), scores=scores, counts=counts)

    def _place(self, item: str, row: Row, where: str) -> None:
        """An item is in one cluster and one category, whoever tells of it; a row may leave them open."""
        known = self.fixtures.get(item) or Fixture(id=item, input="")
        cluster, category = row.get("cluster") or known.cluster, row.get("category") or ""
        slices = (Slice("category", category),) if category else known.slices
        if known.cluster not in ("", cluster) or (known.slices and known.slices != slices):
            raise TableError(f"{where}: item {item} is in another cluster or category than before")
        if (cluster, slices) != (known.cluster, known.slices) or item not in self.fixtures:
            self.fixtures[item] = replace(known, cluster=cluster, slices=slices)


def _read_score(row: Row, where: str) -> float:
    score = _number(_cell(row, "score", where), where)
    if not 0.0 <= score <= 1.0:
        raise TableError(f"{where}: the score {score:g} is not in [0, 1]")
    return score


def _read_counts(row: Row, where: str) -> list[float]:
    passes, trials = (_number(_cell(row, name, where), where) for name in ("passes", "trials"))
    if not (0 <= passes <= trials and trials >= 1 and passes.is_integer() and trials.is_integer()):
        raise TableError(f"{where}: {passes:g} passes of {trials:g} trials")
    return [1.0] * int(passes) + [0.0] * int(trials - passes)


def _number(text: str, where: str) -> float:
    word = WORDS.get(text.strip().lower())
    if word is not None:
        return word
    try:
        return float(text)
    except ValueError:
        raise TableError(f"{where}: {text!r} is no number") from None


def _cell(row: Row, name: str, where: str) -> str:
    value = row.get(name)
    if value is None or value.strip() == "":
        raise TableError(f"{where}: no {name}; leave out the row of a trial that was not made")
    return value
