"""Files of a revision that exist in memory only."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from gate_action.clients.files import match_paths
from gate_action.errors import ConfigError


@dataclass(frozen=True)
class FilesInMemory:
    """Path -> content; a text is encoded as UTF-8."""

    contents: Mapping[str, str | bytes]
    label: str = "a1b2c3d4e5"

    def find(self, pattern: str) -> tuple[str, ...]:
        return match_paths(pattern, self.contents)

    def read(self, path: str) -> bytes:
        if path not in self.contents:
            raise ConfigError(f"{path} is not a file in {self.label}")
        content = self.contents[path]
        return content.encode() if isinstance(content, str) else content

    def open(self, path: str) -> BytesIO:
        return BytesIO(self.read(path))
