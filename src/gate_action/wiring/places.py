"""Where one run lives: its folders, its id, and the journal in it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gate_action.codec.documents import Manifest
from gate_action.engine.journal import Journal
from gate_action.engine.readback import check_same_run, read_manifest
from gate_action.model.fixture import Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlace:
    """The folders of one run: what is written down (ours alone), and where builds live (children enter it)."""

    run_id: str
    folder: Path
    builds: Path
    started_at: datetime
    is_resumed: bool = False


def open_journal(place: RunPlace, manifest: Manifest, suite: Suite, *, is_gathering: bool) -> Journal:
    """``is_gathering`` as Journal takes it. Raises ConfigError: a folder with a run in it, or without the one that is
    to be resumed.
    """
    if place.is_resumed:
        check_same_run(read_manifest(place.folder), manifest)
        return Journal(place.folder, is_resumed=True, is_gathering=is_gathering)
    journal = Journal(place.folder, is_gathering=is_gathering)
    journal.write_manifest(manifest)
    journal.write_fixtures(suite.fixtures)
    return journal


def new_run_id(started_at: datetime) -> str:
    """Sortable by time, unique by chance."""
    return f"{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
