"""Earlier runs as artifacts of GitHub Actions: read through the API, written into a folder that the job uploads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from gate_action.baselines._runs import find_runs, save_run
from gate_action.clients.archives import ArchiveBounds
from gate_action.clients.github.artifact_choice import Access, ArtifactChooser, Provenance, check_origin
from gate_action.clients.github.artifacts import NamedArtifact
from gate_action.clients.stores.folder_shelf import FolderShelf
from gate_action.errors import StoreError
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline, Revision

_RECORD = re.compile(r"[0-9a-f]{40,64}/[0-9a-f]{64}\.json")
_BOUNDS = ArchiveBounds(files=20, bytes=64 * 1024 * 1024)
_ENDED = frozenset({"success", "failure"})
"""A push stores its complete run whatever its verdict; a cancelled run counts for nothing."""


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """Artifacts called ``name``, by runs of ``workflow`` on ``branch``: never a pull request's. They keep runs alone,
    neither evidence nor verdicts, and expire as the repository says.
    """

    name: str = "gate-baseline"
    workflow: str
    """The file's name, ``gate.yml``."""
    branch: str = "main"
    outbox: str = field(default=".gate/outbox", metadata={"anchored": True})
    """Where a run of the default branch is written, for actions/upload-artifact to take."""
    repository: str = ""
    """``owner/name``; empty: this one."""
    token: str = field(default="", repr=False, metadata={"secret": True})
    """With ``actions: read`` on ``repository``, where that is another one."""
    _repository: str = field(default="", init=False, metadata={"environment": "GITHUB_REPOSITORY"})
    _job_token: str = field(default="", init=False, repr=False, metadata={"environment": "GITHUB_TOKEN"})
    _api_url: str = field(default="", init=False, metadata={"environment": "GITHUB_API_URL"})
    _ca_bundle: str = field(default="", init=False, metadata={"environment": "REQUESTS_CA_BUNDLE"})

    def __post_init__(self) -> None:
        check_origin(self.workflow, self.repository)

    def find(self, commits: Sequence[Revision], fingerprint: Fingerprint) -> Baseline | NoBaseline:
        return find_runs(self._shelf, commits, fingerprint)

    def save(self, run: EvalRun) -> None:
        save_run(FolderShelf(Path(self.outbox)), run)

    @cached_property
    def _shelf(self) -> "_ArtifactShelf":
        access = Access(
            repository=self.repository or self._repository,
            token=self.token or self._job_token,
            api_url=self._api_url,
            ca_bundle=self._ca_bundle,
        )
        provenance = Provenance(workflow=self.workflow, branch=self.branch, conclusions=_ENDED)
        chooser = ArtifactChooser(shop=access.open(), name=self.name, provenance=provenance, bounds=_BOUNDS)
        return _ArtifactShelf(chooser)


@dataclass
class _ArtifactShelf:
    """A Shelf that only reads. An artifact is fetched when its commit is asked for."""

    chooser: ArtifactChooser
    _listed: tuple[NamedArtifact, ...] | None = None
    _files: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    """Commit -> name -> content."""

    def place(self, name: str) -> str:
        return f"artifact {self.chooser.name}:{name}"

    def names(self, folder: str) -> tuple[str, ...]:
        if self._listed is None:
            self._listed = self.chooser.candidates()
        if folder not in self._files:
            self._files[folder] = self._fetch(folder, self._listed)
        return tuple(sorted(self._files[folder]))

    def read(self, names: Sequence[str]) -> tuple[bytes, ...]:
        return tuple(self._files[name.partition("/")[0]][name] for name in names)

    def add(self, files: Mapping[str, bytes]) -> None:
        raise StoreError(f"artifacts are uploaded by the workflow, not by the gate: {min(files)}")

    def _fetch(self, sha: str, listed: tuple[NamedArtifact, ...]) -> dict[str, bytes]:
        """Records of this commit, from all its artifacts that count. A run speaks of its own commit only."""
        of_commit = tuple(one for one in listed if one.head_sha == sha)
        found: dict[str, bytes] = {}
        for one in self.chooser.counting(of_commit):
            for name, content in self.chooser.open(one).items():
                short = "/".join(PurePosixPath(name).parts[-2:])
                if _RECORD.fullmatch(short) and short.startswith(f"{sha}/"):
                    found[short] = content
        return found
