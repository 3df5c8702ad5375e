"""The report on the job's page. Above 1 MiB a step, GitHub drops the whole summary: this one stays below."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from gate_action.model.dataclass import dataclass
from gate_action.model.report import Report
from gate_action.report.markdown import JOB_SUMMARY, render_markdown
from gate_action.report.view import build_view
from gate_action.sinks.publishing import UnpublishedError

_LIMIT_BYTES = 1024 * 1024
_SPARE_BYTES = 4 * 1024
_USEFUL_BYTES = 4 * 1024
"""With less room than this a report says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSummarySink:
    name: ClassVar[str] = "job summary"
    path: Path
    """GITHUB_STEP_SUMMARY. What is in it stays."""

    def publish(self, report: Report) -> None:
        taken = self.path.stat().st_size if self.path.exists() else 0
        room = min(JOB_SUMMARY.bytes, _LIMIT_BYTES - _SPARE_BYTES - taken)
        if room < _USEFUL_BYTES:
            raise UnpublishedError(f"{taken:,} bytes of this step's summary are taken, of at most {_LIMIT_BYTES:,}")
        page = f"\n{render_markdown(build_view(report), replace(JOB_SUMMARY, bytes=room))}\n".encode()
        if len(page) > room + _SPARE_BYTES:
            raise UnpublishedError(f"the shortest report has {len(page):,} bytes, and {room:,} are left in the summary")
        with self.path.open("ab") as file:
            file.write(page)
