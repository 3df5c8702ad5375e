"""Verdicts of trees, in the baseline store: found for a tree that was gated before, written down after a run."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision, Verdict
from gate_action.model.evidence import Subject
from gate_action.model.protocols import Shelf
from gate_action.model.run import Revision
from gate_action.model.verdict_record import VerdictRecord


def list_verdicts(shelf: Shelf, head: Revision) -> tuple[VerdictRecord, ...]:
    """All of head's tree, the latest last. Raises StoreError: one that cannot be read might be the one that counts."""
    names = shelf.names(_folder(head))
    return tuple(sorted(_decode_all(shelf, names), key=lambda record: record.run_id))


def name_verdict(head: Revision, run_id: str) -> str:
    return f"{_folder(head)}/{run_id}.json"


@dataclass(slots=True, kw_only=True)
class Verdicts:
    """Of one run. ``is_reused``: what was decided of the same subject is decided."""

    shelf: Shelf | None
    head: Revision
    run_id: str
    is_reused: bool
    warn: Callable[[str], None]
    log: Callable[[str], None]
    subject: Subject | None = None
    reused: VerdictRecord | None = None

    def find(self, subject: Subject) -> Decision | None:
        """The latest verdict on this subject, in the merge queue and on push. Without one the run measures."""
        self.subject = subject
        if not self.is_reused or self.shelf is None:
            return None
        try:
            found = [record for record in list_verdicts(self.shelf, self.head) if record.subject == subject]
        except StoreError as error:
            self.log(f"earlier verdicts cannot be read, so this run measures: {error.message}")
            return None
        if not found:
            return None
        self.reused = found[-1]
        self.warn(
            f"nothing was measured: run {self.reused.run_id} gated this very tree against the same base, fixtures and "
            f"gate ({self.reused.decided_at}, as commit {self.reused.head.short}), and its verdict holds"
        )
        return self.reused.decision

    def keep(self, measured: Decision, told: Decision, decided_at: str) -> None:
        """Nothing, where nothing was decided anew."""
        is_decided = self.subject is not None and not self.reused and measured.verdict is not Verdict.NOT_EVALUATED
        if not is_decided or self.shelf is None:
            return
        from gate_action.codec.verdicts import encode_verdict  # a run without a store keeps none

        record = self._spell(measured, told, decided_at)
        try:
            self.shelf.add({name_verdict(self.head, self.run_id): encode_verdict(record)})
        except StoreError as error:
            self.log(f"the verdict is not kept, so later runs of this tree measure again: {error.message}")

    def _spell(self, measured: Decision, told: Decision, decided_at: str) -> VerdictRecord:
        assert self.subject is not None  # noqa: S101  # asked for by who calls this
        return VerdictRecord(
            subject=self.subject,
            head=self.head,
            run_id=self.run_id,
            decided_at=decided_at,
            decision=replace(measured, spent=None),
            verdict=told.verdict,
            is_passing=not told.exit_code,
            sentence=told.reasons[0].sentence,
        )


def _folder(head: Revision) -> str:
    return f"verdicts/{head.tree or head.sha}"


def _decode_all(shelf: Shelf, names: tuple[str, ...]) -> Iterator[VerdictRecord]:
    from gate_action.codec.baselines import RecordError  # most trees were never gated before
    from gate_action.codec.verdicts import decode_verdict

    for name, content in zip(names, shelf.read(names), strict=True):
        try:
            yield decode_verdict(content)
        except RecordError as error:
            raise StoreError(f"{shelf.place(name)} is no verdict of ours: {error}", hint="delete the file") from error
