"""One JSONL file a cluster, a row a line, sorted by id: a diff shows what came and what went."""

import re
from collections.abc import Iterable, Mapping

from gate_action.codec.rows import encode_rows
from gate_action.model.fixture import Fixture

_NO_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST = 60


def file_name(cluster: str) -> str:
    """Of a cluster's file, whatever its id holds; different ids that look alike share a file, and no row is lost."""
    return f"{_NO_NAME.sub('-', cluster.lower()).strip('-')[:_LONGEST] or 'cluster'}.jsonl"


def merge_rows(there: Iterable[Fixture], added: Iterable[Fixture]) -> bytes:
    """A file's new content. A row that is there stays as it is: somebody may have edited it."""
    rows: Mapping[str, Fixture] = {one.id: one for one in (*added, *there)}
    return encode_rows(rows[name] for name in sorted(rows))
