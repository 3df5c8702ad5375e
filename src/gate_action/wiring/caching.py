"""What one run does with its gate's cache: rows of base that stand in for a first round, scores that are known, and
what it leaves for later runs. What cannot be cached is told, with the reason.
"""

import platform
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path

from gate_action.clients.folders import make_folder
from gate_action.clients.stores.folder_shelf import FolderShelf
from gate_action.clients.stores.object_shelf import ObjectShelf
from gate_action.clients.stores.objects import Place
from gate_action.codec.packs import is_keepable
from gate_action.config.settings import CacheSettings
from gate_action.engine.build_digest import Makings, Undigested, digest_build
from gate_action.engine.cache import Cache, Subject, cached_trial, whole_attempts
from gate_action.engine.finished import Finished
from gate_action.engine.journal import Journal
from gate_action.engine.recall import Recall
from gate_action.engine.scoring import Scorer, evaluator_digests
from gate_action.engine.trials import ScoreOutput
from gate_action.errors import StoreError
from gate_action.model.cached import CachedScore, CachedTrial
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Suite
from gate_action.model.run import Baseline, Fingerprint, NoBaseline, Revision
from gate_action.model.trial import Arm, Stored
from gate_action.wiring.building import Builder
from gate_action.wiring.judged import Judged
from gate_action.wiring.masking import find_secrets, mask_result
from gate_action.wiring.simulating import digest_users

_MACHINE = ("ImageOS", "ImageVersion")
"""How GitHub's runners tell which image they were made from."""


@dataclass(slots=True, kw_only=True)
class Caching:
    """One run's use of its cache."""

    cache: Cache
    builds: Mapping[Arm, str]
    """Digests of the builds that have one."""
    evaluators: Mapping[str, str]
    """By metric: the digest of all that decides its score."""
    secrets: tuple[str, ...] = field(repr=False)
    warn: Callable[[str], None]
    announce: Callable[[str], None]
    recall: Recall | None = None

    def find_base(
        self, revision: Revision, fingerprint: Fingerprint, known: Sequence[Fixture]
    ) -> Baseline | NoBaseline:
        """Earlier trials of base's very build, as stored rows: they raise suspicions, and never confirm one."""
        if Arm.BASE not in self.builds:
            return NoBaseline(reason="base's build is not cached")
        subject = Subject(revision=revision, fingerprint=fingerprint, fixtures=known, evaluators=self.evaluators)
        try:
            found = self.cache.find_base(self.builds[Arm.BASE], subject)
        except StoreError as error:
            self.warn(f"the cache is not read: {error}")
            return NoBaseline(reason="the cache is not read")
        if self.cache.refused:
            self.warn(f"cache: {self.cache.refused} files are not sealed by this gate's key, and are passed over")
        if found is None:
            return NoBaseline(reason="base's build was not tried before")
        self.announce(f"cache: {len(found.runs)} earlier runs of base's very build stand in for its first round")
        return found

    def remember(self, run_id: str, finished: Collection[Finished], journal: Journal, suite: Suite) -> None:
        """Leaves what was measured for later runs. What goes wrong is a warning."""
        rows = Rows(journal=journal, fixtures=suite.by_id)
        try:
            rows.collect(finished, self.builds, self.evaluators, self.secrets)
            self.cache.add(run_id, rows.trials, rows.scores)
        except StoreError as error:
            self.warn(f"the cache is not written: {error}")
        if self.recall is not None and self.recall.found:
            self.announce(f"cache: {self.recall.found} outputs were not judged again")


def open_recall(begin: ScoreOutput, caching: Caching | None) -> ScoreOutput:
    """Scores what is no fresh trial, with or without a cache."""
    if caching is None:
        return Recall(begin=begin).score
    caching.recall = Recall(begin=begin, cache=caching.cache, evaluators=caching.evaluators)
    return caching.recall.score


