"""Offered rows and a repository's files -> the files as they should be, and the words for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from gate_action.clients.files import match_paths
from gate_action.codec.rejections import decode_rejections, encode_rejections
from gate_action.codec.row_files import Rows, is_fixture_file
from gate_action.errors import ConfigError
from gate_action.loop.nearness import near_key
from gate_action.loop.promote.files import file_name, merge_rows
from gate_action.loop.pulls.proposal import Ended, Proposal
from gate_action.loop.sync.choosing import Chosen, Known, Limits, choose_rows
from gate_action.loop.sync.offers import Offers
from gate_action.loop.sync.page import Told, write_intro, write_row
from gate_action.model.fixture import Fixture, digest_json
from gate_action.model.protocols import Files
from gate_action.model.rejection import Rejection

LABEL = "gate-fixtures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Paths from the repository's top."""

    folder: str
    """Where rows come to lie: a file a cluster."""
    rejections: str
    fixtures: tuple[str, ...]
    """What gate.yaml names as fixtures."""

    def check(self) -> None:
        """Raises ConfigError: rows in this folder would gate nothing."""
        folder = PurePosixPath(self.folder)
        if folder.is_absolute() or ".." in folder.parts:
            raise ConfigError(f"the folder {self.folder!r} leaves the repository")
        if not any(match_paths(path, [str(folder / "rows.jsonl")]) for path in self.fixtures):
            named = ", ".join(self.fixtures)
            raise ConfigError(
                f"{self.folder} lies in none of gate.yaml's fixtures ({named}): its rows would gate nothing",
                hint="name the folder under fixtures:, or another one under loop.promote.folder",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    chosen: Chosen
    files: Mapping[str, bytes]
    """Those that change, as they should be."""
    rejections: tuple[Rejection, ...]
    """Those that the repository does not hold yet."""


def list_contents(places: Places, files: Files) -> tuple[str, ...]:
    """Paths whose contents a plan reads."""
    found = {path for pattern in (*places.fixtures, places.folder) for path in files.find(pattern)}
    return (*sorted(path for path in found if is_fixture_file(path)), *files.find(places.rejections))


def make_plan(files: Files, places: Places, offers: Offers, limits: Limits, ended: Sequence[Ended] = ()) -> Plan:
    """Raises ConfigError: the repository's own fixtures or rejections cannot be read."""
    there = _read_fixtures(files, places)
    held = _read_rejections(files, places)
    new = _newly_turned_down(ended, there, held)
    chosen = choose_rows(offers.fixtures, Known(fixtures=there, rejections=(*held, *new)), limits)
    written: dict[str, bytes] = {}
    by_file: dict[str, list[Fixture]] = {}
    for fixture in chosen.rows:
        by_file.setdefault(str(PurePosixPath(places.folder, file_name(_cluster(fixture)))), []).append(fixture)
    for path, rows in by_file.items():
        beside = [one for one in there if one.place and one.place.path == path]
        written[path] = merge_rows(beside, rows)
    if new:
        written[places.rejections] = encode_rejections((*held, *new))
    return Plan(chosen=chosen, files=written, rejections=new)


def find_turned_down(files: Files, places: Places, ended: Sequence[Ended]) -> tuple[Rejection, ...]:
    """All that is known of: held by the repository, and told by how pull requests ended. Raises ConfigError."""
    held = _read_rejections(files, places)
    return (*held, *_newly_turned_down(ended, _read_fixtures(files, places), held))


def keep_present(offers: Offers, present: Mapping[str, bytes]) -> Offers:
    """Rows that the branch brings already come first, and as they stand there, if they ask the same: a review that has
    begun is not disturbed because the day, or the cycle that found them, is another one.
    """
    there = {row.id: row for row in _rows_of(present)}
    same = {one.id for one in offers.fixtures if one.id in there and _says_the_same(one, there[one.id])}
    kept = tuple(there[one.id] for one in offers.fixtures if one.id in same)
    return Offers((*kept, *(one for one in offers.fixtures if one.id not in same)), offers.refused)


def _says_the_same(one: Fixture, other: Fixture) -> bool:
    return (one.digest, one.failing_output) == (other.digest, other.failing_output)


def write_proposal(plan: Plan, offers: Offers, told: Told) -> Proposal:
    rows = plan.chosen.rows
    clusters = len({_cluster(row) for row in rows})
    return Proposal(
        title="Fixtures from production",
        words=f"Add {len(rows)} fixtures of {clusters} clusters",
        files=plan.files,
        is_wanted=bool(rows),
        intro=write_intro(plan.chosen, offers.refused, told),
        parts=tuple(write_row(row, told) for row in rows),
        labels=(LABEL,),
    )


def _cluster(fixture: Fixture) -> str:
    """What its failure is grouped by: a conversation alone would be a file a row."""
    return (fixture.provenance.cluster if fixture.provenance else "") or fixture.cluster or "rows"


def _read_fixtures(files: Files, places: Places) -> tuple[Fixture, ...]:
    rows = Rows()
    for path in list_contents(places, files):
        if path != places.rejections:
            rows.read(path, files.read(path))
    if rows.problems:
        raise ConfigError(f"the fixtures of {files.label} cannot be used", problems=tuple(rows.problems))
    return tuple(rows.fixtures)


def _read_rejections(files: Files, places: Places) -> tuple[Rejection, ...]:
    found = files.find(places.rejections)
    return decode_rejections(files.read(found[0]), found[0]) if found == (places.rejections,) else ()


def _newly_turned_down(
    ended: Iterable[Ended], there: Sequence[Fixture], held: Sequence[Rejection]
) -> tuple[Rejection, ...]:
    """Rows that we had proposed, that a person did not leave, and that nobody has added since.

    Where a pull request's rows are held, or a later one's, all of its own were held once: the line of one that lacks
    was deleted, and that row may return.
    """
    known = {one.id for one in held} | {one.id for one in there}
    inputs = {digest_json(one.input) for one in there}
    ours = {pull.number for pull in ended}
    last_held = max((one.pull for one in held if one.pull in ours), default=0)
    new: dict[str, Rejection] = {}
    for pull in ended:
        if pull.number <= last_held:
            continue
        left = {one.id for one in _rows_of(pull.left)}
        for row in _rows_of(pull.proposed):
            if row.id in left or row.id in known or digest_json(row.input) in inputs:
                continue
            new.setdefault(row.id, _rejection(row, pull))
    return tuple(new.values())


def _rejection(row: Fixture, pull: Ended) -> Rejection:
    return Rejection(
        id=row.id,
        input_digest=digest_json(row.input),
        near_key=near_key(row.input),
        cluster=_cluster(row),
        reason=pull.reason,
        reviewer=pull.reviewer,
        at=pull.at,
        pull=pull.number,
    )


def _rows_of(files: Mapping[str, bytes]) -> tuple[Fixture, ...]:
    rows = Rows()
    for path, content in files.items():
        if path.endswith(".jsonl"):
            rows.read(path, content)
    return tuple(rows.fixtures)
