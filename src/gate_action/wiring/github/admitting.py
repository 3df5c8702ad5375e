"""May a stranger's commit run beside this repository's secrets? Only once somebody with write access approved it."""

from typing import TYPE_CHECKING

from gate_action.errors import NotEvaluatedError
from gate_action.wiring.judged import Judged

if TYPE_CHECKING:
    from gate_action.wiring.github.approvals import Seeker


class UnapprovedError(NotEvaluatedError):
    """A stranger's commit that nobody approved was not run."""


def refuse_unapproved(judged: Judged, seeker: "Seeker") -> None:
    """Raises UnapprovedError unless exactly the judged commit is approved, by the rules of base's gate.yaml."""
    if not judged.has_base:
        raise UnapprovedError(
            "base has no gate.yaml that says who may approve a stranger's commit, so it was not run",
            hint="let `on: pull_request` judge the change that brings the first one",
        )
    sought = seeker.seek(judged)
    if not sought.approvals:
        refused = "".join(f"; {why}" for why in sought.refused)
        raise UnapprovedError(
            f"commit {judged.revisions.head.short} comes from outside this repository, and nobody approved it{refused}",
            hint=sought.advice,
        )
