"""Fixtures from an artifact store: one object or all below a prefix, pinned by the digest of their content."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gate_action.clients.spool import FixtureSpool
from gate_action.clients.stores.objects import SCHEMES, Fetched, Place, fetch_objects
from gate_action.codec.row_files import Rows, is_fixture_file
from gate_action.errors import ConfigError, StoreError
from gate_action.model.fixture import Suite
from gate_action.model.protocols import Files

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


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
        parts = urlsplit(self.url)
        if parts.scheme not in SCHEMES or (parts.scheme == "s3") != bool(parts.netloc):
            raise ValueError("url: starts with s3://bucket/ or file:///")
        if parts.username or parts.password or parts.query:
            raise ValueError("url: holds neither credentials nor a query")
        if self.digest and not _DIGEST.fullmatch(self.digest):
            raise ValueError("digest: is sha256: and 64 hex digits")
        if self.endpoint and not self.endpoint.startswith(("https://", "http://")):
            raise ValueError("endpoint: starts with https:// or http://")
        if bool(self.key) != bool(self.secret):
            raise ValueError("secret: goes together with key")

    def load(self, files: Files) -> Suite:
        """Raises StoreError: unreachable, refused, or not what was pinned. ConfigError: not pinned, or bad fixtures."""
        del files  # the digest, which the revision's gate.yaml holds, says what belongs to it
        place = Place(url=self.url, endpoint=self.endpoint, region=self.region, key=self.key, secret=self.secret)
        fetched = fetch_objects(place, is_fixture_file)
        self._check(fetched)
        rows = Rows(keep=FixtureSpool().keep)
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
        if self.digest and fetched.digest != self.digest:
            raise StoreError(
                f"{self.url} is not what was pinned: its digest is {fetched.digest}, gate.yaml says {self.digest}",
                hint="review what changed there, then write its digest into gate.yaml",
            )
