"""What one run was asked to do."""

import shlex
from pathlib import Path

from gate_action.codec.documents import Shard
from gate_action.model.dataclass import dataclass
from gate_action.model.run import Revisions


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The command line of `gate-action run`."""

    repository: Path = Path()
    base: str | None = None
    head: str | None = None
    base_rule: str | None = None
    config: str = "gate.yaml"
    gate: str | None = None
    out: Path | None = None
    run_folder: Path | None = None
    evidence: Path | None = None
    resume: bool = False
    publish: bool = False
    dry_run: bool = False
    fork: bool = False
    if_approved: bool = False
    """Head is a stranger's and this run holds secrets: it runs only if somebody approved exactly this commit."""
    store_run: bool = False
    all_paths: bool = False
    """Measure whatever changed: gate.yaml's paths are not looked at."""
    reuse_verdict: bool = False
    shard: Shard | None = None
    """Only this machine's part of round one: nothing is decided or published."""
    shards: tuple[Path, ...] = ()
    """Round one was measured by other machines: the folders that they left."""
    as_if_approved: bool = False
    """What the change does to its own gate is taken for approved: to see what would decide then."""

    def reproduce(self, revisions: Revisions | None, *, is_approved: bool = False) -> str:
        """The command line that makes this run again in any clone."""
        base = revisions.base.sha if revisions and revisions.base else self.base
        head = revisions.head.sha if revisions else self.head
        config = self.config if self.config != "gate.yaml" else None
        given = (("--base", base), ("--head", head), ("--config", config), ("--gate", self.gate))
        words = [f"{name} {shlex.quote(value)}" for name, value in given if value]
        return " ".join(["gate-action run", *words, *(["--as-if-approved"] if is_approved else [])])
