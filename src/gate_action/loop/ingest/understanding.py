"""A span of whatever dialect -> what it says of a turn. Knows names and shapes, and no format of files or servers."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gate_action.codec.user_keys import UserKeys
from gate_action.loop.ingest.dialects import names
from gate_action.loop.ingest.dialects.flattened import unflatten
from gate_action.loop.ingest.dialects.kinds import find_kind
from gate_action.loop.ingest.dialects.messages import Answered, Asked, read_answered, read_asked
from gate_action.loop.ingest.dialects.values import as_text, parse_maybe, read_count, read_number
from gate_action.loop.ingest.polarity import Polarity
from gate_action.loop.ingest.seam import Part, Span
from gate_action.model.loop import AuthorKind

_MOST_CHARS = 2_000_000
"""Of one text: an answer of a novel's length is kept, a memory dump is not."""
_CUT = "… [cut]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What the team says of its spans, beside what everybody writes."""

    users: UserKeys
    polarity: Polarity
    humans: AuthorKind = AuthorKind.END_USER
    """Who speaks where a source says no more than that it is a person."""
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Field -> attributes of the team's own, which come first."""
    slices: Mapping[str, str] = field(default_factory=dict)
    """Dimension -> attribute."""

    def read(self, span: Span, source: str) -> Part:
        """What ``span`` says. Never raises for what stands in it."""
        told: Mapping[str, Any] = span.attributes
        lists = unflatten(told)
        if lists:
            told = {**told, **lists}
        kind = find_kind(told if "operation" not in self.aliases else self._with_operation(told))
        part = Part(
            trace_id=span.trace_id,
            span_id=span.span_id,
            parent_id=span.parent_id,
            start_us=span.start_us,
            end_us=span.end_us,
            is_error=span.is_error,
            source=source,
        )
        self._read_around(part, span, told)
        if kind == "tool":
            _read_tool(part, told)
        elif kind == "retrieval":
            self._read_documents(part, told)
        elif kind:
            kind = self._read_call(part, told, kind)
        part.kind = kind
        return part

    def _read_around(self, part: Part, span: Span, told: Mapping[str, Any]) -> None:
        """What any span of the trace may say: whose conversation, which release."""
        resource = span.resource
        for name, spellings in names.PLAIN.items():
            value = self._text(name, spellings, told) or (_first_text(spellings, resource) if resource else "")
            if value:
                setattr(part, name, value)
        user = self._text("user_id", names.USER, told)
        if user:
            part.user_key = self.users.key(user)
        part.app = _find_app(told, resource)
        consent = self._first("consent", names.CONSENT, told)
        if consent is not None:
            part.consent = _read_consent(consent)
        probability = read_number(self._first("weight", names.PROBABILITY, told))
        if probability is not None and 0 < probability <= 1:
            part.weight = 1.0 if told.get("gate.sampling.stratum") == "feedback" else 1 / probability
        part.slices = self._find_slices(told, resource)

    def _read_call(self, part: Part, told: Mapping[str, Any], kind: str) -> str:
        """Reads an agent's or a model's span. Returns its kind: a chain that answers nobody is none."""
        asked, input_dialect = self._find_asked(told)
        answered, output_dialect = self._find_answered(told)
        if kind == "chain":
            kind = "agent" if (asked.text or asked.messages) and answered.text else ""
            if not kind:
                return ""
        part.dialect = output_dialect or input_dialect
        part.input = _cut(asked.text)
        system = _read_system(told)
        if asked.messages or system:
            part.messages = _cut_json([*system, *asked.messages])
        part.output = _cut(answered.text)
        if answered.tool_calls:
            part.tool_calls = as_text(answered.tool_calls)
        self._read_documents(part, told)
        self._read_figures(part, told)
        return kind

    def _find_asked(self, told: Mapping[str, Any]) -> tuple[Asked, str]:
        best: tuple[Asked, str] = Asked("", []), ""
        for name, dialect in self._spellings(("messages", "input"), names.INPUT):
            value = told.get(name)
            if value is None or value in ("", [], {}):
                continue
            found = read_asked(value)
            if found.text:
                return (found if found.messages else Asked(found.text, best[0].messages)), dialect
            if found.messages and not best[0].messages:
                best = found, dialect
        return best

    def _find_answered(self, told: Mapping[str, Any]) -> tuple[Answered, str]:
        calls: list[dict[str, Any]] = []
        dialect = ""
        for name, own in self._spellings(("output",), names.OUTPUT):
            value = told.get(name)
            if value is None or value in ("", [], {}):
                continue
            found = read_answered(value)
            calls = calls or found.tool_calls
            dialect = dialect or own
            if found.text or found.tool_calls:
                return Answered(found.text, calls), own
        return Answered("", calls), dialect

    def _read_documents(self, part: Part, told: Mapping[str, Any]) -> None:
        value = self._first("context", names.DOCUMENTS, told)
        if value is None and part.kind == "" and not part.output:
            value = told.get("output.value")
        if value not in (None, "", [], ()):
            texts = [text for one in _listed(parse_maybe(value)) if (text := _document_text(one))]
            if texts:
                part.context = _cut_json(texts)

    def _read_figures(self, part: Part, told: Mapping[str, Any]) -> None:
        part.input_tokens = read_count(self._first("input_tokens", names.INPUT_TOKENS, told))
        part.output_tokens = read_count(self._first("output_tokens", names.OUTPUT_TOKENS, told))
        part.cost_usd = read_number(self._first("cost_usd", names.COST, told))
        for name in names.TOKEN_OBJECTS:
            match parse_maybe(told.get(name)):
                case Mapping() as counts:
                    part.input_tokens = part.input_tokens or read_count(counts.get("input", counts.get("input_tokens")))
                    part.output_tokens = part.output_tokens or read_count(
                        counts.get("output", counts.get("output_tokens"))
                    )
        if part.cost_usd is None:
            parts = [cost for name in names.COST_PARTS if (cost := read_number(told.get(name))) is not None]
            part.cost_usd = math.fsum(parts) if parts else _total_cost(told)

    def _find_slices(self, told: Mapping[str, Any], resource: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        found = {
            key[len(names.SLICE_PREFIX) :]: as_text(value)
            for key, value in told.items()
            if key.startswith(names.SLICE_PREFIX)
        }
        for dimension, name in self.slices.items():
            value = told.get(name, resource.get(name))
            if value is not None:
                found[dimension] = as_text(value)
        return tuple((dimension, value) for dimension, value in sorted(found.items()) if dimension and value)

    def _spellings(self, fields: Iterable[str], known: tuple[names.Spelling, ...]) -> Iterable[tuple[str, str]]:
        own = [(name, "own") for wanted in fields for name in self.aliases.get(wanted, ())]
        return (*own, *known) if own else known

    def _first(self, wanted: str, spellings: Iterable[str], told: Mapping[str, Any]) -> Any:
        own = self.aliases.get(wanted)
        for name in (*own, *spellings) if own else spellings:
            if (value := told.get(name)) is not None:
                return value
        return None

    def _text(self, wanted: str, spellings: Iterable[str], told: Mapping[str, Any]) -> str:
        value = self._first(wanted, spellings, told)
        return "" if value is None else as_text(value)[:1_000]

    def _with_operation(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        value = self._first("operation", names.OPERATION, told)
        return told if value is None else {**told, names.OPERATION[0]: value}


def _first_text(spellings: Iterable[str], told: Mapping[str, Any]) -> str:
    return next((as_text(told[name])[:1_000] for name in spellings if told.get(name) is not None), "")


def _find_app(told: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    found = [as_text(place[name]) for name in names.APP for place in (resource, told) if place.get(name)]
    return next((name for name in found if not name.startswith("unknown_service")), "")


def _read_consent(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = as_text(value).strip().lower()
    return "yes" if said in {"yes", "true", "1"} else "no" if said in {"no", "false", "0"} else ""


def _read_system(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    for name in names.SYSTEM:
        if value := told.get(name):
            parsed = parse_maybe(value)
            pieces = _listed(parsed)
            texts = [piece if isinstance(piece, str) else _document_text(piece) for piece in pieces]
            return [{"role": "system", "content": "\n".join(text for text in texts if text)}]
    return []


def _read_tool(part: Part, told: Mapping[str, Any]) -> None:
    name = next((as_text(told[key]) for key in names.TOOL_NAME if told.get(key)), "")
    arguments = next((told[key] for key in names.TOOL_ARGUMENTS if told.get(key) is not None), None)
    if arguments is None:
        arguments = next((told[key] for key, _ in names.INPUT if told.get(key) is not None), None)
    result = next((told[key] for key in names.TOOL_RESULT if told.get(key) is not None), None)
    if result is None:
        result = next((told[key] for key, _ in names.OUTPUT if told.get(key) is not None), None)
    call = {"name": name, "arguments": parse_maybe(arguments), "result": parse_maybe(result)}
    part.tool_calls = _cut_json([call])


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _document_text(one: Any) -> str:
    match one:
        case str():
            return one
        case {"content": str(text)} | {"text": str(text)} | {"page_content": str(text)} | {"document": str(text)}:
            return text
        case {"parts": [*parts]}:
            return "\n".join(_document_text(part) for part in parts)
        case None:
            return ""
        case _:
            return as_text(one)


def _total_cost(told: Mapping[str, Any]) -> float | None:
    for name in names.COST_OBJECTS:
        match parse_maybe(told.get(name)):
            case {"total": cost} | {"total_cost": cost}:
                return read_number(cost)
    return None


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else text[: _MOST_CHARS - len(_CUT)] + _CUT


def _cut_json(entries: list[Any]) -> str:
    """JSON of as many entries as fit, the last ones: a conversation's end says more than its beginning."""
    text = as_text(entries)
    while len(text) > _MOST_CHARS and len(entries) > 1:
        entries = entries[len(entries) // 2 :]
        text = as_text(entries)
    return text if len(text) <= _MOST_CHARS else as_text([_CUT])
