"""A fixture's row <-> Fixture: one fast path, and the JSON Schema that is made from the same types.

Knows nothing of files; why a row is refused is told by ``row_faults``.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gate_action.codec.scenario_rows import ScenarioRow, decode_scenario
from gate_action.model.fixture import (
    ABSENT,
    Check,
    Expected,
    Fixture,
    Json,
    JsonObject,
    Place,
    Provenance,
    Slice,
    Split,
    ToolCall,
    digest_json,
    expected_parts,
)

_END = r"$(?!\n)"
"""The very end: ``$`` alone would let a line feed follow in Python, though not in ECMAScript."""

FixtureId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._:/-]{1,200}" + _END,
        description="letters, digits and ._:/-, at most 200 of them",
    ),
]
Dimension = Annotated[str, Meta(pattern="^[^=]+$", description="a name without an equals sign")]
Word = Annotated[str, Meta(min_length=1)]
IsoDate = Annotated[
    str,
    Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?" + _END, description="a date like 2027-01-31"),
]


class _Strict(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Unknown keys are refused."""


class CheckRow(_Strict):
    evaluator: Annotated[Word, Meta(description="An evaluator's name, as in gate.yaml.")]
    options: dict[str, Any] = {}


class ToolCallRow(_Strict):
    name: Word
    arguments: dict[str, Any] = {}


class ExpectedRow(_Strict):
    """What a right answer is, by parts."""

    output: Any = UNSET
    tool_calls: Annotated[
        list[ToolCallRow] | UnsetType, Meta(description="In order. An empty list: no tool may be called.")
    ] = UNSET
    facts: Annotated[list[str], Meta(description="Statements that a right answer makes.")] = []


class MessageRow(msgspec.Struct, kw_only=True):
    """A chat message; keys besides the role are passed on as they are."""

    role: Word


class MessagesInput(_Strict):
    messages: Annotated[list[MessageRow], Meta(min_length=1)]


class TurnRow(_Strict):
    """One user turn of a scripted conversation."""

    content: str
    tool_results: Annotated[dict[str, Any], Meta(description="Tool name -> the result that its call gets.")] = {}


class TurnsInput(_Strict):
    turns: Annotated[list[str | TurnRow], Meta(min_length=1)]


class ProvenanceRow(_Strict):
    """Where a promoted fixture came from."""

    source: str
    trace: Annotated[str, Meta(description="Keyed hash of the trace id, never the id itself.")] = ""
    cycle: str = ""
    cluster: str = ""
    mode: Annotated[str, Meta(description="The failure mode that it was classified as.")] = ""
    release: str = ""
    classifier: Annotated[str, Meta(description="Digest of the rubric, prompt and model.")] = ""
    reviewer: str = ""
    correction: Annotated[str, Meta(description="Who wrote the expected output: user, reviewer or nobody.")] = ""
    scrubbed: str = ""
    parent: Annotated[str, Meta(description="Fixture id that a variant was made from.")] = ""


class FixtureRow(_Strict):
    """One fixture, as a person writes it."""

    input: Annotated[
        Any,
        Meta(description="What the application is asked: text, {messages}, {turns}, or any other JSON."),
    ]
    id: FixtureId | UnsetType = UNSET
    expected: Annotated[
        Any,
        Meta(description="An object made only of output, tool_calls and facts; anything else is the expected output."),
    ] = UNSET
    context: Annotated[str | list[str], Meta(description="Texts that a right answer rests on.")] = []
    checks: Annotated[list[CheckRow], Meta(description="The fixture's own checks: they feed the metric checks.")] = []
    slices: Annotated[
        dict[Dimension, Word | list[Word]], Meta(description="By which the suite is cut: dimension -> value or values.")
    ] = {}
    cluster: Annotated[str, Meta(description="Fixtures of one cluster are not independent of each other.")] = ""
    critical: Annotated[bool, Meta(description="A failure blocks, once re-runs confirm it.")] = False
    split: Split = Split.EVAL
    provenance: ProvenanceRow | UnsetType = UNSET
    consent: str = ""
    licence: str = ""
    expires: IsoDate = ""
    failing_output: Annotated[
        Any, Meta(description="What production answered when it failed. For the reader, never a reference.")
    ] = UNSET
    scenario: ScenarioRow | UnsetType = UNSET


_PARTS = frozenset(ExpectedRow.__struct_fields__)
_INPUT_SHAPES: Mapping[frozenset[str], type[msgspec.Struct]] = {
    frozenset({"messages"}): MessagesInput,
    frozenset({"turns"}): TurnsInput,
}


def decode_row(value: Json, place: Place | None = None) -> Fixture:
    """Raises msgspec.ValidationError, for the first fault only: ``row_faults.find_faults`` finds them all."""
    return make_fixture(msgspec.convert(value, FixtureRow), place)


def make_fixture(row: FixtureRow, place: Place | None) -> Fixture:
    """Raises msgspec.ValidationError, as ``decode_row`` does."""
    _check_input(row.input)
    if row.expires:
        _check_date(row.expires)
    fixture = Fixture.__new__(Fixture)
    # Suites have thousands of them, and a frozen dataclass takes its time to set sixteen fields.
    fixture.__dict__.update(_read_fields(row, place))
    return fixture


