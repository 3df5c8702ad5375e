"""Why a fixture's row is refused: every fault of it, found by the JSON Schema. Used only once the fast path refused."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from gate_action.codec.positions import Places
from gate_action.codec.rows import fixture_schema
from gate_action.codec.scenario_rows import find_scenario_faults
from gate_action.codec.schema_faults import Explainer, Fault
from gate_action.model.fixture import Json

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_EXPLAINER = Explainer(
    meant={
        "answer": "expected",
        "completion": "expected",
        "expected_output": "expected",
        "ideal": "expected",
        "label": "expected",
        "reference": "expected",
        "prompt": "input",
        "query": "input",
        "question": "input",
        "documents": "context",
        "metadata": "slices",
        "tags": "slices",
        "license": "licence",
    }
)


def find_faults(row: Json) -> tuple[Fault, ...]:
    """Every fault of one row; empty: there is none."""
    faults = _EXPLAINER.find(validator(), row)
    if not isinstance(row, Mapping):
        return faults
    told = {fault.path[:1] for fault in faults}
    dates = _date_faults(row.get("expires")) if ("expires",) not in told else ()
    return (*faults, *dates, *(find_scenario_faults(row) if ("scenario",) not in told else ()))


def find_ambiguous(places: Places) -> Iterator[Fault]:
    """Bare words of a YAML row, where any value would do, that are probably not what their writer meant."""
    for path, word in places.ambiguous():
        message = f"the bare word {word} is not read as text"
        yield Fault(path, message, f'write "{word}" if it is one; else true, false or a plain number')


@cache
def validator() -> "Draft202012Validator":
    """The schema's own judge; also the oracle of the fast path's tests."""
    from jsonschema import Draft202012Validator  # heavy, and only a faulty row needs it

    return Draft202012Validator(fixture_schema())


def _date_faults(expires: Json) -> Iterator[Fault]:
    if isinstance(expires, str) and expires:
        try:
            date.fromisoformat(expires)
        except ValueError:
            yield Fault(("expires",), f"{expires!r} is no date", "write it like 2027-01-31")
