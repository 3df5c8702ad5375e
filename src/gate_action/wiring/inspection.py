"""What a change does to the gate that judges it, whether that was approved, and so whose gate and fixtures decide."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from gate_action.clients.github.workflow import load_event
from gate_action.codec.acknowledgements import LEDGER_NAME, decode_acknowledgements
from gate_action.codec.github_event import Event
from gate_action.config.loading import load_config
from gate_action.config.settings import Config
from gate_action.engine.evaluator_files import find_evaluator_files
from gate_action.errors import ConfigError, GateError
from gate_action.gate import Loaded
from gate_action.integrity.acknowledging import added_entries, count_entries, tell_entries
from gate_action.integrity.files import (
    compare_code,
    compare_instructions,
    compare_prompts,
    compare_records,
    compare_workflows,
    read_if_there,
)
from gate_action.integrity.fixtures import compare_suites
from gate_action.integrity.owners import compare_owners
from gate_action.integrity.python_code import find_code
from gate_action.integrity.settings import compare_configs
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Place, Suite
from gate_action.model.integrity import Approval, Area, Effect, GateChange, Integrity, LedgerEntry, Way
from gate_action.model.metric import Acknowledgement
from gate_action.model.protocols import Files
from gate_action.model.run import Revision
from gate_action.wiring.gate_files import find_guarded, python_roots
from gate_action.wiring.judge_records import load_records, lock_path
from gate_action.wiring.judged import Judged
from gate_action.wiring.rereading import ReadSuite
from gate_action.wiring.suites import adopt_suite, join_suites, open_sources

if TYPE_CHECKING:
    from gate_action.wiring.github.approvals import Seeker

_ORDER = tuple(Effect)
_READING = frozenset({Area.POLICY, Area.METRIC, Area.EVALUATOR, Area.FIXTURE})
"""Areas in which a change makes an answer be read otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherGate:
    """The gate that does not decide, though it reads something otherwise: head's, until it is approved, then base's."""

    config: Config
    files: Files
    suite: Suite
    revision: Revision
    """Whose code its own evaluators are."""


