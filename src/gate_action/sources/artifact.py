"""Fixtures from an artifact store: one object or all below a prefix, pinned by the digest of their content."""

from dataclasses import dataclass, field

from gate_action.clients.spool import FixtureSpool
from gate_action.clients.stores.objects import Fetched, Place, fetch_objects
from gate_action.codec.row_files import Rows, is_fixture_file
from gate_action.errors import ConfigError, StoreError
from gate_action.model.fixture import Suite
from gate_action.model.protocols import Files
from gate_action.model.spooled import GatheredFixtures
from gate_action.sources._pinned import check_digest, refuse_other


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """Who can write to the store could change what gates: the digest in gate.yaml says what was reviewed."""

    url: str
    """``s3://bucket/key-or-prefix`` or ``file:///folder``."""
    digest: str = ""
    """``sha256:`` and 64 hex digits. Empty: refused, with the digest to write here."""
    endpoint: str = ""
    """Of a service that speaks S3; empty: the region's own."""
    region: str = ""
    key: str = field(default="", repr=False, metadata={"secret": True})
    secret: str = field(default="", repr=False, metadata={"secret": True})
    allow_unpinned: bool = False
    """Take whatever the store holds now."""

    def __post_init__(self) -> None:
        self._place.check()
        check_digest(self.digest)

    @property
    def _place(self) -> Place:
        return Place(url=self.url, endpoint=self.endpoint, region=self.region, key=self.key, secret=self.secret)

    def load(self, files: Files) -> Suite:
        """Raises StoreError: unreachable, refused, or not what was pinned. ConfigError: not pinned, or bad fixtures."""
        del files  # the digest, which the revision's gate.yaml holds, says what belongs to it
        fetched = fetch_objects(self._place, is_fixture_file)
        self._check(fetched)
        rows = Rows(GatheredFixtures(FixtureSpool()))
        for stored in fetched.objects:
            rows.read(f"{self.url.rstrip('/').removesuffix('/' + stored.name)}/{stored.name}", stored.content)
        return rows.suite(self.url)

    def _check(self, fetched: Fetched) -> None:
        if not fetched.objects:
            raise StoreError(f"{self.url} holds no fixture file", hint="check the bucket and the prefix")
        if not self.digest and not self.allow_unpinned:
            raise ConfigError(
                f"the fixtures of {self.url} are not pinned: whoever can write there could change what gates",
                hint=f"write digest: {fetched.digest} beside the url, or allow_unpinned: true",
            )
        refuse_other(self.url, found=fetched.digest, pinned=self.digest)
