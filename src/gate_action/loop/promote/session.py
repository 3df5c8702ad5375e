"""A review in progress: which candidate is shown, what was decided, how long the person looked. Knows no page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gate_action.loop.attention import Stopwatch
from gate_action.loop.promote.proposing import corrected
from gate_action.loop.promote.shaping import value_of
from gate_action.model.promotion import Candidate, Proposal, Review, ReviewOutcome

_OUTCOMES = {"accept": ReviewOutcome.ACCEPTED, "reject": ReviewOutcome.REJECTED, "skip": ReviewOutcome.SKIPPED}


@dataclass(slots=True)
class Session:
    proposal: Proposal
    reviewer: str
    stopwatch: Stopwatch
    reviews: list[Review] = field(default_factory=list)
    is_finished: bool = False
    _seconds_before: float = 0.0
    """On the candidates that are decided."""

    @property
    def current(self) -> Candidate | None:
        """The next one that is not decided; None: none is left."""
        candidates = self.proposal.candidates
        return candidates[len(self.reviews)] if len(self.reviews) < len(candidates) else None

    def show(self) -> Candidate | None:
        """``current``; the person's time runs from the first time that anything is shown."""
        self.stopwatch.begin()
        return self.current

    def decide(self, form: Mapping[str, str]) -> str:
        """Takes what a person sent in; what is wrong with it as a sentence, empty if nothing is."""
        self.stopwatch.act()
        candidate = self.current
        if form.get("action") == "finish":
            self.is_finished = True
            return ""
        if candidate is None or form.get("row") != candidate.fixture.id:
            return "That candidate was decided before."
        return self._decide(candidate, form)

    def _decide(self, candidate: Candidate, form: Mapping[str, str]) -> str:
        action, reason = form.get("action", ""), form.get("reason", "").strip()
        if action == "correct":
            correction = form.get("correction", "").strip().replace("\r\n", "\n")
            edited = corrected(candidate, value_of(correction))
            if not correction or not edited.fixture.checks:
                return "No check tells this correction from the failing answer: is it another one?"
            return self._keep(edited, ReviewOutcome.EDITED)
        if action not in _OUTCOMES:
            return "Nothing was chosen."
        if action == "reject" and not reason:
            return "Say why it is rejected: it will not return."
        return self._keep(candidate, _OUTCOMES[action], reason if action == "reject" else "")

    def _keep(self, candidate: Candidate, outcome: ReviewOutcome, reason: str = "") -> str:
        seconds = self.stopwatch.seconds - self._seconds_before
        told = Review(candidate=candidate, outcome=outcome, seconds=seconds, reason=reason, reviewer=self.reviewer)
        self.reviews.append(told)
        self._seconds_before = self.stopwatch.seconds
        return ""
