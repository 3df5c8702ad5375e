"""Trials by what made them and scores by content, kept from run to run in sealed packs. No fresh trial reads them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Protocol

from gate_action.codec.packs import Pack, PackError, decode_pack, encode_pack, name_pack, shorten
from gate_action.model.cached import CachedScore, CachedTrial
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.protocols import Shelf
from gate_action.model.run import Baseline, EvalRun, Fingerprint, Revision
from gate_action.model.score import NotScored, Score, Scored
from gate_action.model.trial import Arm, Output, TrialKey

_NAME = re.compile(r"(trials|scores)/[0-9a-f]{32}/\d{8}T\d{6}Z-[0-9a-f]{32}\.pack")
_MOST_READ = 50
"""Packs of one folder, the rest is passed over: each run adds one."""
_MOST_RUNS = 5
"""Runs whose trials stand in for base's first round, the newest."""
_LEAST_COVERED = 0.9
"""Of the fixtures. With less a first round of base tells more."""


class SheddingShelf(Shelf, Protocol):
    """A shelf that can be kept small."""

    def shed(self, most_bytes: int) -> None:
        """Removes the oldest files until no more is left. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the rows of a run are of."""

    revision: Revision
    fingerprint: Fingerprint
    fixtures: Sequence[Fixture]
    evaluators: Mapping[str, str]
    """By metric: the digest of all that decides its score."""


@dataclass(slots=True, kw_only=True)
class Cache:
    """One gate's cache."""

    shelf: SheddingShelf
    secret: bytes = field(repr=False)
    now: datetime
    max_age: timedelta
    max_bytes: int
    refused: int = 0
    """Files that no gate with this secret has sealed, or that are no packs at all."""
    _scores: dict[str, dict[CachedTrial, Score | NotScored]] = field(default_factory=dict)

    def find_base(self, build: str, subject: Subject) -> Baseline | None:
        """Earlier runs of this very build as stored rows; None: too few of its fixtures were ever tried.

        Raises StoreError.
        """
        by_digest = {shorten(fixture.digest): fixture.id for fixture in subject.fixtures}
        runs = [self._run(pack, by_digest, subject) for pack in self._read(f"trials/{build}")]
        chosen = [run for run in runs if run.scores][:_MOST_RUNS]
        covered = {scored.key.fixture_id for run in chosen for scored in run.scores}
        if not chosen or len(covered) < _LEAST_COVERED * len(by_digest):
            return None
        return Baseline(runs=tuple(chosen), commits_older=0)

    def find_score(self, evaluator: str, of: CachedTrial) -> Score | NotScored | None:
        """What this evaluator said of this output in this attempt. Raises StoreError."""
        return self._known(evaluator).get(of)

    def add(
        self, run_id: str, trials: Mapping[str, Sequence[CachedTrial]], scores: Mapping[str, Sequence[CachedScore]]
    ) -> None:
        """A run's rows: trials by build, scores by evaluator. Raises StoreError."""
        packs = {
            f"trials/{build}": Pack(run_id=run_id, made_at=self.now, trials=tuple(rows))
            for build, rows in trials.items()
            if rows
        } | {
            f"scores/{shorten(evaluator)}": Pack(run_id=run_id, made_at=self.now, scores=tuple(rows))
            for evaluator, rows in scores.items()
            if rows
        }
        files = {}
        for folder, pack in packs.items():
            content = encode_pack(pack, folder=folder, secret=self.secret)
            files[f"{folder}/{name_pack(pack, content)}"] = content
        self.shelf.add(files)
        self.shelf.shed(self.max_bytes)

    def _run(self, pack: Pack, by_digest: Mapping[str, str], subject: Subject) -> EvalRun:
        """The pack's trials of these fixtures, of those that every evaluator's score is known of."""
        rows: list[Scored] = []
        for trial in pack.trials:
            name = by_digest.get(trial.fixture)
            found = [(metric, self.find_score(evaluator, trial)) for metric, evaluator in subject.evaluators.items()]
            if name is None or any(result is None for _, result in found):
                continue
            key = TrialKey(name, Arm.BASE, trial.attempt)
            rows += [Scored(key=key, metric=metric, result=result) for metric, result in found if result is not None]
        return EvalRun(
            run_id=pack.run_id,
            revision=subject.revision,
            fingerprint=subject.fingerprint,
            fixtures={fixture.id: fixture.digest for fixture in subject.fixtures},
            scores=tuple(rows),
        )

    def _known(self, evaluator: str) -> dict[CachedTrial, Score | NotScored]:
        if evaluator not in self._scores:
            known: dict[CachedTrial, Score | NotScored] = {}
            for pack in self._read(f"scores/{shorten(evaluator)}"):
                for row in pack.scores:
                    known.setdefault(row.of, row.result)  # the newest first
            self._scores[evaluator] = known
        return self._scores[evaluator]

    def _read(self, folder: str) -> list[Pack]:
        """The newest first, of those that are not too old."""
        names = [name for name in self.shelf.names(folder) if _NAME.fullmatch(name)][-_MOST_READ:]
        packs = []
        for content in self.shelf.read(names):
            try:
                pack = decode_pack(content, folder=folder, secret=self.secret)
            except PackError:
                self.refused += 1
                continue
            if timedelta(0) <= self.now - pack.made_at <= self.max_age:
                packs.append(pack)
        return sorted(packs, key=lambda pack: (pack.made_at, pack.run_id), reverse=True)


def cached_trial(fixture: Fixture, attempt: int, output: Output) -> CachedTrial:
    return CachedTrial(fixture=shorten(fixture.digest), attempt=attempt, output=shorten(output.digest))


def whole_attempts(keys: Iterable[TrialKey], fixtures: int, arm: Arm) -> frozenset[int]:
    """Attempts that nearly every fixture had on this build."""
    counts = Counter(key.attempt for key in keys if key.arm is arm)
    return frozenset(attempt for attempt, count in counts.items() if count >= _LEAST_COVERED * fixtures)
