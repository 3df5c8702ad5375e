"""Fixtures and suites, with the digests that name them. Knows nothing of files, builds or scores."""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from enum import Enum, StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from gate_action.model.dataclass import dataclass
from gate_action.model.places import Ids, Places
from gate_action.model.scenario import Scenario

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
else:
    Json = Any  # decoders read annotations at run time, and a recursive alias has no end there
JsonObject: TypeAlias = Mapping[str, Json]


class Absent(Enum):
    """Not given at all: unlike None, which is JSON's null and a value."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


class Split(StrEnum):
    """What a fixture is for. A fixture of one split never appears in the other."""

    EVAL = "eval"
    TRAIN = "train"


class Slice(NamedTuple):
    """One value of one dimension by which a suite is cut, e.g. ``locale`` = ``de``."""

    dimension: str
    value: str

    def __str__(self) -> str:
        return f"{self.dimension}={self.value}"


class Place(NamedTuple):
    """Where in the repository or artifact a fixture stands."""

    path: str
    line: int | None
    """1-based; None where the format has no lines worth naming."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    name: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a right answer is. Each part may be absent; an evaluator that needs an absent part does not apply."""

    output: Json | Absent = ABSENT
    tool_calls: tuple[ToolCall, ...] | Absent = ABSENT
    """In order. An empty tuple means: no tool may be called."""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A fixture's own check: an evaluator and its options. All of a fixture's checks feed the metric ``checks``."""

    evaluator: str
    options: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a promoted fixture came from. Empty strings where the source did not say."""

    source: str
    trace: str = ""
    """Keyed hash of the trace id, never the id itself."""
    cycle: str = ""
    cluster: str = ""
    mode: str = ""
    """The failure mode that it was classified as."""
    release: str = ""
    classifier: str = ""
    """Digest of the rubric, prompt and model that classified it."""
    reviewer: str = ""
    correction: str = ""
    """``user``, ``reviewer`` or empty: who wrote the expected output."""
    scrubbed: str = ""
    """Digest or summary of the scrub report."""
    parent: str = ""
    """Fixture id that an augmented variant was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One user turn of a scripted conversation."""

    content: str
    tool_results: JsonObject = field(default_factory=dict)
    """Tool name -> the result that the target's call of it is answered with in this turn."""


@dataclass(frozen=True, kw_only=True)
class Fixture:
    """One recorded example. ``input`` is text, ``{"messages": [...]}``, ``{"turns": [...]}`` or any JSON."""

    id: str
    input: Json
    expected: Expected = field(default_factory=Expected)
    context: tuple[str, ...] = ()
    """Documents that a right answer rests on."""
    checks: tuple[Check, ...] = ()
    slices: tuple[Slice, ...] = ()
    cluster: str = ""
    """Fixtures of one cluster are not independent (one conversation, one document, one parent). Empty: its own."""
    is_critical: bool = False
    split: Split = Split.EVAL
    provenance: Provenance | None = None
    consent: str = ""
    licence: str = ""
    expires: str = ""
    """ISO date after which ``validate`` asks for a review; empty: never."""
    failing_output: Json | Absent = ABSENT
    """What production answered when it failed. For the reader: never a reference, never shown to a judge."""
    scenario: Scenario | None = None
    """The simulated user who goes on with the conversation. None: nobody does, unless the gate says so for all."""
    place: Place | None = None

    @property
    def whole(self) -> "Fixture":
        """All of it in memory: for whoever reads more than what a decision needs (see ``spooled``)."""
        return self

    @property
    def unit(self) -> str:
        """The unit of inference: its cluster, or itself."""
        return self.cluster or self.id

    @property
    def turns(self) -> tuple[Turn, ...] | None:
        """The scripted user turns if ``input`` is ``{"turns": [...]}``, else None."""
        if isinstance(self.input, str) or not isinstance(self.input, Mapping) or set(self.input) != {"turns"}:
            return None
        return tuple(_turn(entry) for entry in _sequence(self.input["turns"]))

    @cached_property
    def digest(self) -> str:
        """Digest of what decides a score: not of provenance, consent, dates or place."""
        parts: dict[str, Json] = {
            "input": self.input,
            "expected": expected_parts(self.expected),
            "context": list(self.context),
            "checks": [{"evaluator": c.evaluator, "options": c.options} for c in self.checks],
            "slices": sorted([s.dimension, s.value] for s in self.slices),
            "cluster": self.cluster,
            "critical": self.is_critical,
            "split": str(self.split),
            "id": self.id,
        }
        if self.scenario is not None:  # without one the digest is what it always was
            parts["scenario"] = self.scenario.parts
        return digest_json(parts)


