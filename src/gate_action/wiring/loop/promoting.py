"""``loop promote``: the store's failures, the repository's fixtures and the scrubber become candidates, and files."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gate_action.clients.files import FolderFiles
from gate_action.codec.loop_ledger import decode_ledger
from gate_action.codec.rejections import decode_rejections
from gate_action.codec.user_keys import SECRET_NAME, UserKeys
from gate_action.config.loading import list_gates, load_config
from gate_action.config.loop.document import LoopShape
from gate_action.config.loop.scrubbing import ScrubShape
from gate_action.loop.attention import Stopwatch
from gate_action.loop.pace import note_sitting
from gate_action.loop.promote.cleaning import clean_review
from gate_action.loop.promote.failures import Ranking, check_split, choose_clusters, find_failures
from gate_action.loop.promote.keeping import Kept, Places, keep
from gate_action.loop.promote.proposing import Bench, propose
from gate_action.loop.recognising import load_presidio
from gate_action.loop.scrub.contacts import REGIONS
from gate_action.loop.scrub.folding import fold
from gate_action.loop.scrub.scanning import Scanner
from gate_action.loop.scrub.scrubber import Scrubber
from gate_action.loop.store import Store
from gate_action.model.fixture import Fixture, Split
from gate_action.model.metric import CHECKS
from gate_action.model.pace import SittingKind
from gate_action.model.priority import Standing
from gate_action.model.promotion import Failure, PromotionRules, Proposal, Review, ReviewOutcome
from gate_action.model.rejection import Rejection
from gate_action.wiring.loop.opening import LoopOptions, open_loop
from gate_action.wiring.loop.training import read_fixtures

Reviewing = Callable[[Proposal, Stopwatch], Sequence[Review]]
"""Shows every candidate to a person, and tells the stopwatch of what the person does. A candidate of which nothing is
returned is left for another time.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What this call wants, beside what gate.yaml says."""

    clusters: tuple[str, ...] = ()
    split: Split = Split.EVAL
    opens_training: bool = False
    """Rows for training are wanted although no watch has said that a fix did not hold."""
    turned_down: tuple[Rejection, ...] = ()
    """What the repository's own rejections do not hold yet: how pull requests ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    clusters: tuple[str, ...]
    failures: int
    proposal: Proposal
    kept: Kept
    seconds: float
    """A person's, in the review."""
    warnings: tuple[str, ...]


def promote(
    options: LoopOptions,
    choice: Choice,
    *,
    now: datetime,
    review: Reviewing | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Promoted:
    """Writes what was accepted; without ``review`` all candidates, for a pull request to be their review.

    ``now`` is UTC, without a zone, as the store's times are. Raises ConfigError, StoreError.
    """
    keys = UserKeys(environ.get(SECRET_NAME, ""))
    with open_loop(options, environ=environ) as (settings, store):
        repository = _read_repository(options, settings.loop, environ)
        bench = Bench(
            scrubber=build_scrubber(settings.loop.scrub),
            rules=_rules(settings.loop, choice, now, has_judge=repository.has_judge),
            sign=keys.trace_key,
            fixtures=repository.fixtures,
            rejections=(*repository.rejections, *choice.turned_down),
        )
        ranking = _read_ranking(FolderFiles(options.repository), settings.loop.prioritize.ledger)
        reading = _Reading(store, choose_clusters(store, choice.clusters, ranking))
        proposal = propose(reading.failures(), bench)
        check_split(store, reading.clusters, choice.split, opened=choice.opens_training)
        stopwatch = Stopwatch(time.monotonic)
        said = review(proposal, stopwatch) if review else _unreviewed(proposal)
        reviews = tuple(clean_review(one, bench.scrubber) for one in said)
        kept = keep(store, _places(options, settings.loop), repository, reviews, now)
        note_sitting(store, SittingKind.REVIEW, stopwatch, len(reviews), now)
    return Promoted(
        clusters=tuple(reading.clusters),
        failures=reading.count,
        proposal=proposal,
        kept=kept,
        seconds=stopwatch.seconds,
        warnings=tuple(_warnings(repository, has_secret=bool(environ.get(SECRET_NAME)))),
    )


@dataclass(slots=True)
class _Reading:
    """Failures cluster by cluster: those of a cluster that nobody comes to are never asked for."""

    store: Store
    wanted: tuple[str, ...]
    clusters: list[str] = field(default_factory=list)
    """Of which a failure was looked at."""
    count: int = 0

    def failures(self) -> Iterator[Failure]:
        for name in self.wanted:
            for failure in find_failures(self.store, (name,)):
                yield failure
                self.count += 1  # it was looked at, and another one is asked for
                if name not in self.clusters:
                    self.clusters.append(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What lies in the repository: every fixture of every gate, of either split, and what was turned down."""

    fixtures: tuple[Fixture, ...]
    rejections: tuple[Rejection, ...]
    has_judge: bool
    has_checks: bool


def build_scrubber(shape: ScrubShape) -> Scrubber:
    """Raises ConfigError where a recogniser of names is asked for and not installed."""
    names = load_presidio(shape.names) if shape.names else None
    keep_values = frozenset(fold(value).lower().strip() for value in shape.keep)
    return Scrubber(scanner=Scanner(regions=shape.regions or REGIONS, names=names, keep=keep_values))


def _read_repository(options: LoopOptions, shape: LoopShape, environ: Mapping[str, str]) -> Repository:
    files = FolderFiles(options.repository)
    configs = [load_config(files, options.config, gate) for gate in list_gates(files, options.config)]
    turned_down = files.find(shape.rejections) and decode_rejections(files.read(shape.rejections), shape.rejections)
    return Repository(
        fixtures=read_fixtures(options, environ),
        rejections=turned_down or (),
        has_judge=all(config.judge is not None for config in configs),
        has_checks=all(any(metric.name == CHECKS for metric in config.metrics) for config in configs),
    )


def _read_ranking(files: FolderFiles, path: str) -> Ranking:
    """As the ledger's last cycle has it; empty where there is no ledger yet."""
    lines = decode_ledger(files.read(path), path) if files.find(path) == (path,) else ()
    last = max((line.at for line in lines), default=None)
    told = sorted((line for line in lines if line.at == last), key=lambda line: line.rank)
    return Ranking(
        ranked=tuple(line.cluster for line in told if line.standing is not Standing.MUTED),
        muted=frozenset(line.cluster for line in told if line.standing is Standing.MUTED),
    )


def _places(options: LoopOptions, shape: LoopShape) -> Places:
    return Places(repository=options.repository, folder=shape.promote.folder, rejections=shape.rejections)


def _rules(shape: LoopShape, choice: Choice, now: datetime, *, has_judge: bool) -> PromotionRules:
    told = shape.promote
    expires = (now.date() + timedelta(days=told.expires_days)).isoformat() if told.expires_days else ""
    return PromotionRules(
        consent=told.consent,
        licence=told.licence,
        expires=expires,
        split=choice.split,
        most=told.most,
        clusters=None if choice.clusters else told.clusters,
        has_judge=has_judge,
        input=told.input,
    )


def _unreviewed(proposal: Proposal) -> tuple[Review, ...]:
    return tuple(Review(candidate=one, outcome=ReviewOutcome.PROPOSED) for one in proposal.candidates)


def _warnings(repository: Repository, *, has_secret: bool) -> list[str]:
    warnings = []
    if not repository.has_checks:
        warnings.append("gate.yaml has no metric `checks`: what promoted rows ask for is not scored (checks: {})")
    if not has_secret:
        warnings.append(f"{SECRET_NAME} is not set: rows name no trace, and turns of one conversation are not joined")
    return warnings
