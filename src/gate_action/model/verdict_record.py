"""What a run decided, kept for runs of the same tree and for who deploys it."""

from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision, Verdict
from gate_action.model.evidence import Subject
from gate_action.model.run import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """One run's verdict on one tree."""

    subject: Subject
    head: Revision
    run_id: str
    decided_at: str
    """ISO 8601, UTC."""
    decision: Decision
    """As measured: what a run of the same subject may take over."""
    verdict: Verdict
    """As told: what the change does to its own gate was weighed too."""
    is_passing: bool
    """Its exit code was 0."""
    sentence: str
    """The reason that carried it. Hostile: it may quote what a build answered."""

    @property
    def suite(self) -> str:
        """Digest of the fixtures that decided."""
        return self.subject.fingerprint.suite