@dataclass(slots=True, kw_only=True)
class Inspection:
    """One run's look at what head does to its gate. What is known so far is in ``integrity``, however it ends."""

    judged: Judged
    """With head's gate, once that was approved."""
    environ: Mapping[str, str] = field(repr=False)
    open_seeker: Callable[[], "Seeker"]
    today: date
    warn: Callable[[str], None]
    integrity: Integrity = field(default_factory=Integrity)
    acknowledged: tuple[Acknowledgement, ...] = ()
    is_sought: bool = False
    other: OtherGate | None = None
    has_other_files: bool = False
    """Does a file differ that evaluators rest on?"""

    @property
    def seeker(self) -> "Seeker":
        """Loaded where there is something to approve."""
        return self.open_seeker()

    def load(self) -> Loaded:
        """The suite that decides: base's and what head adds, or head's where it was approved.

        Raises ConfigError where head's fixtures or acknowledgements cannot be used, MissingKeyError.
        """
        try:
            return self._load()
        except GateError:
            self._seek()  # what is known of the change by now is told, and blocks unless it was approved
            raise

    def _load(self) -> Loaded:
        judged = self.judged
        self._add(self._without_secrets())
        read = ReadSuite.load(open_sources(self._sources_of_head(), self.environ), judged.head_files)
        head, base = read.suite, self._load_base(read)
        if base is not None:
            files = self._evaluator_files(base)
            self.has_other_files = bool(files)
            self._add((*compare_suites(base, head), *files))
        self._seek()
        self.other = self._other_gate(base, head)
        if judged.has_base and self.integrity.approvals:
            self.judged = judged.adopt()
            loaded = adopt_suite(base, head) if base else join_suites(None, head)
        else:
            loaded = join_suites(base, head)
        self._count_acknowledgements()
        return loaded

    def _without_secrets(self) -> tuple[GateChange, ...]:
        """Known whatever else fails: a run without secrets must not hide what its change does to the gate."""
        judged = self.judged
        if judged.before is None:
            return ()
        before = judged.git.files(judged.before)
        changes = self._starting(before)
        if not judged.has_base:
            return changes
        return (
            *changes,
            *compare_configs(judged.config, judged.head_config),
            *self._records(),
            *tell_entries(*self._ledgers(), self.today),
        )

    def _starting(self, before: Files) -> tuple[GateChange, ...]:
        """What starts the gate, and who owns what it rests on."""
        judged, running = self.judged, self._event().workflow
        files = (before, judged.head_files)
        owners = compare_owners(*files, lambda: find_guarded(judged.config, files, running))
        return (*compare_workflows(*files, running), *owners)

    def _other_gate(self, base: Suite | None, head: Suite) -> OtherGate | None:
        judged = self.judged
        is_told = any(one.area in _READING and one.what != "added" for one in self.integrity.changes)
        has_more_metrics = any(one.area is Area.METRIC for one in self.integrity.changes)
        if base is None or judged.revisions.base is None or not (is_told or has_more_metrics):
            return None
        if self.integrity.approvals:
            return OtherGate(config=judged.config, files=judged.files, suite=base, revision=judged.revisions.base)
        return OtherGate(config=judged.head_config, files=judged.head_files, suite=head, revision=judged.revisions.head)

    def _seek(self) -> None:
        """Asks once, and only where there is something to approve. What has landed decides, whatever it does."""
        changes, loosening = self.integrity.changes, self.integrity.loosening
        if self.is_sought or not (loosening or (changes and self.seeker.assume(self.judged))):
            return
        self.is_sought = True
        queued = self._ahead_in_queue()
        if queued is not None and not self._loosens_since(queued):
            self.integrity = replace(self.integrity, approvals=(_queued(self.judged),))
            return
        sought = self.seeker.seek(self.judged)
        approvals = (*sought.approvals, _queued(self.judged)) if sought.approvals and queued else sought.approvals
        self.integrity = replace(
            self.integrity, approvals=approvals, unapproved=sought.refused, how_to_approve=sought.advice
        )

    def _ahead_in_queue(self) -> Revision | None:
        """The merge queue's entry before this one, where there is one that has not been merged yet."""
        group, base = self._event().merge_group, self.judged.revisions.base
        if group is None or base is None or group.base_sha in ("", base.sha):
            return None
        try:
            return self.judged.git.resolve(group.base_sha)
        except ConfigError:
            return None

    def _loosens_since(self, queued: Revision) -> bool:
        """Does this entry of the queue itself loosen the gate, whatever those ahead of it do?"""
        judged, files = self.judged, self.judged.git.files(queued)
        try:
            config = load_config(files, judged.config.path, judged.config.gate_id)
            own = Inspection(
                judged=replace(judged, config=config, files=files, before=queued),
                environ=self.environ,
                open_seeker=self.open_seeker,
                today=self.today,
                warn=self.warn,
                is_sought=True,
            )
            own.load()
        except GateError:
            return True
        return bool(own.integrity.loosening)

    def _count_acknowledgements(self) -> None:
        if not self.judged.has_base:
            return
        base, head = self._ledgers()
        added = added_entries(base, head, self.judged.config.gate_id)
        counted = count_entries(added, self.integrity.approvals, self.today)
        self.acknowledged = counted.acknowledgements
        self.integrity = replace(self.integrity, unapproved=(*self.integrity.unapproved, *counted.refused))

    def _load_base(self, head: ReadSuite) -> Suite | None:
        """None where there is no base, or head is the one that repairs its fixtures."""
        judged = self.judged
        if not judged.has_base:
            return None
        try:
            return head.of(open_sources(judged.config, self.environ), judged.files)
        except ConfigError as error:
            self.warn(f"base's fixtures cannot be used, so all of head's are new: {error.message}")
            return None

    def _sources_of_head(self) -> Config:
        """Head's own where they are files of the repository: another place, and a secret sent there, is base's word."""
        head = self.judged.head_config
        return head if all(source.name == "paths" for source in head.sources) else self.judged.config

    def _event(self) -> Event:
        try:
            return load_event(self.environ)
        except ConfigError:  # the approvals tell it
            return Event()

    def _records(self) -> tuple[GateChange, ...]:
        judged = self.judged
        path = lock_path(judged.config)
        try:
            base = load_records(judged.files, judged.config)
            head = load_records(judged.head_files, judged.head_config)
        except ConfigError:
            if read_if_there(judged.files, path) == read_if_there(judged.head_files, path):
                return ()
            why = "one of the two cannot be read"
            place = Place(path, None)
            return (
                GateChange(
                    area=Area.CALIBRATION, subject=path, effect=Effect.UNCLEAR, what="edited", why=why, place=place
                ),
            )
        return compare_records(base, head, path)

    def _evaluator_files(self, base: Suite) -> tuple[GateChange, ...]:
        """What base's evaluators rest on. A file that head's alone read is told by the option that names it."""
        judged = self.judged
        ours = find_evaluator_files(judged.config.metrics, base)
        roots = python_roots(judged.config)
        code = {*find_code(judged.files, ours.functions, roots), *find_code(judged.head_files, ours.functions, roots)}
        return (
            *compare_prompts(judged.files, judged.head_files, ours.prompts),
            *compare_instructions(judged.files, judged.head_files, _instructions(judged.config)),
            *compare_code(judged.files, judged.head_files, code),
        )

    def _ledgers(self) -> tuple[Sequence[LedgerEntry], Sequence[LedgerEntry]]:
        """Base's and head's. Base's is no concern where it cannot be read: head may mend it. Raises ConfigError."""
        judged = self.judged
        path = str(PurePosixPath(judged.head_config.path).with_name(LEDGER_NAME))
        before = judged.git.files(judged.before) if judged.before else judged.files
        try:
            base = _read_ledger(before, path)
        except ConfigError as error:
            self.warn(f"base's acknowledgements cannot be used: {error.message}")
            base = ()
        return base, _read_ledger(judged.head_files, path)

    def _add(self, changes: Sequence[GateChange]) -> None:
        """By area, and inside an area what loosens first."""
        areas = tuple(Area)
        together = (*self.integrity.changes, *changes)
        ordered = sorted(together, key=lambda one: (areas.index(one.area), _ORDER.index(one.effect)))
        self.integrity = replace(self.integrity, changes=tuple(ordered))


def _queued(judged: Judged) -> Approval:
    return Approval(who="", way=Way.QUEUED, commit=judged.revisions.head.sha)


def _read_ledger(files: Files, path: str) -> tuple[LedgerEntry, ...]:
    content = read_if_there(files, path)
    return decode_acknowledgements(content, path) if content is not None else ()


def _instructions(config: Config) -> tuple[str, ...]:
    """What simulated users are told besides."""
    simulate = config.target.simulate
    return (simulate.instructions,) if simulate and simulate.instructions else ()
