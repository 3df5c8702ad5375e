"""Model calls that stand between a build and its providers: what a trial made of them, and how they are told apart."""

import hashlib
from collections.abc import Mapping
from dataclasses import field, replace
from urllib.parse import urlsplit, urlunsplit

from gate_action.model.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCalls:
    """What one trial asked of models, as far as it went through the recording proxy."""

    bought: int = 0
    """Answered by the provider now."""
    replayed: int = 0
    """Answered by a recording: nothing was paid."""
    failed: int = 0
    """Refused or left unanswered by the provider."""
    saved_tokens: int = 0
    """Of the replayed answers, as far as they told."""
    saved_usd: float = 0.0
    """What the build says that the replayed answers cost, as far as it told."""
    digest: str = ""
    """Of all that was asked, whatever the order. Empty: calls of other trials may be among them, or missing."""

    @property
    def is_replayed(self) -> bool:
        """Nothing had to be bought, and something was asked."""
        return self.replayed > 0 and self.bought == 0 and self.failed == 0

    @property
    def replayed_share(self) -> float:
        answered = self.bought + self.replayed
        return self.replayed / answered if answered else 0.0

    def add(self, other: "ModelCalls") -> "ModelCalls":
        """Of a trial in several turns."""
        is_known = bool(self.digest and other.digest)
        return replace(self.count(other), digest=_digest(self.digest, other.digest) if is_known else "")

    def count(self, other: "ModelCalls") -> "ModelCalls":
        """Of both, whatever they asked."""
        return ModelCalls(
            bought=self.bought + other.bought,
            replayed=self.replayed + other.replayed,
            failed=self.failed + other.failed,
            saved_tokens=self.saved_tokens + other.saved_tokens,
            saved_usd=self.saved_usd + other.saved_usd,
        )


def is_exact_pair(base: ModelCalls | None, head: ModelCalls | None) -> bool:
    """Did both builds ask exactly the same, and was head answered by what base was answered in the same attempt?"""
    if base is None or head is None or head.bought or head.failed or base.failed:
        return False
    return bool(base.digest) and base.digest == head.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracing:
    """How a child tells which trial a model call belongs to: by a path of its own, or by a W3C ``traceparent``."""

    seed: str = field(repr=False)
    """Of one build of one run: nobody else can name its trials."""
    urls: Mapping[str, str] = field(repr=False)
    """Variable -> the proxy's URL."""

    def trace_id(self, fixture_id: str, attempt: int) -> str:
        """32 hex digits, never all zero as far as chance goes."""
        return _digest(self.seed, str(attempt), fixture_id)[:32]

    def traceparent(self, fixture_id: str, attempt: int) -> str:
        trace_id = self.trace_id(fixture_id, attempt)
        return f"00-{trace_id}-{_digest(trace_id)[:16]}-01"

    def environment(self, fixture_id: str, attempt: int) -> dict[str, str]:
        """For a child that makes this trial alone: every URL leads through the trial's own path."""
        trace_id = self.trace_id(fixture_id, attempt)
        traced = {name: _within_trial(url, trace_id) for name, url in self.urls.items()}
        return {**traced, "TRACEPARENT": self.traceparent(fixture_id, attempt)}


def _within_trial(url: str, trace_id: str) -> str:
    """``/<token>/openai/v1`` -> ``/<token>.<trace id>/openai/v1``."""
    parts = urlsplit(url)
    token, slash, rest = parts.path[1:].partition("/")
    return urlunsplit(parts._replace(path=f"/{token}.{trace_id}{slash}{rest}"))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    """How far recorded answers are used."""

    is_on: bool = True
    spot_check: float = 0.05
    """Share of the replayed fixtures that are sent anew, rounded up."""
    max_age_days: float = 7.0
    """Stored recordings older than this are left alone."""
    normalise: tuple[str, ...] = ()
    """What is blotted out of a request before it is compared: names of built-in patterns, or ``regex:...``."""
    noisy: frozenset[str] = frozenset()
    """Metrics that may score equal outputs otherwise: a judge's."""
    salt: str = ""
    """Of this head: which fixtures are sent anew differs from one pull request to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotCheck:
    """What head scored on fixtures that were sent anew, beside what it scored on recorded answers."""

    fixtures: int
    replayed_mean: float
    fresh_mean: float
    """Both of the primary metric that differed most, in [0, 1]."""
    is_stale: bool
    """The recordings tell of another world: nothing was compared exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How much of a decision rests on recorded model answers."""

    exact: int
    """Fixtures whose builds asked their models the same: the difference between them has no noise."""
    fixtures: int
    """All that were compared."""
    unrepeatable: tuple[str, ...] = ()
    """Fixtures that scored otherwise when the same answers were played again."""
    spot_check: SpotCheck | None = None
    """None: nothing was sent anew."""
