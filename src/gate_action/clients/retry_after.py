"""How long to wait before the next try: what a server asks for, else ever longer. Reads no clock."""

from collections.abc import Mapping
from datetime import UTC, datetime

_LONGEST_BACKOFF_S = 60.0
_FIRST_BACKOFF_S = 0.5
_LONGEST_WAIT_S = 86_400.0


def backoff_s(tries: int, retry_after_s: float | None) -> float:
    """Seconds before the next of ``tries`` tries made: what was asked for, else doubling from half a second."""
    if retry_after_s is not None:
        return max(retry_after_s, 0.0)
    return min(_FIRST_BACKOFF_S * 2.0 ** (tries - 1), _LONGEST_BACKOFF_S)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of the ``Retry-After`` header (RFC 9110, 10.2.3). None: it asks for none, or in no way that it may.

    A date is set against the date of the same answer. ``headers`` is looked up without regard to case.
    """
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdecimal():
        return min(float(told), _LONGEST_WAIT_S)
    until, now = _date(told), _date(headers.get("Date", ""))
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_WAIT_S) if until and now else None


def _date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # a start has no dates to read

    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
