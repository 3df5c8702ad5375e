"""A store's address and the environment -> the fixture files that lie there now, bounded, and nothing else of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from gate_action.clients.archives import ArchiveBounds
from gate_action.clients.fetching import fetch_file
from gate_action.clients.github.artifact_choice import Access, ArtifactChooser, Provenance
from gate_action.clients.stores.objects import Bounds, Place, StoredObject, fetch_objects
from gate_action.codec.row_files import is_fixture_file
from gate_action.errors import ConfigError, MissingKeyError, StoreError
from gate_action.model.dataclass import dataclass

BOUNDS = Bounds(files=1_000, listed=100_000, size=64 * 1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAddress:
    """``source``: a folder, ``https://host/rows.jsonl``, ``s3://bucket/prefix``, or ``actions:NAME``."""

    source: str
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    """Names of environment variables, as ``secret_key`` and ``token`` are."""
    secret_key: str = ""
    token: str = ""
    workflow: str = ""
    """Of an Actions artifact: the file of the workflow that uploads it."""
    branch: str = "main"
    from_repository: str = ""


class Read(NamedTuple):
    objects: tuple[StoredObject, ...]
    words: str
    """The store, for people."""


def read_store(address: StoreAddress, environ: Mapping[str, str]) -> Read:
    """Raises ConfigError, MissingKeyError, StoreError."""
    source = address.source
    if not source:
        raise ConfigError("no store is named", hint="give a folder, https://, s3:// or actions:NAME")
    scheme = urlsplit(source).scheme
    if source.startswith("actions:"):
        objects, words = _from_actions(address, environ), f"the artifact {source.removeprefix('actions:')}"
    elif scheme in ("http", "https"):
        objects = (fetch_file(source, _value(address.token, environ), BOUNDS),)
        words = urlsplit(source)._replace(query="", fragment="").geturl()
    elif scheme in ("s3", "file"):
        objects, words = _from_place(address, source, environ), source
    else:
        folder = Path(source)
        if not folder.exists():
            raise ConfigError(f"{source} is not there", hint="give a folder, https://, s3:// or actions:NAME")
        objects, words = _from_place(address, folder.resolve().as_uri(), environ), str(source)
    if not any(is_fixture_file(one.name) for one in objects):
        raise StoreError(f"{words} holds no fixture file", hint="fixture files end in .jsonl, .json, .yaml or .csv")
    return Read(tuple(objects), words)


def _from_place(address: StoreAddress, url: str, environ: Mapping[str, str]) -> tuple[StoredObject, ...]:
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query:
        raise ConfigError("the store's address holds neither credentials nor a query")
    key, secret = _value(address.access_key, environ), _value(address.secret_key, environ)
    place = Place(url=url, endpoint=address.endpoint, region=address.region, key=key, secret=secret)
    return fetch_objects(place, is_fixture_file, BOUNDS).objects


def _from_actions(address: StoreAddress, environ: Mapping[str, str]) -> tuple[StoredObject, ...]:
    name = address.source.removeprefix("actions:")
    if not name or not re.fullmatch(r"[^/]+\.ya?ml", address.workflow):
        raise ConfigError("an artifact needs its name and --workflow, the file of the workflow that uploads it")
    access = Access(
        repository=address.from_repository or environ.get("GITHUB_REPOSITORY", ""),
        token=_value(address.token, environ) or environ.get("GITHUB_TOKEN", ""),
        api_url=environ.get("GITHUB_API_URL", ""),
        ca_bundle=environ.get("REQUESTS_CA_BUNDLE", ""),
    )
    chooser = ArtifactChooser(
        shop=access.open(),
        name=name,
        provenance=Provenance(workflow=address.workflow, branch=address.branch, conclusions=frozenset({"success"})),
        bounds=ArchiveBounds(files=BOUNDS.files, bytes=BOUNDS.size),
    )
    chosen = next(chooser.counting(chooser.candidates()), None)
    if chosen is None:
        raise StoreError(
            f"there is no artifact {name} by a successful run of {address.workflow} on {address.branch}",
            hint="runs of pull requests and of forks do not count; artifacts expire",
        )
    held = chooser.open(chosen)
    return tuple(StoredObject(path, held[path]) for path in sorted(held) if is_fixture_file(path))


def _value(name: str, environ: Mapping[str, str]) -> str:
    """Empty: none is named."""
    if not name:
        return ""
    value = environ.get(name, "")
    if not value:
        raise MissingKeyError(
            f"the environment has no value for {name}", hint="set it in the step's env, from a secret"
        )
    return value
