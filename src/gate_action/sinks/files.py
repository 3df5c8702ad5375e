"""report.json, report.md and report.html in a folder. Follows no symlink; gives the files to the folder's owner."""

import os
import tempfile
from pathlib import Path
from typing import ClassVar

from gate_action.clients.folders import give_to_owner, make_folder
from gate_action.codec.attestation import encode_json, make_predicate, make_statement
from gate_action.codec.documents import encode_report
from gate_action.model.dataclass import dataclass
from gate_action.model.report import Report
from gate_action.report.html import render_html
from gate_action.report.markdown import JOB_SUMMARY, render_markdown
from gate_action.report.view import build_view

JSON, MARKDOWN, HTML = "report.json", "report.md", "report.html"
STATEMENT, PREDICATE = "report.intoto.json", "report.predicate.json"
"""The same verdict for supply-chain tools: the whole statement, and its predicate as actions/attest takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesSink:
    name: ClassVar[str] = "report files"
    out: Path
    is_hidden: bool = False
    """Nobody asked for that folder: git is told to pass it over."""

    def publish(self, report: Report) -> None:
        view = build_view(report)
        make_folder(self.out)
        if self.is_hidden:
            self._write(".gitignore", b"*\n")
        self._write(JSON, encode_report(report))
        self._write_statement(report)
        self._write(MARKDOWN, f"{render_markdown(view, JOB_SUMMARY)}\n".encode())
        self._write(HTML, render_html(view).encode())

    def _write_statement(self, report: Report) -> None:
        """Of a run that knows no commit there is none, and none of an earlier run stays to be taken for it."""
        statement = make_statement(report)
        if statement is None:
            (self.out / STATEMENT).unlink(missing_ok=True)
            (self.out / PREDICATE).unlink(missing_ok=True)
            return
        self._write(STATEMENT, encode_json(statement))
        self._write(PREDICATE, encode_json(make_predicate(report)))

    def _write(self, name: str, content: bytes) -> None:
        # Replaced in one step: a reader sees the old file or the new one; a symlink there is replaced, not followed.
        handle, temporary = tempfile.mkstemp(dir=self.out, prefix=f".{name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(self.out / name)
            give_to_owner(self.out / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
