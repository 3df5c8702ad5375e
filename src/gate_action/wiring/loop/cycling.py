"""``loop cycle``: the loop's commands in a row, under one lease, each of which is taken home before the next begins."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from gate_action.clients.files import FolderFiles
from gate_action.codec.rejections import decode_rejections
from gate_action.codec.row_files import Rows, is_fixture_file
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.loop.arrivals import find_arrivals, note_arrivals
from gate_action.loop.cycling import STEPS, begin_cycle, find_waiting, note_step
from gate_action.loop.pace import find_noted, measure_pace, note_attention
from gate_action.loop.prioritize.keeping import keep_lines, load_lines
from gate_action.loop.promote.settling import settle
from gate_action.loop.pulls.ledger import Ledger
from gate_action.loop.pulls.proposal import Outcome
from gate_action.loop.store import open_store
from gate_action.loop.sync.choosing import Limits
from gate_action.loop.sync.offers import Offers
from gate_action.loop.sync.page import Told
from gate_action.model.fixture import Fixture
from gate_action.model.pace import Pace
from gate_action.model.promotion import Candidate, ReviewOutcome
from gate_action.model.rejection import Rejection
from gate_action.report.loop.pace_words import say_pace
from gate_action.report.words import counted
from gate_action.wiring.commands.fixture_sync import Proposing, find_places
from gate_action.wiring.commands.pulling import PullOptions, find_people
from gate_action.wiring.loop.classifying import ClassifyOptions, classify
from gate_action.wiring.loop.clustering import ClusterOptions, cluster
from gate_action.wiring.loop.ingest import IngestRequest, run_ingest
from gate_action.wiring.loop.opening import LoopOptions, read_settings, work_on
from gate_action.wiring.loop.prioritize import PrioritizeOptions, rank, write_down
from gate_action.wiring.loop.promoting import Choice, promote

T = TypeVar("T", bound=LoopOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleOptions:
    loop: LoopOptions
    limits: Limits = field(default_factory=Limits)
    pull: PullOptions | None = None
    """None: what is promoted stays in the work tree."""
    is_measured: bool = False
    """With ``pull``: main's build is run on the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycled:
    cycle_id: str
    pace: Pace
    failures: tuple[str, ...]
    """What could not be done whole, and did not end the cycle: a source that was not reached."""


def run_cycle(
    options: CycleOptions,
    tell: Callable[[str, str], None],
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None, microsecond=0),
) -> Cycled:
    """``tell`` is given each step's name and what came of it; ``clock`` gives UTC, without a zone.

    Raises what the steps raise: what was done before is kept, and the next cycle goes on there.
    """
    with work_on(options.loop, environ) as working:
        cycle = _Cycle(options=options, loop=replace(options.loop, store=working.path), environ=environ, clock=clock)
        with open_store(working.path) as store:
            cycle.id, done = begin_cycle(store, clock())
        for name in STEPS:
            if name in done:
                tell(name, "was done before this cycle was cut off")
                continue
            told = getattr(cycle, name)()
            with open_store(working.path) as store:
                note_step(store, cycle.id, name, clock(), told)
            working.take_home()
            tell(name, told)
        with open_store(working.path) as store:
            pace = measure_pace(store)
    return Cycled(cycle_id=cycle.id, pace=pace, failures=tuple(cycle.failures))


