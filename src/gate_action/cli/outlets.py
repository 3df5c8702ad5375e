"""Standard error that somebody stops reading (`2>&1 | head`): what is told ends, what is done goes on."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import IO, Any, cast


@contextmanager
def lasting_stderr() -> Iterator[None]:
    """Inside, a write to ``sys.stderr`` raises no BrokenPipeError: click makes exit code 1 of that, which is FAIL."""
    with redirect_stderr(cast("IO[str]", _Lasting(sys.stderr))):
        yield


class _Lasting:
    """A text stream, but for a closed pipe: it leads nowhere from then on."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._lead_nowhere()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._lead_nowhere()

    def _lead_nowhere(self) -> None:
        """What is buffered goes there too, also at Python's end, which would fail once more with a code of its own."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)
