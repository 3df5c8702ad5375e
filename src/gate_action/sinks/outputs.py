"""The step's outputs, for later steps of the job. No value, whoever wrote it, can end itself and begin another one."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from gate_action.model.comparison import ChangeKind
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.report import Report
from gate_action.report.escape import plain
from gate_action.sinks.files import HTML, JSON, MARKDOWN

NOT_MEASURED = "not_measured"
"""What a count says where nothing was compared: never 0."""
_LONGEST_SENTENCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputsSink:
    name: ClassVar[str] = "step outputs"
    path: Path
    """GITHUB_OUTPUT."""
    out: Path
    """Where the report's files lie."""
    workspace: Path
    """Paths below it are told relative to it: a container and its host call it by different names."""
    token: Callable[[], str] = secrets.token_hex

    def publish(self, report: Report) -> None:
        outputs = {**describe(report), **self._paths(report)}
        entries = "".join(self._entry(name, value) for name, value in outputs.items())
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(entries)

    def _paths(self, report: Report) -> Mapping[str, str]:
        return {
            "report-json": self._relative(self.out / JSON),
            "report-markdown": self._relative(self.out / MARKDOWN),
            "report-html": self._relative(self.out / HTML),
            "run-folder": report.run_folder,
        }

    def _relative(self, path: Path) -> str:
        is_inside = path.absolute().is_relative_to(self.workspace.absolute())
        return str(path.absolute().relative_to(self.workspace.absolute()) if is_inside else path)

    def _entry(self, name: str, value: str) -> str:
        # A fixed delimiter could be written by whoever wrote the value; a random one cannot be guessed.
        delimiter = f"end-{self.token()}"
        if delimiter in value:
            raise ValueError(f"the value of {name} holds the delimiter that was just drawn for it")
        return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def describe(report: Report) -> Mapping[str, str]:
    """The verdict in the words of docs/action.md. Every value is text."""
    decision, revisions = report.decision, report.revisions
    return {
        "verdict": decision.verdict.value,
        "exit-code": str(int(decision.exit_code)),
        "conclusion": decision.conclusion.value,
        "sentence": plain(decision.reasons[0].sentence)[:_LONGEST_SENTENCE],
        "base-sha": revisions.base.sha if revisions and revisions.base else "",
        "head-sha": revisions.head.sha if revisions else "",
        "run-id": report.run_id,
        **_counts(decision),
    }


def _counts(decision: Decision) -> Mapping[str, str]:
    counts = {
        "regressed": decision.count(ChangeKind.REGRESSED),
        "improved": decision.count(ChangeKind.IMPROVED),
        "unchanged": decision.unchanged,
    }
    return {name: str(count) if decision.metrics else NOT_MEASURED for name, count in counts.items()}