Part: TypeAlias = Literal["checks", "cluster", "is_critical", "scenario", "slices"]
"""What most fixtures of a large suite lack."""


class FixtureTable(Sequence[Fixture]):
    """Fixtures with unique ids, too many to be held: each is made anew for whoever asks (see ``spooled``)."""

    @property
    @abstractmethod
    def ids(self) -> Ids:
        """In the order of the fixtures: the same object whenever they are asked for."""

    @property
    @abstractmethod
    def places(self) -> Places:
        """Where among the fixtures each id stands."""

    @property
    @abstractmethod
    def splits(self) -> AbstractSet[Split]:
        """Those that there is a fixture of."""

    @abstractmethod
    def having(self, part: "Part") -> Iterator[Fixture]:
        """Those that have it, or are it, in their order."""

    @abstractmethod
    def digest_bytes(self) -> Iterator[bytes]:
        """The fixtures' digests."""


@dataclass(frozen=True, slots=True)
class FixturesById(Mapping[str, Fixture]):
    """Those of a table."""

    table: FixtureTable

    def __getitem__(self, fixture_id: str) -> Fixture:
        return self.table[self.table.places[fixture_id]]

    def __contains__(self, fixture_id: object) -> bool:
        return fixture_id in self.table.places

    def __iter__(self) -> Iterator[str]:
        return iter(self.table.ids)

    def __len__(self) -> int:
        return len(self.table)


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A set of fixtures with unique ids. At least one: sources refuse to make an empty one."""

    fixtures: Sequence[Fixture]

    @cached_property
    def digest(self) -> str:
        """Stable under reordering and formatting of the files."""
        if isinstance(self.fixtures, FixtureTable):
            return _digest_many(self.fixtures)
        return digest_lines(fixture.digest for fixture in self.fixtures)

    @cached_property
    def by_id(self) -> Mapping[str, Fixture]:
        if isinstance(self.fixtures, FixtureTable):
            return FixturesById(self.fixtures)
        return {fixture.id: fixture for fixture in self.fixtures}


_SORTED_AT_ONCE = 25_000
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(value: Json) -> bytes:
    """One spelling for equal JSON values: sorted keys, no spaces, and 1.0 written as 1."""
    text = _CANONICAL.encode(value)
    if ".0" in text:
        text = _CANONICAL.encode(_without_integral_floats(value))
    return text.encode("utf-8", "surrogatepass")


def digest_json(value: Json) -> str:
    """``sha256:`` and 64 hex digits of the canonical JSON."""
    return "sha256:" + hashlib.sha256(canonical_json(value)).hexdigest()


def digest_lines(lines: Iterable[str]) -> str:
    """``sha256:`` and 64 hex digits of the sorted lines."""
    return "sha256:" + hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _digest_many(fixtures: FixtureTable) -> str:
    """As ``digest_lines``, of which a part at a time is sorted: all of them would be most of what a run holds."""
    whole, separator = hashlib.sha256(), b""
    parts = min(256, 1 + len(fixtures) // _SORTED_AT_ONCE)
    for number in range(parts):
        for digest in sorted(digest for digest in fixtures.digest_bytes() if digest[0] * parts >> 8 == number):
            whole.update(separator + b"sha256:" + digest.hex().encode())
            separator = b"\n"
    return "sha256:" + whole.hexdigest()


def _without_integral_floats(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _without_integral_floats(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_integral_floats(entry) for entry in value]
    return value


def expected_parts(expected: Expected) -> dict[str, Json]:
    """``output``, ``tool_calls`` and ``facts`` as a row spells them; absent parts are left out."""
    parts: dict[str, Json] = {}
    if expected.output is not ABSENT:
        parts["output"] = expected.output
    if expected.tool_calls is not ABSENT:
        parts["tool_calls"] = [{"name": c.name, "arguments": c.arguments} for c in expected.tool_calls]
    if expected.facts:
        parts["facts"] = list(expected.facts)
    return parts


def _turn(entry: Json) -> Turn:
    if isinstance(entry, Mapping):
        results = entry.get("tool_results")
        return Turn(
            content=str(entry.get("content", "")),
            tool_results=results if isinstance(results, Mapping) else {},
        )
    return Turn(content=str(entry))


def _sequence(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
