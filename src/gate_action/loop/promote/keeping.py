"""Writes what was decided: rows and rejections into their files, and who decided what into the store."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

from gate_action.clients.folders import make_folder
from gate_action.codec.rejections import encode_rejections
from gate_action.loop.nearness import near_key
from gate_action.loop.promote.failures import OPEN
from gate_action.loop.promote.files import file_name, merge_rows
from gate_action.loop.store import Store, arrow_table
from gate_action.model.fixture import Fixture, Provenance, digest_json
from gate_action.model.promotion import Review, ReviewOutcome
from gate_action.model.rejection import Rejection

WRITTEN = frozenset({ReviewOutcome.PROPOSED, ReviewOutcome.ACCEPTED, ReviewOutcome.EDITED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things are written. ``folder`` and ``rejections`` are paths from the repository's top."""

    repository: Path
    folder: str
    rejections: str


class There(Protocol):
    """What the repository has."""

    @property
    def fixtures(self) -> tuple[Fixture, ...]: ...

    @property
    def rejections(self) -> tuple[Rejection, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was written."""

    files: Mapping[str, int] = field(default_factory=dict)
    """Path from the repository's top -> new rows in it."""
    outcomes: Mapping[ReviewOutcome, int] = field(default_factory=dict)


def keep(store: Store, places: Places, there: There, reviews: Sequence[Review], now: datetime) -> Kept:
    """Files first: a row whose place in the store is lost is still a fixture, and is known as one next time."""
    written: dict[str, str] = {}
    files: dict[str, int] = {}
    for path, fixtures in _by_file(places.folder, reviews).items():
        _write(places.repository / path, merge_rows((one for one in there.fixtures if _path(one) == path), fixtures))
        files[path] = len(fixtures)
        written |= {one.id: path for one in fixtures}
    turned_down = [_rejection(review, now) for review in reviews if review.outcome is ReviewOutcome.REJECTED]
    if turned_down:
        _write(places.repository / places.rejections, encode_rejections((*there.rejections, *turned_down)))
    rows = [_row(review, written.get(review.candidate.fixture.id, ""), now) for review in reviews]
    store.upsert("promotion", arrow_table("promotion", rows))
    _mark_promoted(store, {_cluster(review) for review in reviews if review.outcome in WRITTEN})
    outcomes = Counter(review.outcome for review in reviews)
    return Kept(files=files, outcomes=outcomes)


def _mark_promoted(store: Store, cluster_ids: Iterable[str]) -> None:
    """What waits for its fix is not promoted again unless it is named, or comes back after the fix."""
    clusters = store.table("cluster")
    rows = clusters.filter(clusters.cluster_id.isin(sorted(cluster_ids))).to_pyarrow().to_pylist()
    promoted = [row | {"status": "promoted"} for row in rows if row["status"] in OPEN]
    store.upsert("cluster", arrow_table("cluster", promoted))


def _by_file(folder: str, reviews: Iterable[Review]) -> dict[str, list[Fixture]]:
    files: dict[str, list[Fixture]] = {}
    for review in reviews:
        if review.outcome in WRITTEN:
            fixture = _signed(review)
            cluster = fixture.provenance.cluster if fixture.provenance else ""
            files.setdefault(str(PurePosixPath(folder, file_name(cluster))), []).append(fixture)
    return files


def _signed(review: Review) -> Fixture:
    fixture = review.candidate.fixture
    provenance = fixture.provenance or Provenance(source="loop")
    return replace(fixture, provenance=replace(provenance, reviewer=review.reviewer))


def _cluster(review: Review) -> str:
    provenance = review.candidate.fixture.provenance
    return provenance.cluster if provenance else ""


def _path(fixture: Fixture) -> str:
    return fixture.place.path if fixture.place else ""


def _rejection(review: Review, now: datetime) -> Rejection:
    fixture = review.candidate.fixture
    return Rejection(
        id=fixture.id,
        input_digest=digest_json(fixture.input),
        near_key=near_key(fixture.input),
        cluster=fixture.provenance.cluster if fixture.provenance else "",
        reason=review.reason,
        reviewer=review.reviewer,
        at=f"{now.isoformat(timespec='seconds')}Z",
    )


def _row(review: Review, path: str, now: datetime) -> dict[str, str | float | datetime | None]:
    candidate = review.candidate
    provenance = candidate.fixture.provenance or Provenance(source="loop")
    return {
        "row_id": candidate.fixture.id,
        "turn_id": candidate.turn_id,
        "user_key": candidate.user_key,
        "cluster_id": provenance.cluster,
        "cycle_id": provenance.cycle,
        "outcome": str(review.outcome),
        "path": path,
        "reviewer": review.reviewer,
        "seconds": review.seconds,
        "complained_at": candidate.complained_at,
        "at": now,
    }


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, and never through a link that the repository holds."""
    make_folder(path.parent)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)