def _read_fields(row: FixtureRow, place: Place | None) -> dict[str, Any]:
    """All of a fixture's, by name."""
    return {
        "id": default_id(row.input) if row.id is UNSET else row.id,
        "input": row.input,
        "expected": _decode_expected(row.expected),
        "context": (row.context,) if isinstance(row.context, str) else tuple(row.context),
        "checks": tuple([Check(evaluator=check.evaluator, options=check.options) for check in row.checks]),
        "slices": _decode_slices(row.slices) if row.slices else (),
        "cluster": row.cluster,
        "is_critical": row.critical,
        "split": row.split,
        "provenance": None if row.provenance is UNSET else Provenance(**msgspec.structs.asdict(row.provenance)),
        "consent": row.consent,
        "licence": row.licence,
        "expires": row.expires,
        "failing_output": ABSENT if row.failing_output is UNSET else row.failing_output,
        "scenario": None if row.scenario is UNSET else decode_scenario(row.scenario, row.input),
        "place": place,
    }


def encode_row(fixture: Fixture) -> JsonObject:
    """The row that ``decode_row`` reads as the same fixture (its place aside). Defaults are left out."""
    row: dict[str, Json] = {"id": fixture.id, "input": fixture.input}
    told: dict[str, Json] = {
        "expected": expected_parts(fixture.expected),
        "context": list(fixture.context),
        "checks": [{"evaluator": one.evaluator, "options": one.options} for one in fixture.checks],
        "slices": _encode_slices(fixture.slices),
        "cluster": fixture.cluster,
        "critical": fixture.is_critical,
        "split": "" if fixture.split is Split.EVAL else str(fixture.split),
        "provenance": _encode_provenance(fixture.provenance),
        "consent": fixture.consent,
        "licence": fixture.licence,
        "expires": fixture.expires,
    }
    row |= {name: value for name, value in told.items() if value}
    if fixture.failing_output is not ABSENT:
        row["failing_output"] = fixture.failing_output
    if fixture.scenario is not None:
        row["scenario"] = fixture.scenario.parts
    return row


def encode_rows(fixtures: Iterable[Fixture]) -> bytes:
    """A ``.jsonl`` file of the fixtures, in the order given."""
    encoder = msgspec.json.Encoder()
    return b"".join(encoder.encode(encode_row(fixture)) + b"\n" for fixture in fixtures)


def default_id(fixture_input: Json) -> str:
    return digest_json(fixture_input).removeprefix("sha256:")[:16]


def fixture_schema() -> dict[str, Any]:
    """The JSON Schema (Draft 2020-12) of one row: it accepts what ``decode_row`` accepts, real dates, patterns
    of scripts and scripted turns beside a simulated user aside.
    """
    (row, expected, messages, turns), definitions = msgspec.json.schema_components(
        [FixtureRow, ExpectedRow, MessagesInput, TurnsInput], ref_template="#/$defs/{name}"
    )
    properties = definitions["FixtureRow"]["properties"]
    properties["expected"] |= {"if": _made_only_of(*sorted(_PARTS)), "then": expected}
    properties["input"]["allOf"] = [
        {"if": _made_only_of("messages"), "then": messages},
        {"if": _made_only_of("turns"), "then": turns},
    ]
    definitions["ScriptLineRow"]["anyOf"] = [{"required": ["say"]}, {"required": ["ends"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **row, "$defs": definitions}


def _made_only_of(*names: str) -> dict[str, Any]:
    return {"type": "object", "minProperties": 1, "propertyNames": {"enum": list(names)}}


def _check_input(value: Json) -> None:
    if not isinstance(value, str) and isinstance(value, Mapping) and len(value) == 1:
        shape = _INPUT_SHAPES.get(frozenset(value))
        if shape is not None:
            msgspec.convert(value, shape)


def _check_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise msgspec.ValidationError(f"{error} - at `$.expires`") from error


def _decode_expected(value: Any) -> Expected:
    if value is UNSET:
        return Expected()
    if not (isinstance(value, dict) and value and value.keys() <= _PARTS):
        return Expected(output=value)
    parts = msgspec.convert(value, ExpectedRow)
    calls = parts.tool_calls
    return Expected(
        output=ABSENT if parts.output is UNSET else parts.output,
        tool_calls=ABSENT
        if calls is UNSET
        else tuple(ToolCall(name=call.name, arguments=call.arguments) for call in calls),
        facts=tuple(parts.facts),
    )


def _decode_slices(slices: Mapping[str, str | list[str]]) -> tuple[Slice, ...]:
    """Sorted and each once: the order in which they were written says nothing."""
    pairs = {
        Slice(dimension, value)
        for dimension, values in slices.items()
        for value in ([values] if isinstance(values, str) else values)
    }
    return tuple(sorted(pairs))


def _encode_slices(slices: Iterable[Slice]) -> JsonObject:
    grouped: dict[str, list[str]] = {}
    for dimension, value in slices:
        grouped.setdefault(dimension, []).append(value)
    return {dimension: values[0] if len(values) == 1 else values for dimension, values in grouped.items()}


def _encode_provenance(provenance: Provenance | None) -> JsonObject:
    if provenance is None:
        return {}
    told = {name: getattr(provenance, name) for name in ProvenanceRow.__struct_fields__}
    return {name: text for name, text in told.items() if text or name == "source"}
