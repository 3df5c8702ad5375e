"""What every reader of a server shares: where to read on, what to read again, pages, and who speaks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from gate_action.errors import StoreError
from gate_action.loop.ingest.times import read_time

SPANS, FEEDBACK = "spans", "feedback"
"""Names of the two cursors: the latest start of a span that was read, and when feedback was read the last time."""
OVERLAP = timedelta(hours=48)
FIRST = timedelta(days=30)
"""What a first pass reads where ``since`` does not say, of servers that need to be told."""
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Of one pass. Times are UTC, with a zone."""

    now: datetime
    since: datetime | None
    """Nothing before it is asked for. None: from the beginning."""
    late: timedelta
    """So long after a turn its feedback may still come, or change."""
    spans_read: datetime | None
    feedback_read: datetime | None

    @property
    def spans_from(self) -> datetime | None:
        return self._not_before(self.spans_read and self.spans_read - OVERLAP)

    @property
    def feedback_from(self) -> datetime | None:
        """Turns that began since then may have feedback that was not read yet."""
        return self._not_before(self.feedback_read and self.feedback_read - self.late - OVERLAP)

    def _not_before(self, wanted: datetime | None) -> datetime | None:
        if wanted is None or self.since is None:
            return wanted or self.since
        return max(wanted, self.since)


def plot(cursors: Mapping[str, str], now: datetime, since: str, late_days: float) -> Course:
    """``now``: UTC, without a zone. ``since``: ISO 8601, or empty."""
    return Course(
        now=now.replace(tzinfo=UTC),
        since=read_moment(since),
        late=timedelta(days=late_days),
        spans_read=read_moment(cursors.get(SPANS)),
        feedback_read=read_moment(cursors.get(FEEDBACK)),
    )


def read_moment(value: Any) -> datetime | None:
    microseconds = read_time(value)
    return _EPOCH + timedelta(microseconds=microseconds) if microseconds else None


def days(start: datetime, now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    """Whole days from ``start`` on, one after the other: for servers that give the newest first, so that a pass that
    breaks off is not in vain. The last one has no end: clocks differ.
    """
    while start < now:
        end = start + _DAY
        yield start, end if end < now else None
        start = end


def spell(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(slots=True)
class Watermark:
    """The latest start that was seen, as long as they come in order: only then is all before it read."""

    now: datetime
    latest_us: int = 0
    is_in_order: bool = True
    _highest_us: int = field(default=0)

    def see(self, start_us: int) -> None:
        self.is_in_order = self.is_in_order and start_us >= self._highest_us
        self._highest_us = max(self._highest_us, start_us)
        if self.is_in_order:
            self.latest_us = start_us

    def cursor(self, *, is_over: bool) -> dict[str, str]:
        """How far all is read. Never beyond now: a span from the future must not hide the ones of the present."""
        reached = self._highest_us if is_over else self.latest_us
        at = min(_EPOCH + timedelta(microseconds=reached), self.now)
        return {SPANS: spell(at)} if reached and (is_over or self.is_in_order) else {}


def pages(ask: Callable[[str], tuple[Sequence[Any], str]]) -> Iterator[Sequence[Any]]:
    """``ask``: a page's token (empty: the first one) -> its entries and the next one's token (empty: it is the last).

    Raises StoreError where a server sends us in a circle.
    """
    token, seen = "", set()
    while True:
        entries, token = ask(token)
        yield entries
        if not token:
            return
        if token in seen:
            raise StoreError("the server gives the same page token twice")
        seen.add(token)


def entries_of(answer: Any, name: str) -> list[Mapping[str, Any]]:
    """The objects of the list ``name``; absent: none. Raises StoreError where it is nothing of the kind."""
    if not isinstance(answer, Mapping) or not isinstance(found := answer.get(name) or [], list):
        raise StoreError(f"the answer holds no list {name}", hint="is this the server's API, and of a known version?")
    return [one for one in found if isinstance(one, Mapping)]


def text_at(holder: Any, *path: str) -> str:
    """The text at ``path``; empty: there is none."""
    for name in path:
        holder = holder.get(name) if isinstance(holder, Mapping) else None
    return holder if isinstance(holder, str) else ""


def some(ids: Sequence[str], count: int) -> Iterator[list[str]]:
    """``ids`` without repetition, ``count`` at a time."""
    unique = [one for one in dict.fromkeys(ids) if one]
    return (unique[start : start + count] for start in range(0, len(unique), count))


@dataclass(frozen=True, slots=True)
class Voices:
    """Who speaks: users, people of the team, models, code. Mixing them is the commonest error with these servers."""

    code: Sequence[str] = ()
    """Names of feedback that code wrote though the server does not say so; ``*`` stands for any letters."""

    def of(self, name: str, told: str) -> str:
        return "code" if any(fnmatchcase(name, pattern) for pattern in self.code) else told
