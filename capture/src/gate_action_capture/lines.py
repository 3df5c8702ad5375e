"""A file that lines are appended to, each in one piece: spans, events and other processes share it untorn."""

import os
import threading
from pathlib import Path


class Lines:
    """As much of a text stream as the exporters use. Raises OSError where the file cannot be opened or written."""

    def __init__(self, path: str | Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self.closed = False

    def write(self, text: str) -> int:
        """Handed to the kernel before it returns: what was written outlives this process."""
        content = text.encode("utf-8", "backslashreplace")
        with self._lock:
            written = os.write(self._file, content)
            while written < len(content):  # a signal, or a disk that is nearly full
                written += os.write(self._file, content[written:])
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def sync(self) -> None:
        """On the disk after this: what was written outlives the machine's fall, too."""
        os.fsync(self._file)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self._file)
