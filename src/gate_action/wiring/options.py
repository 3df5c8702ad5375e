"""What one run was asked to do."""

from dataclasses import dataclass
from pathlib import Path


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
    publish: bool = False
    dry_run: bool = False
    fork: bool = False
    store_run: bool = False

    @property
    def reproduce(self) -> str:
        """The command line without what differs from machine to machine."""
        words = ["gate-action run"]
        for name, value in (("--base", self.base), ("--head", self.head), ("--gate", self.gate)):
            words += [f"{name} {value}"] if value else []
        words += [f"--config {self.config}"] if self.config != "gate.yaml" else []
        return " ".join(words)
