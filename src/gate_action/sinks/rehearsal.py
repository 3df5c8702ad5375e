"""A dry run: what would be published is written into a folder, for a person to read. Nothing leaves the machine."""

from pathlib import Path
from typing import ClassVar

from gate_action.clients.folders import make_folder
from gate_action.model.dataclass import dataclass
from gate_action.model.protocols import Sink
from gate_action.model.report import Report
from gate_action.sinks.publishing import UnpublishedError, publish_all

SUMMARY = "job-summary.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalSink:
    name: ClassVar[str] = "dry run"
    folder: Path
    sinks: tuple[Sink, ...]
    """They write into the folder."""

    def publish(self, report: Report) -> None:
        make_folder(self.folder)
        # A payload of an earlier dry run would read as one of this run.
        for stale in (*self.folder.glob("[0-9][0-9][0-9][0-9]-*.json"), *self.folder.glob(SUMMARY)):
            stale.unlink()
        warnings = publish_all(self.sinks, report)
        if warnings:
            raise UnpublishedError("; ".join(warnings))
