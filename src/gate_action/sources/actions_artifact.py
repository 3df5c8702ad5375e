"""Fixtures from an artifact of GitHub Actions: of this repository's workflow, or of another one's."""

from dataclasses import dataclass, field

from gate_action.clients.archives import ArchiveBounds
from gate_action.clients.github.artifact_choice import Access, ArtifactChooser, Provenance, check_origin
from gate_action.clients.spool import FixtureSpool
from gate_action.clients.stores.objects import StoredObject, digest_objects
from gate_action.codec.row_files import Rows, is_fixture_file
from gate_action.errors import StoreError
from gate_action.model.fixture import Suite
from gate_action.model.protocols import Files
from gate_action.model.spooled import GatheredFixtures
from gate_action.sources._pinned import check_digest, refuse_other

_BOUNDS = ArchiveBounds(files=10_000, bytes=256 * 1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsArtifact:
    """The newest artifact of this name by a successful run of ``workflow`` on ``branch``: never a pull request's."""

    name: str
    workflow: str
    """The file's name, ``cycle.yml``."""
    branch: str = "main"
    digest: str = ""
    """Pins the content: as of the source artifact. Empty: the newest one counts, whatever it holds."""
    repository: str = ""
    """``owner/name``; empty: this one."""
    token: str = field(default="", repr=False, metadata={"secret": True})
    """With ``actions: read`` on ``repository``, where that is another one."""
    _repository: str = field(default="", init=False, metadata={"environment": "GITHUB_REPOSITORY"})
    _job_token: str = field(default="", init=False, repr=False, metadata={"environment": "GITHUB_TOKEN"})
    _api_url: str = field(default="", init=False, metadata={"environment": "GITHUB_API_URL"})
    _ca_bundle: str = field(default="", init=False, metadata={"environment": "REQUESTS_CA_BUNDLE"})

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("name: is empty")
        check_origin(self.workflow, self.repository)
        check_digest(self.digest)

    def load(self, files: Files) -> Suite:
        """Raises StoreError: unreachable, none that counts, or not what was pinned. ConfigError: bad fixtures."""
        del files  # the workflow, branch and digest that the revision's gate.yaml names say what belongs to it
        where = self.repository or self._repository
        access = Access(
            repository=where,
            token=self.token or self._job_token,
            api_url=self._api_url,
            ca_bundle=self._ca_bundle,
        )
        chooser = ArtifactChooser(
            shop=access.open(),
            name=self.name,
            provenance=Provenance(workflow=self.workflow, branch=self.branch, conclusions=frozenset({"success"})),
            bounds=_BOUNDS,
        )
        chosen = next(chooser.counting(chooser.candidates()), None)
        label = f"artifact {self.name} of {where}"
        if chosen is None:
            raise StoreError(
                f"there is no {label} by a successful run of {self.workflow} on {self.branch}",
                hint="runs of pull requests and of forks do not count; artifacts expire",
            )
        held = chooser.open(chosen)
        objects = tuple(StoredObject(name, held[name]) for name in sorted(held) if is_fixture_file(name))
        return self._read(objects, f"{label}, run {chosen.run_id}")

    def _read(self, objects: tuple[StoredObject, ...], label: str) -> Suite:
        if not objects:
            raise StoreError(f"the {label} holds no fixture file", hint="upload the folder with the fixtures")
        refuse_other(f"the {label}", found=digest_objects(objects), pinned=self.digest)
        rows = Rows(GatheredFixtures(FixtureSpool()))
        for stored in objects:
            rows.read(f"{self.name}/{stored.name}", stored.content)
        return rows.suite(label)
