"""Feedback on the disk before it is acknowledged: a file a day of OTLP JSON lines, which `loop ingest` reads."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gate_action_capture.feedback import Feedback, emit
from gate_action_capture.lines import Lines
from gate_action_capture.pipeline import Capture, write_lines
from gate_action_capture.settings import Settings


def _today() -> str:
    return f"{datetime.now(UTC):%Y%m%d}"


class Spool:
    """Writes feedback and tells when it is safe. One fsync serves all that was written before it began."""

    def __init__(
        self, folder: Path, *, service: str = "gate-action-capture", today: Callable[[], str] = _today
    ) -> None:
        """Raises OSError where ``folder`` cannot be made or written."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._service = service
        self._today = today
        self._day = ""
        self._written = 0
        self._synced = 0
        """How many statements are on the disk for certain."""
        self._syncing: asyncio.Task[int] | None = None
        self._open(today())

    async def add(self, feedback: Feedback) -> None:
        """On the disk after this. Raises OSError for what the disk refuses."""
        if self._today() != self._day:
            await self.close()
            self._open(self._today())
        before = self._lines.failed
        emit(self._capture, feedback)
        if self._lines.failed != before:
            raise OSError(f"{self._path} cannot be written")
        self._written += 1
        await self._wait(self._written)

    async def close(self) -> None:
        await self._wait(self._written)
        self._capture.shutdown()
        self._lines.close()

    async def _wait(self, mine: int) -> None:
        """Until an fsync that began after write number ``mine`` has ended."""
        while self._synced < mine:
            if self._syncing is None or self._syncing.done():
                self._syncing = asyncio.create_task(self._sync(self._written))
            self._synced = max(self._synced, await asyncio.shield(self._syncing))

    async def _sync(self, written: int) -> int:
        await asyncio.to_thread(self._lines.sync)
        return written

    def _open(self, day: str) -> None:
        self._day = day
        self._path = self.folder / f"feedback-{day}.jsonl"
        self._lines = _Watched(self._path)
        settings = Settings(is_on=True, service=self._service, kept_back=0)
        self._capture = Capture(settings, write_lines(self._lines), is_synchronous=True)


class _Watched(Lines):
    """The exporters swallow what the disk refuses: here it is counted, so that nobody is told that it was kept."""

    failed = 0

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            self.failed += 1
            raise