@dataclass(slots=True, kw_only=True)
class Rows:
    """What a run leaves: trials by build, scores by evaluator."""

    journal: Journal
    fixtures: Mapping[str, Fixture]
    trials: dict[str, list[CachedTrial]] = field(default_factory=dict)
    scores: dict[str, list[CachedScore]] = field(default_factory=dict)

    def collect(
        self,
        finished: Collection[Finished],
        builds: Mapping[Arm, str],
        evaluators: Mapping[str, str],
        secrets: tuple[str, ...],
    ) -> None:
        """Of trials only whole attempts: what was tried again for a reason would pull a mean."""
        whole = {arm: whole_attempts([one.trial.key for one in finished], len(self.fixtures), arm) for arm in Arm}
        reasons = self.journal.read_reasons(frozenset(one.trial.key for one in finished))
        for one in finished:
            key, outcome = one.trial.key, one.trial.outcome
            if not isinstance(outcome, Stored) or not all(is_keepable(scored.result) for scored in one.scores):
                continue
            of = cached_trial(self.fixtures[key.fixture_id], key.attempt, self.journal.read_output(outcome))
            if one.trial.fresh and key.arm in builds and key.attempt in whole[key.arm]:
                self.trials.setdefault(builds[key.arm], []).append(of)
            for metric, scored in reasons.get(key, {}).items():
                row = CachedScore(of=of, result=mask_result(scored.result, secrets))
                self.scores.setdefault(evaluators[metric], []).append(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a cache is opened with."""

    settings: CacheSettings
    builder: Builder
    now: datetime
    scorer: Scorer

    @property
    def judged(self) -> Judged:
        return self.builder.judged

    @property
    def environ(self) -> Mapping[str, str]:
        return self.builder.environ


def open_caching(given: Opening, warn: Callable[[str], None], announce: Callable[[str], None]) -> Caching | None:
    """None: its key has no value here. What is not cached is told, and why."""
    settings = given.settings
    secret = given.environ.get(settings.key, "")
    if not secret:
        warn(f"the cache is neither read nor written: {settings.key} has no value here")
        return None
    try:
        shelf = open_shelf(settings, given.judged.git.repository, given.environ)
    except OSError as error:
        warn(f"the cache is neither read nor written: {error}")
        return None
    cache = Cache(
        shelf=shelf,
        secret=secret.encode(),
        now=given.now,
        max_age=timedelta(days=settings.max_age_days),
        max_bytes=settings.max_mb * 1_000_000,
    )
    return Caching(
        cache=cache,
        builds=dict(_digest_builds(settings, given, secret.encode(), warn)),
        evaluators=evaluator_digests(given.scorer, code=given.judged.policy_revision.tree),
        secrets=find_secrets(given.judged.config, given.environ),
        warn=warn,
        announce=announce,
    )


def _digest_builds(
    settings: CacheSettings, given: Opening, secret: bytes, warn: Callable[[str], None]
) -> Iterator[tuple[Arm, str]]:
    revisions, reasons = given.judged.revisions, {""}
    for arm, revision in ((Arm.BASE, revisions.base), (Arm.HEAD, revisions.head)):
        target = given.judged.target(arm)
        makings = Makings(
            kind=target.kind,
            options=target.options,
            setup=target.setup,
            limits=given.judged.config.limits,
            environment=given.builder.environment_of(arm),
            also={name: given.environ.get(name) for name in settings.also},
            users=digest_users(given.judged.config, given.judged.files),
            machine={"arch": platform.machine(), **{name: given.environ.get(name, "") for name in _MACHINE}},
        )
        found = digest_build(makings, revision, secret) if revision else Undigested(why="")
        if isinstance(found, str):
            yield arm, found
        else:
            reasons.add(found.why)
    for why in sorted(reasons - {""}):
        warn(f"trials are not cached: {why}")


def open_shelf(settings: CacheSettings, repository: Path, environ: Mapping[str, str]) -> FolderShelf | ObjectShelf:
    """Raises OSError: the folder is none of ours to write to."""
    bucket = settings.objects
    if bucket is None:
        folder = repository / settings.path
        make_folder(folder)
        return FolderShelf(folder)
    key, secret = (environ.get(name, "") if name else "" for name in (bucket.access_key, bucket.secret_key))
    return ObjectShelf(Place(url=bucket.url, endpoint=bucket.endpoint, region=bucket.region, key=key, secret=secret))
