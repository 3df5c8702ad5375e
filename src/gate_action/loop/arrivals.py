"""From a complaint to a merged fixture: when rows came to stand on the branch, and how long that and people took."""

import json
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gate_action.clients.git.repository import Git
from gate_action.loop.store import Store, arrow_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Of all promoted rows that were merged."""

    merged: int
    waiting: int
    """Promoted, and not merged so far."""
    median_days: float | None
    """From the first complaint to the merge commit; None: of no merged row is it known when somebody complained."""
    fastest_days: float | None
    slowest_days: float | None
    person_minutes: float
    """In reviews at the terminal or in the browser. How long a pull request was looked at is not known."""


def find_arrivals(git: Git, folder: str) -> Mapping[str, datetime]:
    """Row id -> the time (UTC, without a zone) of the first commit on HEAD's own line that has the row in ``folder``.

    Raises GitError. A shallow clone tells nothing: what its oldest commit holds may have come long before.
    """
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


def measure_pace(store: Store) -> Pace:
    promotions = store.table("promotion").to_pyarrow().to_pylist()
    arrivals = {row["row_id"]: row["at"] for row in store.table("arrival").to_pyarrow().to_pylist()}
    days = sorted(_days(promotions, arrivals))
    proposed = [row for row in promotions if row["outcome"] in ("proposed", "accepted", "edited")]
    return Pace(
        merged=sum(row["row_id"] in arrivals for row in promotions),
        waiting=sum(row["row_id"] not in arrivals for row in proposed),
        median_days=statistics.median(days) if days else None,
        fastest_days=days[0] if days else None,
        slowest_days=days[-1] if days else None,
        person_minutes=sum(row["seconds"] or 0.0 for row in promotions) / 60,
    )


def _days(promotions: Iterable[Mapping[str, object]], arrivals: Mapping[str, datetime]) -> Iterable[float]:
    for row in promotions:
        since, at = row["complained_at"], arrivals.get(str(row["row_id"]))
        if isinstance(since, datetime) and at is not None:
            yield (at - since).total_seconds() / 86_400


def _id(line: str) -> str:
    """Empty: the line is no row."""
    try:
        row = json.loads(line)
    except ValueError:
        return ""
    return str(row.get("id", "")) if isinstance(row, dict) else ""
