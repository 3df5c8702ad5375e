"""report.json, report.md and report.html in a folder. Follows no symlink; gives the files to the folder's owner."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from gate_action.codec.documents import encode_report
from gate_action.model.report import Report
from gate_action.report.html import render_html
from gate_action.report.markdown import JOB_SUMMARY, render_markdown
from gate_action.report.view import build_view
from gate_action.sinks.publishing import UnpublishedError

JSON, MARKDOWN, HTML = "report.json", "report.md", "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesSink:
    name: ClassVar[str] = "report files"
    out: Path

    def publish(self, report: Report) -> None:
        view = build_view(report)
        owner = _owner(self.out)
        made = _make_folder(self.out)
        self._write(JSON, encode_report(report))
        self._write(MARKDOWN, f"{render_markdown(view, JOB_SUMMARY)}\n".encode())
        self._write(HTML, render_html(view).encode())
        for path in (*made, *(self.out / name for name in (JSON, MARKDOWN, HTML))):
            _give(path, owner)

    def _write(self, name: str, content: bytes) -> None:
        # Replaced in one step: a reader sees the old file or the new one; a symlink there is replaced, not followed.
        handle, temporary = tempfile.mkstemp(dir=self.out, prefix=f".{name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(self.out / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def _make_folder(folder: Path) -> tuple[Path, ...]:
    """The folders that had to be made."""
    missing = tuple(path for path in (folder, *folder.parents) if not path.exists() and not path.is_symlink())
    # The workspace holds the pull request's files, and a link among them could lead anywhere.
    links = [path for path in (folder, folder.parent) if path.is_symlink()]
    if links:
        raise UnpublishedError(f"{links[0]} is a symbolic link, and reports are not written through one")
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _owner(folder: Path) -> os.stat_result:
    return next(path.stat() for path in _upwards(folder) if path.exists())


def _upwards(folder: Path) -> Iterator[Path]:
    yield from (folder.absolute(), *folder.absolute().parents)


def _give(path: Path, owner: os.stat_result) -> None:
    # In a container action we are root, and the runner's user could not delete what root leaves behind.
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
