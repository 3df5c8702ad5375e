"""JSON Schema's keywords that could take more than linear time, done again: they meet hostile answers."""

from collections.abc import Iterator, Mapping
from typing import Any

import re2
from jsonschema.exceptions import ValidationError

from gate_action.answers.values import is_list
from gate_action.model.fixture import JsonObject, canonical_json


def refuse_bad(node: JsonObject) -> None:
    """Raises ValueError for a pattern in ``node`` that RE2 does not take."""
    named = node.get("patternProperties")
    patterns = [*(named if isinstance(named, Mapping) else ()), node.get("pattern")]
    for pattern in patterns:
        try:
            _is_found(pattern, "") if isinstance(pattern, str) else None
        except re2.error:
            raise ValueError(f"schema: {pattern!r} is no RE2 pattern") from None


def _pattern(_: Any, pattern: str, instance: object, __: JsonObject) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _is_found(pattern, instance):
        yield ValidationError(f"does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: object, _: JsonObject
) -> Iterator[ValidationError]:
    if isinstance(instance, Mapping):
        for pattern, subschema in patterns.items():
            for name in instance:
                if _is_found(pattern, name):
                    yield from validator.descend(instance[name], subschema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, subschema: object, instance: object, schema: JsonObject
) -> Iterator[ValidationError]:
    if not isinstance(instance, Mapping):
        return
    for name in instance:
        if _is_named(name, schema):
            continue
        if subschema is False:
            yield ValidationError(f"{name!r} is not among the properties")
        else:
            yield from validator.descend(instance[name], subschema, path=name)


def _is_named(name: str, schema: JsonObject) -> bool:
    properties, patterns = schema.get("properties"), schema.get("patternProperties")
    if isinstance(properties, Mapping) and name in properties:
        return True
    return isinstance(patterns, Mapping) and any(_is_found(pattern, name) for pattern in patterns)


def _is_found(pattern: str, text: str) -> bool:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options).search(text) is not None


def _unique_items(_: Any, is_asked: object, instance: object, __: JsonObject) -> Iterator[ValidationError]:
    if is_asked and is_list(instance) and len({canonical_json(item) for item in instance}) < len(instance):
        yield ValidationError("an item occurs twice")


KEYWORDS: Mapping[str, Any] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
