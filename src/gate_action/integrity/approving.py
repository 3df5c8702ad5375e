"""Who approved what a change does to its gate, at exactly the commit that is judged. Reads a dossier, asks nobody."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from gate_action.model.dataclass import dataclass
from gate_action.model.integrity import Approval, Way
from gate_action.model.people import Account, Dossier, Review

WRITERS = frozenset({"write", "maintain", "admin"})
"""Permissions with which an approval counts."""
_DECISIVE = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRules:
    """What base's gate.yaml says of approvals."""

    labels: tuple[str, ...]
    bots: tuple[str, ...] = ()
    self_approval: bool = False


class Candidates(NamedTuple):
    """Approvals that count if whoever gave them may write, and why the others do not."""

    approvals: tuple[Approval, ...]
    refused: tuple[str, ...]


def find_candidates(dossier: Dossier, rules: ApprovalRules) -> Candidates:
    """By reviews and labels. What was given before the head was pushed, or for another base branch, does not count."""
    finder = _Finder(dossier, rules)
    found = [*finder.by_reviews(), *finder.by_labels()]
    approvals = tuple(one for one in found if isinstance(one, Approval))
    return Candidates(approvals, tuple(one for one in found if isinstance(one, str)))


def settle(candidates: Candidates, permissions: Mapping[str, str]) -> Candidates:
    """``permissions``: login -> what GitHub says that they may do in this repository."""
    kept, refused = [], list(candidates.refused)
    for approval in candidates.approvals:
        may = permissions.get(approval.who, "none")
        if may in WRITERS:
            kept.append(approval)
        else:
            refused.append(f"{approval.who} gave {approval.way}, and has no write access (permission: {may})")
    return Candidates(tuple(kept), tuple(refused))


@dataclass(frozen=True, slots=True)
class _Finder:
    dossier: Dossier
    rules: ApprovalRules

    def by_reviews(self) -> Iterator[Approval | str]:
        """The last decisive review of each reviewer."""
        latest: dict[str, Review] = {}
        for review in self.dossier.reviews:
            if review.state in _DECISIVE and review.by.login:
                latest[review.by.login] = review
        head = self.dossier.pull.head_sha
        for review in latest.values():
            if review.state != "APPROVED":
                continue
            if review.commit != head:
                moved = f"and the pull request has moved on to {head[:10]}"
                yield f"{review.by.login} approved {review.commit[:10]}, {moved}"
            else:
                yield self._weigh(review.by, Way.REVIEW, review.at)

    def by_labels(self) -> Iterator[Approval | str]:
        """The labels that are on now, each by whoever set it last."""
        pull, pushed_at = self.dossier.pull, self.dossier.pushed_at
        for label in (name for name in self.rules.labels if name in pull.labels):
            events = [one for one in self.dossier.events if one.kind == "labeled" and one.label == label]
            if not events:
                yield f"the label {label} is on, and GitHub does not tell who set it"
            elif pushed_at is None:
                yield f"the label {label} is on, and GitHub does not tell when {pull.head_sha[:10]} was pushed"
            elif events[-1].at <= pushed_at:
                who = events[-1].by.login or "somebody"
                yield f"{who} set the label {label} before {pull.head_sha[:10]} was pushed: it is to be set again"
            else:
                yield self._weigh(events[-1].by, Way.LABEL, events[-1].at)

    def _weigh(self, by: Account, way: Way, at: datetime | None) -> Approval | str:
        moved = [one.at for one in self.dossier.events if one.kind == "base_ref_changed"]
        if by.is_bot and by.login not in self.rules.bots:
            return f"{by.login} gave {way}, and is a bot that approvals.bots does not name"
        if by.login == self.dossier.pull.author.login and not self.rules.self_approval:
            return f"{by.login} gave {way}, and is the author of this pull request (policy.self_approval is false)"
        if moved and (at is None or at <= moved[-1]):
            return f"{by.login} gave {way} before the pull request was pointed at another base branch"
        return Approval(who=by.login, way=way, commit=self.dossier.pull.head_sha)
