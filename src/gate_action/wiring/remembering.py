"""Of one run: where evidence and verdicts of earlier ones may lie. Most of it is opened only where somebody asks."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gate_action.engine.finished import Finished
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.evidence import Subject
from gate_action.model.protocols import Procedure
from gate_action.wiring.verdicts import Verdicts

if TYPE_CHECKING:
    from gate_action.wiring.memory import Memory


@dataclass(slots=True, kw_only=True)
class Remembering:
    """Of one run: the folder that its workflow named, and what was opened on the way."""

    folder: Path | None = None
    is_fork: bool = False
    memory: "Memory | None" = None
    procedure: Procedure | None = None
    verdicts: Verdicts | None = None

    def open(self, memory: "Memory", store: object) -> "Memory":
        """A fork's run has no shelf: it neither reads nor writes evidence."""
        from gate_action.wiring.memory import evidence_shelves  # who hands a memory over has loaded it

        memory.shelves = () if self.is_fork else evidence_shelves(store, self.folder)
        self.memory = memory
        return memory

    def find_verdict(self, verdicts: Verdicts, subject: Subject) -> Decision | None:
        self.verdicts = verdicts
        return verdicts.find(subject)

    def keep(self, finished: Iterable[Finished]) -> None:
        """However the run ended: what was measured counts on in a re-run of this head."""
        if self.memory and self.procedure:
            self.memory.keep(self.procedure, finished)
