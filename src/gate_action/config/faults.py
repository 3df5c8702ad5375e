"""Why gate.yaml's shape is refused: every fault, found by the JSON Schema that its Structs make."""

import msgspec

from gate_action.codec.schema_faults import Explainer, Fault
from gate_action.config.document import GatesShape, OneGateShape
from gate_action.model.fixture import Json

_EXPLAINER = Explainer(is_shown=False)


def find_faults(value: Json, shape: type[OneGateShape | GatesShape]) -> tuple[Fault, ...]:
    """Every fault of a document that was refused as ``shape``; empty: the schema knows of none."""
    from jsonschema import Draft202012Validator  # heavy, and only a faulty file needs it

    (top,), definitions = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    return _EXPLAINER.find(Draft202012Validator({**top, "$defs": definitions}), value)
