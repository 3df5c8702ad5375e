"""What earlier runs left to this one: base's stored runs, a verdict on the same tree, evidence of the same head."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from gate_action.engine.finished import Finished
from gate_action.gate import Loaded
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.evidence import Subject, subject_of
from gate_action.model.metric import Metric
from gate_action.model.protocols import BaselineStore, Procedure
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline
from gate_action.wiring.history import find_stored, is_run_of
from gate_action.wiring.inspection import Inspection
from gate_action.wiring.objects import build_named
from gate_action.wiring.places import RunPlace
from gate_action.wiring.verdicts import Verdicts

if TYPE_CHECKING:
    from gate_action.wiring.caching import Caching
    from gate_action.wiring.memory import Memory


@dataclass(slots=True, kw_only=True)
class Remembering:
    """Of one run. What is opened on the way is kept; most of it is opened only where somebody asks."""

    inspection: Inspection
    environ: Mapping[str, str] = field(repr=False)
    place: RunPlace
    warn: Callable[[str], None]
    """As the hands' own."""
    announce: Callable[[str], None]
    folder: Path | None = None
    """Where its workflow put evidence of earlier runs."""
    is_fork: bool = False
    is_kept: bool = False
    """Head's run is to be stored as a baseline."""
    is_reused: bool = False
    """What was decided of the same tree is decided."""
    store: BaselineStore | None = None
    history: tuple[EvalRun, ...] = ()
    """The latest stored runs of base's line, whatever their commit."""
    baseline: Baseline | NoBaseline | None = None
    memory: "Memory | None" = None
    procedure: Procedure | None = None
    verdicts: Verdicts | None = None

    def open_store(self) -> BaselineStore | None:
        """The same one whenever it is asked for: what it fetched once serves all who look."""
        judged = self.inspection.judged
        settings = judged.config.baselines
        if settings is None:
            return None
        if self.store is None:
            found = build_named("baselines", settings.name, settings.options, self.environ, judged.git.repository)
            self.store = cast("BaselineStore", found)
        return self.store

    def find_baseline(self, fingerprint: Fingerprint, loaded: Loaded, cache: "Caching | None") -> Baseline | NoBaseline:
        """Base's stored runs; where there are none, what the cache knows of its very build. Raises StoreError."""
        judged = self.inspection.judged
        self.baseline, self.history = find_stored(self.open_store(), judged, fingerprint)
        base = judged.revisions.base
        if isinstance(self.baseline, NoBaseline) and cache is not None and base is not None:
            self.baseline = cache.find_base(base, fingerprint, loaded.known_fixtures)
        return self.baseline

    def find_verdict(self, fingerprint: Fingerprint) -> Decision | None:
        """What was decided of this very tree. Raises StoreError."""
        store, head = self.open_store(), self.inspection.judged.revisions.head
        is_stored = store is not None and is_run_of(store, head, fingerprint)
        self.verdicts = Verdicts(
            shelf=None if self.is_fork else getattr(store, "shelf", None),
            head=head,
            run_id=self.place.run_id,
            is_reused=self.is_reused and (is_stored or not self.is_kept),
            warn=self.warn,
            log=self.announce,
        )
        return self.verdicts.find(self._subject(fingerprint))

    def open_memory(self, fingerprint: Fingerprint, loaded: Loaded, metrics: Iterable[Metric]) -> "Memory":
        """Of this head's earlier runs. A fork's run has no shelf: it neither reads nor writes evidence."""
        from gate_action.wiring.memory import KEY_NAME, Memory, evidence_shelves

        self.memory = Memory(
            subject=self._subject(fingerprint),
            run_id=self.place.run_id,
            shelves=() if self.is_fork else evidence_shelves(self.open_store(), self.folder),
            key=self.environ.get(KEY_NAME, ""),
            warn=self.warn,
            log=self.announce,
            fixture_ids=frozenset(loaded.suite.by_id),
            metrics=frozenset(metric.name for metric in metrics),
            acknowledged=self.inspection.acknowledged,
        )
        return self.memory

    def keep(self, finished: Iterable[Finished]) -> None:
        """However the run ended: what was measured counts on in a re-run of this head."""
        if self.memory and self.procedure:
            self.memory.keep(self.procedure, finished)

    def _subject(self, fingerprint: Fingerprint) -> Subject:
        judged = self.inspection.judged
        return subject_of(judged.config.gate_id, judged.revisions, fingerprint, judged.config.digest)
