"""Is the answer JSON of a given shape?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, cast

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import Draft202012Validator, extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from gate_action.answers.texts import on_one_line, shown
from gate_action.answers.values import Unreadable, is_list, value_of
from gate_action.evaluators import _schema_keywords
from gate_action.model.fixture import Json, JsonObject
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, Score

_HOLD_VALUES = frozenset({"const", "enum", "default", "examples"})
"""Keywords that hold values: a ``$ref`` in them refers to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonSchema:
    """1 if the answer is JSON that fits ``schema``, else 0. A text answer is read as JSON: all of it, strictly.

    Draft 2020-12 unless ``$schema`` names another. Patterns are RE2's, so that their time is linear; ``format`` is not
    asserted; ``$ref`` reaches into this schema only: nothing is fetched.
    """

    version: ClassVar[str] = "1"
    schema: JsonObject
    allow_fence: bool = False
    """Read a text answer that is one fenced Markdown block, too."""

    def __post_init__(self) -> None:
        if not self.schema:
            raise ValueError("schema: empty, so any JSON would fit; give at least a type")
        try:
            _dialect(self.schema).check_schema(self.schema)
        except SchemaError as error:
            raise ValueError(f"schema: at {error.json_path}: {error.message}") from None
        _refuse_unsafe(self.schema)

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        answer = value_of(ctx.output, allow_fence=self.allow_fence)
        if isinstance(answer, Unreadable):
            return Score(value=0.0, reason=f"{answer.reason}: got {shown(ctx.output.content)}")
        error = next(self._validator().iter_errors(answer), None)
        if error is None:
            return Score(value=1.0, reason="fits the schema")
        return Score(value=0.0, reason=_sentence(error))

    def _validator(self) -> Any:  # jsonschema makes its classes at run time
        return _dialect(self.schema)(self.schema, registry=Registry())


def _dialect(schema: JsonObject) -> Any:
    """The validator class of the draft that ``schema`` names, with our own keywords."""
    return _extended(validator_for(schema, default=Draft202012Validator))


@cache  # making a class takes longer than most answers take to check
def _extended(draft: Any) -> Any:
    return extend(draft, _schema_keywords.KEYWORDS)  # type: ignore[no-untyped-call]  # its stub lacks annotations


def _sentence(error: ValidationError) -> str:
    got, rule = (shown(cast("Json", value)) for value in (error.instance, error.validator_value))
    return f"at {on_one_line(error.json_path, 100)}: got {got}, which breaks {error.validator}: {rule}"


def _refuse_unsafe(schema: JsonObject) -> None:
    """Raises ValueError for what would fetch, lead nowhere, or take more than linear time."""
    registry: Registry[Any] = Registry().with_resource("", DRAFT202012.create_resource(schema))
    keywords: set[str] = set()
    for node in _nodes(schema):
        keywords.update(node)
        _schema_keywords.refuse_bad(node)
        for keyword in ("$ref", "$dynamicRef"):
            reference = node.get(keyword)
            if isinstance(reference, str):
                _refuse_reference(reference, registry)
    if {"patternProperties", "unevaluatedProperties"} <= keywords:
        raise ValueError("schema: patternProperties and unevaluatedProperties do not go together here")


def _refuse_reference(reference: str, registry: "Registry[Any]") -> None:
    if not reference.startswith("#"):
        raise ValueError(f"schema: $ref {reference!r} leads out of this schema, and nothing is fetched")
    try:
        registry.resolver().lookup(reference)
    except Unresolvable:
        raise ValueError(f"schema: $ref {reference!r} leads nowhere") from None


def _nodes(schema: JsonObject) -> Iterator[JsonObject]:
    waiting: list[Json] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            yield node
            waiting.extend(value for name, value in node.items() if name not in _HOLD_VALUES)
        elif is_list(node):
            waiting.extend(node)
