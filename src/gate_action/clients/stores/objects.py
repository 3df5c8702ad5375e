"""Reads objects from a bucket or a folder through obstore. Bounded in number and size; nothing is written to disk."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from gate_action.clients.extras import check_extra
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import digest_lines

if TYPE_CHECKING:
    from obstore.store import ObjectStore, S3Config

SCHEMES = ("s3", "file")
_NARROWER = "name a narrower prefix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An object, or a prefix with the objects below it: ``s3://bucket/key-or-prefix`` or ``file:///folder-or-file``."""

    url: str
    endpoint: str = ""
    """Of a service that speaks S3; empty: the region's own."""
    region: str = ""
    key: str = field(default="", repr=False)
    """Empty, with ``secret``: requests are not signed."""
    secret: str = field(default="", repr=False)

    def check(self) -> None:
        """Raises ValueError, which begins with the option's name."""
        parts = urlsplit(self.url)
        if parts.scheme not in SCHEMES or (parts.scheme == "s3") != bool(parts.netloc):
            raise ValueError("url: starts with s3://bucket/ or file:///")
        if parts.username or parts.password or parts.query:
            raise ValueError("url: holds neither credentials nor a query")
        if self.endpoint and not self.endpoint.startswith(("https://", "http://")):
            raise ValueError("endpoint: starts with https:// or http://")
        if bool(self.key) != bool(self.secret):
            raise ValueError("secret: goes together with key")


class Bounds(NamedTuple):
    """What is read at most."""

    files: int = 10_000
    listed: int = 100_000
    """Names of any kind below the prefix."""
    size: int = 256 * 1024 * 1024
    """Bytes, all files together."""


BOUNDS = Bounds()


class StoredObject(NamedTuple):
    name: str
    """Relative to the prefix; the last part of the key where the place is one object."""
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Fetched(NamedTuple):
    objects: tuple[StoredObject, ...]
    """Sorted by name."""
    digest: str


def fetch_objects(place: Place, is_wanted: Callable[[str], bool], bounds: Bounds = BOUNDS) -> Fetched:
    """The object at ``place``, or those below it whose name ``is_wanted``. Raises StoreError, ConfigError.

    The digest of one object is that of its content; the digest of several is that of their ``sha256sum`` lines
    (``<hex>  <name>``), sorted and joined by line feeds.
    """
    check_extra("stores", f"reading {place.url}")
    from obstore.exceptions import BaseError

    try:
        store, key = open_place(place)
        single = _fetch_single(store, key, bounds)
        objects = (single,) if single else tuple(_fetch_below(store, key, is_wanted, bounds))
    except (BaseError, OSError) as error:
        raise StoreError(f"{place.url} cannot be read: {explain(error, place)}", hint=advise(error)) from error
    return Fetched(objects, f"sha256:{single.sha256}" if single else digest_objects(objects))


def digest_objects(objects: Iterable[StoredObject]) -> str:
    """Of several: as ``fetch_objects`` says."""
    return digest_lines(f"{one.sha256}  {one.name}" for one in objects)


def open_place(place: Place, *, is_made: bool = False) -> "tuple[ObjectStore, str]":
    """The store, and the key or prefix in it. ``is_made``: a folder that is not there is made."""
    from obstore.store import LocalStore, S3Store

    parts = urlsplit(place.url)
    if parts.scheme == "file":
        path = Path(unquote(parts.path))
        if is_made:
            path.mkdir(parents=True, exist_ok=True)
        path = path.resolve(strict=True)
        return (LocalStore(path), "") if path.is_dir() else (LocalStore(path.parent), path.name)
    config: S3Config = {"region": place.region or "us-east-1", "virtual_hosted_style_request": not place.endpoint}
    if place.endpoint:
        config["endpoint"] = place.endpoint
    if place.key:
        config["access_key_id"], config["secret_access_key"] = place.key, place.secret
    else:
        config["skip_signature"] = True
    store = S3Store(
        parts.netloc,
        config=config,
        client_options={"allow_http": place.endpoint.startswith("http://"), "timeout": "60s", "connect_timeout": "10s"},
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=60)},
    )
    return store, unquote(parts.path).strip("/")


def _fetch_single(store: "ObjectStore", key: str, bounds: Bounds) -> StoredObject | None:
    """The object of exactly this key, if there is one."""
    import obstore

    if not key:
        return None
    try:
        size = obstore.head(store, key)["size"]
    except FileNotFoundError:
        return None
    _check_size(size, bounds)
    return StoredObject(key.rpartition("/")[2], bytes(obstore.get(store, key).bytes()))


def _fetch_below(
    store: "ObjectStore", prefix: str, is_wanted: Callable[[str], bool], bounds: Bounds
) -> Iterator[StoredObject]:
    import obstore

    start = f"{prefix}/" if prefix else ""
    sizes: dict[str, int] = {}
    listed = 0
    for chunk in obstore.list(store, prefix=prefix or None):
        listed += len(chunk)
        names = ((meta["path"].removeprefix(start), meta["size"]) for meta in chunk)
        sizes |= {name: size for name, size in names if is_wanted(name)}
        if len(sizes) > bounds.files or listed > bounds.listed:
            message = f"more than {bounds.files:,} fixture files or {bounds.listed:,} objects in all"
            raise StoreError(message, hint=_NARROWER)
    _check_size(sum(sizes.values()), bounds)
    for name in sorted(sizes):
        _check_name(store, name)
        yield StoredObject(name, bytes(obstore.get(store, start + name).bytes()))


def _check_size(size: int, bounds: Bounds) -> None:
    if size > bounds.size:
        raise StoreError(f"{size:,} bytes are more than the {bounds.size:,} that are read", hint=_NARROWER)


def _check_name(store: "ObjectStore", name: str) -> None:
    """A name is a label in messages, and in a folder it must not lead out of it by a symbolic link."""
    from obstore.store import LocalStore

    if not name.isprintable():
        raise StoreError(f"the object name {name!r} holds control characters")
    if isinstance(store, LocalStore) and store.prefix is not None:
        root = Path(store.prefix)
        if not (root / name).resolve().is_relative_to(root):
            raise StoreError(f"{name} is a symbolic link that leads out of {root}")


def explain(error: Exception, place: Place) -> str:
    """The first line of what went wrong, without the credentials."""
    text = (str(error).splitlines() or [type(error).__name__])[0]
    for secret in (place.key, place.secret):
        text = text.replace(secret, "***") if secret else text
    return text[:300]


def advise(error: Exception) -> str:
    """What to look at."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"PermissionDeniedError", "UnauthenticatedError"}:
        return "check key and secret, and that they may read and list the bucket"
    if "FileNotFoundError" in names or "NotFoundError" in names:
        return "check the bucket and the key"
    return "check url, endpoint and region"
