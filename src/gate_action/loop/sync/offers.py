"""What a store offers: each row is read by itself, bounded and scrubbed, or refused with a reason.

Whoever can write to the store may have written anything: nothing of it becomes a path, code or a request.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import NamedTuple

from gate_action import plugins
from gate_action.clients.stores.objects import StoredObject
from gate_action.codec.options import build
from gate_action.codec.row_files import Rows
from gate_action.codec.rows import decode_row, encode_row
from gate_action.errors import ConfigError
from gate_action.loop.scrub.scrubber import Scrubber
from gate_action.model.fixture import Fixture, Json, Split, canonical_json
from gate_action.model.scrubbing import Refused as NotScrubbed

PLAIN_CHECKS = frozenset({
    "contains", "exact_match", "json_fields", "json_schema", "not_contains", "numeric", "refusal", "regex",
    "tool_calls",
})  # fmt: skip
"""Checks that run no code of anybody's and ask no model."""
_SCRUBBED = ("input", "expected", "context", "failing_output", "scenario")
_LOOKED_AT = ("checks", "slices", "cluster", "consent", "licence")
_MOST_PROBLEMS = 1_000
_LONGEST_NAME = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}")


class Refusal(NamedTuple):
    """A row, or a file, that does not come in."""

    place: str
    """``file:line`` in the store."""
    reason: str


class Offers(NamedTuple):
    fixtures: tuple[Fixture, ...]
    """In the store's order."""
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What comes in."""

    scrubber: Scrubber = field(default_factory=Scrubber)
    checks: frozenset[str] = frozenset()
    """Evaluators that are let in beside PLAIN_CHECKS."""
    row_bytes: int = 64_000
    """Of a row as JSON, at most."""

    def read(self, objects: Iterable[StoredObject]) -> Offers:
        """Raises nothing for what the objects hold."""
        rows, refused = Rows(), list[Refusal]()
        for stored in objects:
            if reason := _unsafe_name(stored.name):
                refused.append(Refusal(repr(stored.name)[:200], reason))
            else:
                rows.read(stored.name, stored.content)
        for problem in rows.problems[:_MOST_PROBLEMS]:
            told = f"{problem.field}: {problem.message}" if problem.field else problem.message
            refused.append(Refusal(_place(problem.path, problem.line), told))
        fixtures = []
        for fixture in rows.fixtures:
            admitted = self._admit(fixture)
            if isinstance(admitted, Fixture):
                fixtures.append(admitted)
            else:
                refused.append(Refusal(_place(*fixture.place) if fixture.place else fixture.id, admitted))
        return Offers(tuple(fixtures), tuple(refused))

    def _admit(self, fixture: Fixture) -> Fixture | str:
        """The row, scrubbed; or why it is refused."""
        row = encode_row(fixture)
        size = len(canonical_json(row))
        if size > self.row_bytes:
            return f"{size:,} bytes are more than the {self.row_bytes:,} of a row"
        if fixture.split is not Split.EVAL:
            return "it is of the split train, and fixtures gate"
        if fixture.consent.strip().lower() in ("no", "denied", "false"):
            return "its user did not consent"
        if not (fixture.checks or _has_expected(fixture)):
            return "it neither expects anything nor checks anything, so that any answer would pass"
        return self._fault_of_checks(fixture) or self._scrub(fixture, row)

    def _fault_of_checks(self, fixture: Fixture) -> str:
        for check in fixture.checks:
            if not check.evaluator.isidentifier():
                return "its check names no evaluator"
            if check.evaluator not in PLAIN_CHECKS | self.checks:
                allow = f"--allow-check {check.evaluator} lets it in"
                return f"its check {check.evaluator} may run code or ask a model: {allow}"
            try:
                build(plugins.find("evaluators", check.evaluator), check.options)
            except ConfigError as error:
                return f"its check {check.evaluator}: {error.message}"
        return ""

    def _scrub(self, fixture: Fixture, row: Mapping[str, Json]) -> Fixture | str:
        """A promoted row is clean as a rule, and comes out as it went in."""
        if not _ID.fullmatch(fixture.id) or len(max(_origin(row), key=len)) > _LONGEST_NAME:
            return "its id or its origin is a text, and no name"
        result = self.scrubber.scrub({name: row[name] for name in _SCRUBBED if name in row})
        rest = self.scrubber.scrub({name: row[name] for name in _LOOKED_AT if name in row})
        if isinstance(result, NotScrubbed) or isinstance(rest, NotScrubbed):
            detail = next(one.detail for one in (result, rest) if isinstance(one, NotScrubbed))
            return f"it cannot be scrubbed: {detail}"
        if rest.report.counts:
            return f"its checks, slices or cluster hold what is personal or secret: {rest.report}"
        if not result.report.counts or not isinstance(result.row, Mapping):
            return fixture
        clean = decode_row({**row, **result.row})
        return replace(clean, place=fixture.place)


def _origin(row: Mapping[str, Json]) -> tuple[str, ...]:
    told = row.get("provenance")
    return ("", *map(str, told.values())) if isinstance(told, Mapping) else ("",)


def _has_expected(fixture: Fixture) -> bool:
    return bool("expected" in encode_row(fixture))


def _unsafe_name(name: str) -> str:
    parts = PurePosixPath(name).parts
    if not name.isprintable() or name.startswith(("/", "\\")) or ".." in parts or "\\" in name:
        return "its name is no path below the store's folder"
    return ""


def _place(path: str, line: int | None) -> str:
    return f"{path}:{line}" if line is not None else path
