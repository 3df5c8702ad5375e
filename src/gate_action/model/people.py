"""Who did what on a pull request, as GitHub tells it: reviews, labels, and when its head was pushed."""

from datetime import datetime
from typing import NamedTuple

from gate_action.model.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    login: str
    """Empty: the account was deleted."""
    is_bot: bool = False
    """A bot's or an App's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullFacts:
    number: int
    author: Account
    head_sha: str
    head_ref: str
    """The branch's name, without ``refs/heads/``."""
    head_repository: str
    """``owner/name``; empty where it was deleted."""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review, in the order in which GitHub lists them: oldest first."""

    by: Account
    state: str
    """``APPROVED``, ``CHANGES_REQUESTED``, ``COMMENTED``, ``DISMISSED`` or ``PENDING``."""
    commit: str
    """The head that was looked at."""
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullEvent:
    """What happened to the pull request, oldest first: ``labeled``, ``base_ref_changed`` and others."""

    kind: str
    by: Account
    at: datetime
    label: str = ""


class Act(NamedTuple):
    """Something that a person did on a pull request, and when."""

    login: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that an approval is read from. Every time is GitHub's own: a commit's dates are written by its author."""

    pull: PullFacts
    reviews: tuple[Review, ...] = ()
    events: tuple[PullEvent, ...] = ()
    pushed_at: datetime | None = None
    """When the head came to be what it is. None: GitHub does not tell."""
