"""What earlier runs of the same head left for this one, and what this one leaves: found, vouched for, handed on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from pathlib import Path

from gate_action.clients.stores.folder_shelf import FolderShelf
from gate_action.codec.baselines import RecordError
from gate_action.codec.evidence import decode_evidence, encode_evidence
from gate_action.comparison.ledger import STORED_FROM
from gate_action.comparison.replay.first import ReplayFirst
from gate_action.comparison.screen_confirm.screening import NOTHING_KNOWN, Known, ScreenAndConfirm
from gate_action.engine.finished import Finished
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.evidence import EvidenceRecord, Subject
from gate_action.model.metric import Acknowledgement
from gate_action.model.protocols import Procedure, Shelf
from gate_action.model.score import NotScored, NotScoredCause, Scored
from gate_action.model.spent import Spent
from gate_action.model.trial import Stored, Trial, TrialError, TrialKey
from gate_action.report.words import counted

KEY_NAME = "GATE_EVIDENCE_KEY"
_FOLDER = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceShelf:
    """A place of evidence.

    ``is_trusted``: no signature is asked for. Who writes to a baseline store can choose the baseline as well.
    """

    shelf: Shelf
    is_trusted: bool


def evidence_shelves(store: object, folder: Path | None) -> tuple[EvidenceShelf, ...]:
    """The folder first, where one is given: it is there because the store cannot be written."""
    shelf = getattr(store, "shelf", None)  # a plugin's store may keep nothing but runs
    own = (EvidenceShelf(shelf=FolderShelf(folder), is_trusted=False),) if folder else ()
    return (*own, *((EvidenceShelf(shelf=shelf, is_trusted=True),) if shelf else ()))


@dataclass(slots=True, kw_only=True)
class Memory:
    """Of one subject. What cannot be read or written is told, and never a verdict: a run without memory is a run."""

    subject: Subject
    run_id: str
    shelves: Sequence[EvidenceShelf] = ()
    """Where to look; the first one is where this run writes."""
    key: str = field(default="", repr=False)
    warn: Callable[[str], None]
    """Is told what the report's reader should know."""
    log: Callable[[str], None]
    """Is told what only who set the gate up should know."""
    fixture_ids: frozenset[str]
    metrics: frozenset[str]
    acknowledged: tuple[Acknowledgement, ...] = ()
    _earlier: EvidenceRecord | None = None

    def recall(self) -> Known:
        """What is known of the subject. Nothing, where no record of it can be trusted."""
        found = [record for place in self.shelves for record in self._read(place)]
        if not found:
            return NOTHING_KNOWN
        earlier = self._earlier = max(found, key=lambda record: record.weight)
        runs, looks = counted(earlier.spent.runs, "earlier run"), counted(len(earlier.spent.looks), "look")
        trials = counted(len(earlier.trials), "trial")
        self.warn(
            f"pooled with {runs} of the same head and base: {trials} of theirs count on, "
            f"and so do {looks} at fresh rows (last run {earlier.run_id})"
        )
        return Known(trials=earlier.trials, scores=earlier.scores, spent=earlier.spent)

    def keep(self, procedure: Procedure, finished: Iterable[Finished]) -> None:
        """Writes down all that is known now, however the run ended."""
        if not isinstance(procedure, ScreenAndConfirm | ReplayFirst) or not self.shelves:
            return
        made = tuple(finished)
        if not made:
            return
        record = self._pool(made, procedure.spent)
        try:
            name = f"{_FOLDER}/{self.subject.key}/{self.run_id}.json"
            self.shelves[0].shelf.add({name: encode_evidence(record, self.key)})
        except StoreError as error:
            self.log(f"the evidence of this run is not kept, so a re-run starts anew: {error.message}")

    def _pool(self, made: Sequence[Finished], spent: Spent) -> EvidenceRecord:
        """Earlier trials and this run's, without those that nobody's build is to blame for: a re-run makes them."""
        trials: dict[TrialKey, Trial] = {}
        scores: dict[TrialKey, list[Scored]] = {}
        runs: tuple[str, ...] = ()
        if earlier := self._earlier:
            trials, runs = {trial.key: trial for trial in earlier.trials}, earlier.runs
            for scored in earlier.scores:
                scores.setdefault(scored.key, []).append(scored)
        for one in made:
            key, known = one.trial.key, trials.get(one.trial.key)
            # A shard measures the first round of every run, and a replayed trial is played again: the first fresh
            # one stands.
            if _counts(one) and (known is None or not known.fresh):
                trials[key], scores[key] = _without_output(one.trial), list(one.scores)
        return EvidenceRecord(
            subject=self.subject,
            run_id=self.run_id,
            trials=tuple(trials.values()),
            scores=tuple(scored for rows in scores.values() for scored in rows),
            spent=spent,
            runs=(*runs, self.run_id),
            acknowledged=self.acknowledged,
        )

    def _fits(self, record: EvidenceRecord) -> bool:
        """Equal subjects have equal fixtures and metrics; what a person put together by hand may not."""
        keys = {trial.key for trial in record.trials}
        is_known = all(key.fixture_id in self.fixture_ids and key.attempt < STORED_FROM for key in keys)
        return is_known and all(scored.metric in self.metrics for scored in record.scores)

    def _read(self, place: EvidenceShelf) -> Iterable[EvidenceRecord]:
        try:
            names = place.shelf.names(f"{_FOLDER}/{self.subject.key}")
            contents = place.shelf.read(names)
        except StoreError as error:
            self.log(f"evidence of earlier runs cannot be read: {error.message}")
            return
        for name, content in zip(names, contents, strict=True):
            try:
                record, is_signed = decode_evidence(content, self.key)
            except RecordError as error:
                self.warn(f"{place.shelf.place(name)} is no evidence of an earlier run: {error}")
                continue
            if not (place.is_trusted or is_signed):
                self.warn(f"{place.shelf.place(name)} is not used: it is not signed with this run's {KEY_NAME}")
            elif record.subject != self.subject or not self._fits(record):
                self.warn(f"{place.shelf.place(name)} is not used: it is of another head, base or gate")
            elif record.run_id != self.run_id:  # a run that is resumed has its own trials in its own folder
                yield record


def _counts(one: Finished) -> bool:
    """No: it was an outage, or its judge's, and another run may measure it."""
    outcome = one.trial.outcome
    if isinstance(outcome, TrialError):
        return outcome.fault.is_targets_own
    return not any(_is_judges(scored) for scored in one.scores)


def _is_judges(scored: Scored) -> bool:
    return isinstance(scored.result, NotScored) and scored.result.cause is NotScoredCause.EVALUATOR_ERROR


def _without_output(trial: Trial) -> Trial:
    if isinstance(trial.outcome, TrialError):
        return Trial(key=trial.key, outcome=TrialError(fault=trial.outcome.fault, detail=""), fresh=trial.fresh)
    return Trial(key=trial.key, outcome=Stored(0, 0), fresh=trial.fresh)
