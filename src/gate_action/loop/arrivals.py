"""When promoted rows came to stand on the branch: git is asked, and the store told."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gate_action.clients.git.repository import Git, GitError
from gate_action.errors import ConfigError
from gate_action.loop.store import Store, arrow_table


def find_arrivals(repository: Path, folder: str) -> Mapping[str, datetime]:
    """Row id -> the time (UTC, without a zone) of the first commit on HEAD's own line that has the row in ``folder``.

    Without git, or before a first commit, nothing arrived. A shallow clone tells nothing: what its oldest commit holds
    may have come long before.
    """
    try:
        return _ask(Git.find(repository), folder)
    except (GitError, ConfigError):
        return {}


def _ask(git: Git, folder: str) -> Mapping[str, datetime]:
    if git.run("rev-parse", "--is-shallow-repository").strip() == b"true":
        return {}
    options = ("--first-parent", "--reverse", "--unified=0", "--no-color", "--no-ext-diff", "-m", "--format=%x00%ct")
    told = git.run("log", *options, "--patch", "HEAD", "--", folder).decode(errors="replace")
    found: dict[str, datetime] = {}
    for commit in told.split("\0")[1:]:
        when, _, patch = commit.partition("\n")
        at = datetime.fromtimestamp(int(when), UTC).replace(tzinfo=None)
        for line in patch.splitlines():
            if line.startswith("+{"):
                found.setdefault(_id(line[1:]), at)
    found.pop("", None)
    return found


def note_arrivals(store: Store, arrivals: Mapping[str, datetime]) -> None:
    """Of rows that were promoted; the first time counts."""
    promoted = {row["row_id"] for row in store.table("promotion").select("row_id").to_pyarrow().to_pylist()}
    known = {row["row_id"] for row in store.table("arrival").to_pyarrow().to_pylist()}
    new = promoted - known
    rows = arrow_table("arrival", [{"row_id": name, "at": at} for name, at in arrivals.items() if name in new])
    store.upsert("arrival", rows)


def _id(line: str) -> str:
    """Empty: the line is no row."""
    try:
        row = json.loads(line)
    except ValueError:
        return ""
    return str(row.get("id", "")) if isinstance(row, dict) else ""
