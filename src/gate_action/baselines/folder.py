"""Earlier runs in a folder: one file a run, named by its content. Knows nothing of how they are compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gate_action.baselines._runs import find_runs, save_run
from gate_action.baselines._spending import add_spending, spent_before
from gate_action.clients.stores.folder_shelf import FolderShelf
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline, Revision
from gate_action.model.spending import Spending, SpentBefore


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """``path/<sha>/<digest>.json``.

    Who can write there can choose the baseline: it belongs out of the pull request's reach.
    """

    path: str = field(metadata={"anchored": True})
    """From the repository's top, or absolute."""

    @property
    def shelf(self) -> FolderShelf:
        return FolderShelf(Path(self.path))

    def find(self, commits: Sequence[Revision], fingerprint: Fingerprint) -> Baseline | NoBaseline:
        return find_runs(self.shelf, commits, fingerprint)

    def save(self, run: EvalRun) -> None:
        save_run(self.shelf, run)

    def spent_before(self, run: Spending) -> SpentBefore:
        return spent_before(self.shelf, run)

    def add_spending(self, run: Spending) -> None:
        add_spending(self.shelf, run)
