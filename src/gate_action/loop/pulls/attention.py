"""People's time on pull requests that have ended, as far as GitHub shows it: acts have times, reading has none."""

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from gate_action.clients.github.client import GithubError
from gate_action.clients.github.pulls import PullPage, PullsClient
from gate_action.loop.pulls.page import has_closed_itself
from gate_action.model.pace import Attention
from gate_action.model.people import Act

NEAREST = timedelta(minutes=10)
"""Two acts of one person with no more between are one sitting. Longer ones may hold anything: they count nothing."""
_log = logging.getLogger(__name__)


def find_attention(pulls: PullsClient, branch: str, noted: Collection[int]) -> tuple[Attention, ...]:
    """Of the branch's pull requests that have ended and are not ``noted``; those that closed themselves took nobody.

    What GitHub refuses to tell is logged, and asked for the next time: only figures hang on it.
    """
    try:
        ended = [page for page in pulls.find_pulls(branch) if not page.is_open and not has_closed_itself(page.body)]
        new = [page for page in ended if page.number not in noted]
        return tuple(measure_attention(page, pulls.fetch_acts(page.number)) for page in new)
    except GithubError as error:
        _log.warning("people's time on pull requests is not counted this time: %s", error)
        return ()


def measure_attention(page: PullPage, acts: Iterable[Act]) -> Attention:
    """``acts``: in any order. What happened before the opening or after the end is no matter."""
    opened, ended = _time(page.opened_at), _time(page.closed_at)
    during = sorted((one for one in acts if opened <= _plain(one.at) <= ended), key=lambda one: one.at)
    return Attention(
        number=page.number,
        opened_at=opened,
        ended_at=ended,
        is_merged=page.is_merged,
        first_act_at=_plain(during[0].at) if during else None,
        seconds=_known_seconds(during),
    )


def _known_seconds(acts: Sequence[Act]) -> float | None:
    by_person: dict[str, list[datetime]] = {}
    for one in acts:
        by_person.setdefault(one.login, []).append(one.at)
    gaps = [later - sooner for times in by_person.values() for sooner, later in pairwise(times)]
    near = [gap.total_seconds() for gap in gaps if timedelta(0) < gap <= NEAREST]
    return sum(near) if near else None


def _time(text: str) -> datetime:
    return _plain(datetime.fromisoformat(text))


def _plain(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
