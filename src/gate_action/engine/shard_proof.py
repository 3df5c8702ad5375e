"""Proves that shards are all there, of this very run, and as they were written; then takes over what they measured."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gate_action.codec.documents import Manifest, Shard, ShardManifest
from gate_action.engine.journal import Journal
from gate_action.engine.readback import tell_difference
from gate_action.engine.shard_files import (
    MANIFEST,
    Measured,
    check_seals,
    read_measured,
    read_shard,
)
from gate_action.engine.shards import MOST_SHARDS, ShardError, digest_clusters, ids_of, share_out
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.trial import Usage

_MOST_FOLDERS = 10_000
_MOST_TOLD = 3
_MOST_COUNTED, _MOST_AMOUNT = 10**12, 1e9
"""As for an answer of a build (docs/contracts.md, 3): what is claimed is summed, and no sum may come to infinity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundShard:
    folder: Path
    manifest: ShardManifest

    @property
    def shard(self) -> Shard:
        return self.manifest.run.shard or Shard(index=0, count=0)

    @property
    def is_possible(self) -> bool:
        return 1 <= self.shard.index <= self.shard.count <= MOST_SHARDS

    def __str__(self) -> str:
        return f"shard {self.shard} (attempt {self.manifest.attempt})"


def find_shards(folders: Iterable[Path]) -> tuple[FoundShard, ...]:
    """The shards in ``folders``, each of which is one's own folder or holds one a sub-folder. Follows no link.

    Raises ShardError: a folder without any, or one that cannot be read.
    """
    found: list[FoundShard] = []
    for folder in folders:
        inside = [place for place in _places(folder) if (place / MANIFEST).is_file()]
        if not inside:
            raise ShardError(f"{folder} holds no shard", hint="give the folders that `run --shard i/n` left")
        found += [FoundShard(folder=place, manifest=read_shard(place)) for place in inside]
    return tuple(found)


def prove_complete(
    found: Sequence[FoundShard], wanted: Manifest, fixtures: Sequence[Fixture]
) -> tuple[FoundShard, ...]:
    """One shard for each index of one count, all of the run ``wanted``: the newest attempt of each.

    Raises ShardError, telling everything that is missing, stale or unfinished.
    """
    problems = [f"{one.folder} is of no shard: {one.shard}" for one in found if not one.is_possible]
    newest = _newest([one for one in found if one.is_possible])
    problems += [f"{one} is there twice: {one.folder}, {other.folder}" for one, *others in newest for other in others]
    chosen = tuple(one for one, *_ in newest)
    count = max((one.shard.count for one in chosen), default=0)
    missing = sorted(set(range(1, count + 1)) - {one.shard.index for one in chosen})
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        problems.append(f"of {count} shards, {', '.join(map(str, missing))} {verb} missing")
    shares = share_out(fixtures, max(count, 1))
    problems += [fault for one in chosen if (fault := _fault(one, wanted, count, shares))]
    if problems:
        more = f"; and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
        raise ShardError(
            f"round one is not complete: {'; '.join(problems[:_MOST_TOLD])}{more}",
            problems=tuple(problems),
            hint="run the jobs of those shards again, then the merge",
        )
    return chosen


def take_over(
    chosen: Iterable[FoundShard], journal: Journal, fixtures: Sequence[Fixture], metrics: frozenset[str]
) -> int:
    """Writes what the shards measured into ``journal``, as if it had been measured here: how many trials.

    Raises ShardError: a file is not what was sealed, or tells of what the shard was not to measure.
    """
    total = 0
    for one in chosen:
        check_seals(one.folder, one.manifest.files)
        count = copy_measured(_checked(one, fixtures, metrics), journal)
        if count != one.manifest.trials:
            raise ShardError(f"{one} holds {count} trials, not {one.manifest.trials}")
        total += count
    return total


def copy_measured(measured: Iterable[Measured], journal: Journal) -> int:
    """How many trials."""
    count = 0
    for one in measured:
        count += 1
        journal.add_trial(one.trial)
        journal.add_scores(one.scores)
    return count


def _checked(one: FoundShard, fixtures: Sequence[Fixture], metrics: frozenset[str]) -> Iterator[Measured]:
    """Those with all their scores: one that was cut short is made anew where it is asked for. Raises ShardError."""
    ids = ids_of(fixtures, one.shard)
    for measured in read_measured(one.folder):
        key = measured.trial.key
        if key.fixture_id not in ids or key.attempt < 0:
            raise ShardError(f"{one} tells of {tuple(key)}, which it was not to try")
        told = {scored.metric for scored in measured.scores}
        if told - metrics:
            raise ShardError(f"{one} scored {tuple(key)} by {sorted(told - metrics)}, which is no metric of this gate")
        if measured.trial.tries < 0 or not _is_bounded(measured.trial.usage):
            raise ShardError(f"{one}: what {tuple(key)} took is out of bounds: {measured.trial.usage}")
        if told == metrics:
            yield measured


def _is_bounded(usage: Usage) -> bool:
    amounts, counts = (usage.latency_s, usage.cost_usd), (usage.input_tokens, usage.output_tokens)
    return all(isinstance(a, str) or 0 <= a <= _MOST_AMOUNT for a in amounts) and all(
        isinstance(c, str) or 0 <= c <= _MOST_COUNTED for c in counts
    )


def _places(folder: Path) -> list[Path]:
    """The folder itself, or its sub-folders."""
    try:
        if folder.is_symlink() or not folder.is_dir():
            raise ShardError(f"{folder} is no folder")
        if (folder / MANIFEST).exists():
            return [folder]
        with os.scandir(folder) as entries:
            inside = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError as error:
        raise ShardError(f"{folder} cannot be read: {error.strerror or error}") from error
    if len(inside) > _MOST_FOLDERS:
        raise ShardError(f"{folder} holds more than {_MOST_FOLDERS} folders")
    return sorted(inside)


def _newest(found: Sequence[FoundShard]) -> list[list[FoundShard]]:
    """For each index those of its newest attempt; more than one is one too many."""
    by_index: dict[int, list[FoundShard]] = {}
    for one in found:
        by_index.setdefault(one.shard.index, []).append(one)
    newest = {index: max(one.manifest.attempt for one in ones) for index, ones in by_index.items()}
    return [[one for one in by_index[at] if one.manifest.attempt == newest[at]] for at in sorted(by_index)]


def _fault(one: FoundShard, wanted: Manifest, count: int, shares: Sequence[frozenset[str]]) -> str:
    """Why it cannot count, as a sentence; empty: it can."""
    if one.shard.count != count:
        return f"{one} is one of {one.shard.count}, and there are {count}"
    if one.manifest.refused:
        return f"{one} could not measure: {one.manifest.refused}"
    if what := tell_difference(one.manifest.run, wanted):
        return f"{one} is stale: {what}"
    if one.manifest.clusters != digest_clusters(shares[one.shard.index - 1]):
        return f"{one} measured other clusters than its own"
    return ""
