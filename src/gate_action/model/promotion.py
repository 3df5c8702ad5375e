"""A failing turn on its way to becoming a fixture. What is personal in it stands in Failure only."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Split


class CorrectionSource(StrEnum):
    """Who wrote the right answer."""

    USER = "user"
    REVIEWER = "reviewer"
    NONE = ""
    """Nobody: the fixture says what must not be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failing turn of a cluster, as production left it: not scrubbed, and never written anywhere."""

    turn_id: str
    trace_id: str
    conversation_id: str
    user_key: str
    at: datetime
    complained_at: datetime | None
    """When the first complaint came; None: nobody complained."""
    release: str
    consent: str
    """``yes``, ``no`` or empty: nothing was said."""
    input: str
    messages: str
    output: str
    context: str
    tool_calls: str
    slices: tuple[tuple[str, str], ...]
    comment: str
    correction: str
    correction_source: CorrectionSource
    cluster_id: str
    cluster_title: str
    mode: str
    quote: str
    sentence: str
    classifier_digest: str
    cycle_id: str


class Passed(StrEnum):
    """Why a failing turn is no candidate."""

    NO_CONSENT = "no consent"
    UNREADABLE = "nothing was asked"
    REFUSED = "refused by the scrubber"
    NO_CHECK = "no check fails on the failing answer"
    DUPLICATE = "the same as a fixture"
    NEAR = "nearly the same as a fixture"
    REJECTED = "rejected before"
    OVER = "over the limit of its cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A fixture that may be added, and what a reviewer needs to decide. All of it is scrubbed."""

    fixture: Fixture
    turn_id: str
    user_key: str
    complained_at: datetime | None
    title: str
    """The cluster's."""
    sentence: str
    """What went wrong."""
    comment: str
    """What the user said of it."""
    replaced: str
    """What the scrubber replaced: kinds and counts."""
    is_near: str = ""
    """Id of a fixture that is nearly the same and was let through; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """All candidates, in the order of clusters and time, and how many turns were passed over for which reason."""

    candidates: tuple[Candidate, ...]
    passed: Mapping[Passed, int] = field(default_factory=dict)
    refusals: Mapping[str, int] = field(default_factory=dict)
    """Cause of the scrubber's refusal -> how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionRules:
    """What may become a fixture, and how it is written."""

    consent: str = ""
    """Stands for consent where the turn says nothing, e.g. ``terms of service, section 7``. Empty: it is denied."""
    licence: str = ""
    expires: str = ""
    """ISO date; empty: never."""
    split: Split = Split.EVAL
    most: int = 20
    """Of one cluster."""
    clusters: int | None = None
    """With candidates, at most; None: as many as there are."""
    has_judge: bool = False
    """Can checks that ask a model be scored?"""
    input: str = "auto"
    """``auto``, ``text`` or ``messages``."""


class ReviewOutcome(StrEnum):
    PROPOSED = "proposed"
    """Written without a review: the pull request is one."""
    ACCEPTED = "accepted"
    EDITED = "edited"
    """Accepted with a correction of the reviewer's."""
    REJECTED = "rejected"
    SKIPPED = "skipped"
    """Left for another time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a person said of one candidate."""

    candidate: Candidate
    outcome: ReviewOutcome
    seconds: float = 0.0
    """How long the person looked at it."""
    reason: str = ""
    reviewer: str = ""
