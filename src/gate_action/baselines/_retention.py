"""What stays on a branch when it is squashed. Pure: the newest date it is shown is today."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from gate_action.clients.git_shelf import Kept

_RUN_ID = re.compile(r"(\d{8}T\d{6})Z-[0-9a-f]+")
_BASELINE = re.compile(r"[0-9a-f]{40,64}/")
DAYS: Mapping[str, int] = MappingProxyType({"evidence": 30, "verdicts": 30, "spending": 63})
"""How long records other than runs are kept, by their folder. What is in no folder of these stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Runs share ``max_bytes`` with everything else: the newest ones stay."""

    max_bytes: int

    def choose(self, files: Sequence[Kept]) -> frozenset[str]:
        """Names of the files that stay. A run without a date is taken for the oldest."""
        born = {file.name: _born(file) for file in files}
        today = max(born.values(), default="")
        runs = [file for file in files if _BASELINE.match(file.name)]
        others = [file for file in files if not _BASELINE.match(file.name) and _is_young(file, born[file.name], today)]
        left = self.max_bytes - sum(file.stored_bytes for file in others)
        newest = sorted(runs, key=lambda file: (born[file.name], file.name), reverse=True)
        return frozenset(file.name for file in (*others, *_while_affordable(newest, left)))


def _while_affordable(files: Iterable[Kept], left: int) -> Iterable[Kept]:
    for file in files:
        left -= file.stored_bytes
        if left < 0:
            return
        yield file


def _born(file: Kept) -> str:
    """When its run began, ``YYYYMMDDThhmmss``: a run's name stands in its record, others' in their file names."""
    found = _RUN_ID.search(file.start.decode(errors="replace") if _BASELINE.match(file.name) else file.name)
    return found[1] if found else ""


def _is_young(file: Kept, born: str, today: str) -> bool:
    days = DAYS.get(file.name.partition("/")[0])
    if days is None or not born or not today:
        return days is None
    return datetime.fromisoformat(today) - datetime.fromisoformat(born) <= timedelta(days=days)
