"""Where the loop's store is at home: settings and environment become a Keeper, or nothing where it is a folder."""

import logging
import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gate_action.clients.git.home import GitHome
from gate_action.clients.git.remote import Remote, Surroundings, find_remote
from gate_action.clients.stores.homes import BucketHome, Home
from gate_action.clients.stores.objects import Place
from gate_action.clients.stores.sealing import SHORTEST, Seal
from gate_action.config.loop.state import BranchShape, BucketShape, StateShape
from gate_action.errors import ConfigError, MissingKeyError
from gate_action.loop.state.keeping import Keeper

_log = logging.getLogger(__name__)


def find_keeper(state: StateShape, repository: Path, environ: Mapping[str, str]) -> Keeper | None:
    """None: the store lives in the folder ``state.path``. Raises ConfigError, MissingKeyError."""
    if state.bucket:
        home: Home = _bucket(state.bucket, environ)
    elif state.branch:
        home = _branch(state.branch, repository, environ)
    else:
        if environ.get("RUNNER_ENVIRONMENT") == "github-hosted":
            _log.warning("the loop's store lies in %s, which this runner forgets: state: names a home", state.path)
        return None
    return Keeper(
        home=home,
        seal=_seal(state.key, environ),
        by=_name_us(environ),
        lease=timedelta(minutes=state.lease_minutes),
        now=lambda: datetime.now(UTC),
        warn=_log.warning,
    )


def _bucket(shape: BucketShape, environ: Mapping[str, str]) -> BucketHome:
    key, secret = _value(shape.access_key, environ), _value(shape.secret_key, environ)
    return BucketHome(Place(url=shape.url, endpoint=shape.endpoint, region=shape.region, key=key, secret=secret))


def _branch(shape: BranchShape, repository: Path, environ: Mapping[str, str]) -> GitHome:
    ca_bundle = environ.get("REQUESTS_CA_BUNDLE", "")
    if shape.remote:
        token = _value(shape.token, environ)
        return GitHome(Remote(url=shape.remote, branch=shape.name, token=token, ca_bundle=ca_bundle))
    job = Surroundings(
        server=environ.get("GITHUB_SERVER_URL", ""),
        repository=environ.get("GITHUB_REPOSITORY", ""),
        token=environ.get("GITHUB_TOKEN", ""),
        ca_bundle=ca_bundle,
    )
    return GitHome(find_remote(shape.name, repository, job))


def _seal(name: str | None, environ: Mapping[str, str]) -> Seal:
    secret = _value(name, environ)
    if name and len(secret) < SHORTEST:
        raise ConfigError(
            f"{name} holds {len(secret)} characters, and a key of the loop's store has at least {SHORTEST}",
            hint="openssl rand -base64 32 makes a good one",
        )
    return Seal(secret)


def _value(name: str | None, environ: Mapping[str, str]) -> str:
    """Empty: none is named."""
    if name is None:
        return ""
    value = environ.get(name, "")
    if not value:
        raise MissingKeyError(
            f"gate.yaml's state names {name}, and the environment has no value for it",
            hint="set it in the workflow step's env, from a secret",
        )
    return value


def _name_us(environ: Mapping[str, str]) -> str:
    run = environ.get("GITHUB_RUN_ID", "")
    if run:
        place = f"{environ.get('GITHUB_SERVER_URL', '')}/{environ.get('GITHUB_REPOSITORY', '')}"
        return f"{place}/actions/runs/{run}/attempts/{environ.get('GITHUB_RUN_ATTEMPT', '1')}"
    return f"{socket.gethostname()}, process {os.getpid()}"