@dataclass(slots=True, kw_only=True)
class _Cycle:
    """A method a step of STEPS: it does the step's work, and tells what came of it."""

    options: CycleOptions
    loop: LoopOptions
    environ: Mapping[str, str] = field(repr=False)
    clock: Callable[[], datetime]
    id: str = ""
    failures: list[str] = field(default_factory=list)
    candidates: tuple[Candidate, ...] = ()

    def ingest(self) -> str:
        request = IngestRequest(sources=(), environ=self.environ, now=self.clock())
        ingested = run_ingest(self.loop, request).ingested
        failed = [f"{tally.source}: {tally.failure}" for tally in ingested.sources if tally.failure]
        if failed and len(failed) == len(ingested.sources):
            raise NotEvaluatedError(f"no source could be read: {failed[0]}")
        self.failures += failed
        return f"{counted(len(ingested.sources) - len(failed), 'source')} read, {ingested.orphans} statements wait"

    def classify(self) -> str:
        done = classify(replace(_typed(ClassifyOptions, self.loop), at=self.clock()), None, self.environ)
        if reason := done.passed.canary or done.passed.failure or (done.passed.spent if done.passed.is_stuck else ""):
            raise NotEvaluatedError(f"turns could not be classified: {reason}", hint="the next cycle goes on here")
        return f"{done.passed.asked} turns asked, {done.summary.turns} labelled in all, by {done.classifier}"

    def cluster(self) -> str:
        now = self.clock()
        found = cluster(replace(_typed(ClusterOptions, self.loop), cycle=self.id, until=now, at=now))
        return f"{counted(sum(bool(one.turns) for one in found.told), 'cluster')}, {found.alone} failed turns in none"

    def prioritize(self) -> str:
        ranked = rank(replace(_typed(PrioritizeOptions, self.loop), until=self.clock()), self.environ)
        with open_store(_path(self.loop)) as store:
            keep_lines(store, ranked.lines)
            kept = load_lines(store)
        path = write_down(self.loop, ranked.lines, kept)
        return f"{counted(len(ranked.lines), 'item')} ranked, written down in {path.name}"

    def promote(self) -> str:
        """Of open clusters, and again of those whose pull request is open still: a new checkout lacks their rows.

        First it is seen how pull requests ended: a cluster whose rows were all turned down is open again.
        """
        turned_down = self._find_turned_down()
        rows = self._read_rows(FolderFiles(self.loop.repository), read_settings(self.loop).loop.promote.folder)
        with open_store(_path(self.loop)) as store:
            freed = settle(store, {one.id for one in turned_down} - {one.id for one in rows})
            waiting = find_waiting(store, {one.id for one in rows})
        choices = [Choice(turned_down=turned_down)]
        if waiting:
            choices.insert(0, Choice(clusters=tuple(waiting), turned_down=turned_down))
        done = [promote(self.loop, choice, now=self.clock(), environ=self.environ) for choice in choices]
        self.candidates = tuple(candidate for one in done for candidate in one.proposal.candidates)
        self._give_up(waiting)
        self.failures += done[-1].warnings
        written = counted(sum(count for one in done for count in one.kept.files.values()), "row")
        told = f"{written} of {counted(sum(one.failures for one in done), 'failing turn')}"
        return f"{told}; all turned down, open again: {', '.join(freed)}" if freed else told

    def _give_up(self, waiting: Mapping[str, frozenset[str]]) -> None:
        """Of rows that can be had no more: their turns are gone, or people have written what is nearly the same."""
        had = {_cluster(one) for one in self.candidates}
        gone = {row for name, rows in waiting.items() if name not in had for row in rows}
        with open_store(_path(self.loop)) as store:
            settle(store, gone, ReviewOutcome.SKIPPED)

    def _find_turned_down(self) -> tuple[Rejection, ...]:
        """By the repository's own file, and with a pull request by how earlier ones ended."""
        if self.options.pull is not None:
            return self._proposing(Offers((), ())).find_turned_down(
                self.options.pull, self.loop.repository, self.environ
            )
        files, path = FolderFiles(self.loop.repository), read_settings(self.loop).loop.rejections
        return decode_rejections(files.read(path), path) if files.find(path) == (path,) else ()

    def _read_rows(self, files: FolderFiles, folder: str) -> tuple[Fixture, ...]:
        rows = Rows()
        for path in filter(is_fixture_file, files.find(folder)):
            rows.read(path, files.read(path))
        if rows.problems:
            raise ConfigError(f"the rows of {folder} cannot be used", problems=tuple(rows.problems))
        return tuple(rows.fixtures)

    def propose(self) -> str:
        self._note_arrivals()
        if self.options.pull is None:
            return "left in the work tree"
        self._note_attention(self.options.pull)
        return _say(self._open_pull(self.options.pull))

    def _open_pull(self, pull: PullOptions) -> Outcome:
        files = FolderFiles(self.loop.repository)
        shape = read_settings(self.loop).loop
        with open_store(_path(self.loop)) as store:
            ledger = Ledger(
                path=shape.prioritize.ledger,
                lines=load_lines(store),
                now=self.clock(),
                pace=tuple(say_pace(measure_pace(store))),
            )
        proposing = self._proposing(Offers(self._read_rows(files, shape.promote.folder), ()))
        proposing.ledger = ledger
        return proposing.run(pull, self.loop.repository, self.environ)

    def _proposing(self, offers: Offers) -> Proposing:
        why = {one.fixture.id: _why(one) for one in self.candidates}
        return Proposing(
            places=find_places(FolderFiles(self.loop.repository), self.loop.config, ""),
            offers=offers,
            limits=self.options.limits,
            told=Told(source="production's feedback", why=why),
            config=self.loop.config,
            is_measured=self.options.is_measured,
        )

    def _note_arrivals(self) -> None:
        """What was merged until now is noted: without git, or in a shallow clone, nothing is."""
        settings = read_settings(self.loop)
        arrivals, now = find_arrivals(self.loop.repository, settings.loop.promote.folder), self.clock()
        with open_store(_path(self.loop)) as store:
            note_arrivals(store, {row: at for row, at in arrivals.items() if at <= now})

    def _note_attention(self, pull: PullOptions) -> None:
        with open_store(_path(self.loop)) as store:
            noted = find_noted(store)
            note_attention(store, find_people(pull, self.loop.repository, self.environ, noted))


def _typed(kind: type[T], options: LoopOptions) -> T:
    return kind(repository=options.repository, config=options.config, store=options.store)


def _path(options: LoopOptions) -> Path:
    assert options.store is not None  # noqa: S101  # a cycle works on one file
    return options.store


def _cluster(candidate: Candidate) -> str:
    provenance = candidate.fixture.provenance
    return provenance.cluster if provenance else ""


def _why(candidate: Candidate) -> str:
    since = f", first complaint {candidate.complained_at:%Y-%m-%d}" if candidate.complained_at else ""
    said = f"; users said: {candidate.comment}" if candidate.comment else ""
    return f"{candidate.title}: {candidate.sentence}{said}{since}"


def _say(outcome: Outcome) -> str:
    return f"pull request: {outcome.ending} {outcome.url} {outcome.told}".rstrip()
