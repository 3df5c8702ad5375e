"""What one run leaves for a re-run of the same head: its trials without their outputs, and what it spent."""

from dataclasses import field

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import digest_json
from gate_action.model.metric import Acknowledgement
from gate_action.model.run import Fingerprint, Revisions
from gate_action.model.score import Scored
from gate_action.model.spent import Spent
from gate_action.model.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was judged, and how. Evidence of equal subjects pools; a commit that changes no file makes no new one."""

    gate_id: str
    head: str
    """Digest of head's tree."""
    base: str
    """Of base's; empty without one."""
    fingerprint: Fingerprint
    config_digest: str

    @property
    def key(self) -> str:
        """40 hex digits."""
        told = {name: getattr(self.fingerprint, name) for name in ("suite", "evaluators", "target")}
        return digest_json(
            {
                "gate": self.gate_id,
                "head": self.head,
                "base": self.base,
                "fingerprint": told,
                "config": self.config_digest,
            }
        ).removeprefix("sha256:")[:40]


def subject_of(gate_id: str, revisions: Revisions, fingerprint: Fingerprint, config_digest: str) -> Subject:
    base, head = revisions.base, revisions.head
    return Subject(
        gate_id=gate_id,
        head=head.tree or head.sha,
        base=(base.tree or base.sha) if base else "",
        fingerprint=fingerprint,
        config_digest=config_digest,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecord:
    """All that is known of a subject after one run of it: earlier runs' part is in it."""

    subject: Subject
    run_id: str
    trials: tuple[Trial, ...]
    """An output is told as Stored(0, 0): it lies in its run's own folder."""
    scores: tuple[Scored, ...]
    spent: Spent
    runs: tuple[str, ...] = ()
    """Ids of the runs that made it, the first one first."""
    acknowledged: tuple[Acknowledgement, ...] = field(default=())
    """Those that counted in the last run. They are told, and never taken from here."""

    @property
    def weight(self) -> tuple[bool, int, int, str]:
        """Of two records of one subject the heavier one counts: a confirmed drop outweighs everything."""
        is_confirmed = any(look.is_rejected for look in self.spent.looks)
        return is_confirmed, self.spent.runs, len(self.trials), self.run_id
