"""What stays on a branch when it is squashed. Pure: the newest date it is shown is today."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from gate_action.clients.git.shelf import Kept

_RUN_ID = re.compile(r"(\d{8}T\d{6})Z-[0-9a-f]+")
_BASELINE = re.compile(r"[0-9a-f]{40,64}/")
DAYS: Mapping[str, int] = MappingProxyType({"evidence": 30, "verdicts": 90, "spending": 63})
"""How long records other than runs are kept, by their folder. What is none of ours stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Other records have at most half of ``max_bytes``, runs the rest: of both the newest stay."""

    max_bytes: int

    def choose(self, files: Sequence[Kept]) -> frozenset[str]:
        """Names of the files that stay. A run without a date is taken for the oldest."""
        born = {file.name: _born(file) for file in files}
        today = max(born.values(), default="")
        runs = [file for file in files if _BASELINE.match(file.name)]
        strange = [file for file in files if not _BASELINE.match(file.name) and _folder(file) not in DAYS]
        young = [file for file in files if _folder(file) in DAYS and _is_young(file, born[file.name], today)]
        others = _while_affordable(_newest_first(young, born), self.max_bytes // 2)
        left = self.max_bytes - sum(file.stored_bytes for file in (*strange, *others))
        return frozenset(file.name for file in (*strange, *others, *_while_affordable(_newest_first(runs, born), left)))


def _newest_first(files: Iterable[Kept], born: Mapping[str, str]) -> list[Kept]:
    return sorted(files, key=lambda file: (born[file.name], file.name), reverse=True)


def _while_affordable(files: Iterable[Kept], left: int) -> tuple[Kept, ...]:
    kept = []
    for file in files:
        left -= file.stored_bytes
        if left < 0:
            break
        kept.append(file)
    return tuple(kept)


def _folder(file: Kept) -> str:
    return file.name.partition("/")[0]


def _born(file: Kept) -> str:
    """When its run began, ``YYYYMMDDThhmmss``: a run's name stands in its record, others' in their file names."""
    found = _RUN_ID.search(file.start.decode(errors="replace") if _BASELINE.match(file.name) else file.name)
    return found[1] if found else ""


def _is_young(file: Kept, born: str, today: str) -> bool:
    if not born:
        return False
    days = DAYS[_folder(file)]
    return datetime.fromisoformat(today) - datetime.fromisoformat(born) <= timedelta(days=days)
