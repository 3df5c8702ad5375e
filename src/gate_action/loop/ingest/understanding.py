"""A span of whatever dialect -> what it says of a turn. Knows names and shapes, and no format of files or servers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from gate_action.codec.user_keys import UserKeys
from gate_action.loop.ingest.dialects.flattened import unflatten
from gate_action.loop.ingest.dialects.kinds import find_kind
from gate_action.loop.ingest.dialects.messages import Answered, Asked, read_answered, read_asked
from gate_action.loop.ingest.dialects.values import as_text, parse_maybe, read_count, read_number
from gate_action.loop.ingest.dialects.vocabulary import Vocabulary, Word, Words
from gate_action.loop.ingest.polarity import Polarity
from gate_action.loop.ingest.seam import Part, Span
from gate_action.model.loop import AuthorKind

_MOST_CHARS = 2_000_000
"""Of one text: an answer of a novel's length is kept, a memory dump is not."""
_CUT = "… [cut]"
_SHORT = 1_000
_PLAIN = ("conversation_id", "join_key", "response_id", "prompt_name", "prompt_version", "model")
_AROUND = ("environment", "release")
"""Told by the process as well."""


class _Process(NamedTuple):
    """What the spans of one process have in common."""

    resource: Mapping[str, Any]
    words: Words
    app: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What the team says of its spans, beside what everybody writes."""

    users: UserKeys
    polarity: Polarity
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary({}, {}))
    humans: AuthorKind = AuthorKind.END_USER
    """Who speaks where a source says no more than that it is a person."""
    _resources: dict[int, _Process] = field(default_factory=dict)
    """The last one, by the identity of its attributes: many spans share it."""

    def read(self, span: Span, source: str) -> Part:
        """What ``span`` says. Never raises for what stands in it."""
        words = self.vocabulary.read(span.attributes)
        if words.flattened:
            words = self.vocabulary.read({**span.attributes, **unflatten(span.attributes)})
        kind = find_kind(words.best)
        part = Part(
            trace_id=span.trace_id,
            span_id=span.span_id,
            parent_id=span.parent_id,
            start_us=span.start_us,
            end_us=span.end_us,
            is_error=span.is_error,
            source=source,
        )
        self._read_around(part, words, self._read_resource(span.resource))
        if kind == "tool":
            _read_tool(part, words)
        elif kind == "retrieval":
            _read_documents(part, words.best.get("context", _first(words, "output")))
        elif kind:
            kind = _read_call(part, words, kind)
        part.kind = kind
        return part

    def _read_resource(self, resource: Mapping[str, Any]) -> _Process:
        known = self._resources.get(id(resource))
        if known is None or known.resource is not resource:
            words = self.vocabulary.read(resource)
            known = _Process(resource, words, _find_app(words.several.get("app", ())))
            self._resources.clear()
            self._resources[id(resource)] = known
        return known

    def _read_around(self, part: Part, words: Words, around: _Process) -> None:
        """What any span of the trace may say: whose conversation, which release."""
        best, process = words.best, around.words
        for name in _PLAIN:
            if name in best:
                setattr(part, name, as_text(best[name])[:_SHORT])
        for name in _AROUND:
            value = best.get(name, process.best.get(name))
            if value is not None:
                setattr(part, name, as_text(value)[:_SHORT])
        if "user_id" in best:
            part.user_key = self.users.key(as_text(best["user_id"]))
        own_app = words.several.get("app")
        part.app = _find_app((*process.several.get("app", ()), *own_app)) if own_app else around.app
        if "consent" in best:
            part.consent = _read_consent(best["consent"])
        probability = read_number(best.get("weight"))
        if probability is not None and 0 < probability <= 1:
            part.weight = 1.0 if best.get("stratum") == "feedback" else 1 / probability
        if words.slices or process.slices:
            told = {**process.slices, **words.slices}
            part.slices = tuple(sorted((name, as_text(value)[:_SHORT]) for name, value in told.items() if name))


def _find_app(words: Sequence[Word]) -> str:
    named = (as_text(word.value)[:_SHORT] for word in sorted(words, key=lambda word: word.rank))
    return next((name for name in named if not name.startswith("unknown_service")), "")


def _read_call(part: Part, words: Words, kind: str) -> str:
    """Reads an agent's or a model's span. Returns its kind: a chain that answers nobody is none."""
    asked, input_dialect = _find_asked(words.several.get("input", ()))
    answered, output_dialect = _find_answered(words.several.get("output", ()))
    if kind == "chain":
        if not answered.text or not (asked.text or asked.messages):
            return ""
        kind = "agent"
    part.dialect = output_dialect or input_dialect
    part.input = _cut(asked.text)
    system = _read_system(words.best.get("system"))
    if asked.messages or system:
        part.messages = _cut_json([*system, *asked.messages])
    part.output = _cut(answered.text)
    if answered.tool_calls:
        part.tool_calls = as_text(answered.tool_calls)
    _read_documents(part, words.best.get("context"))
    _read_figures(part, words)
    return kind


def _find_asked(words: Sequence[Word]) -> tuple[Asked, str]:
    """The first that has a question; messages of an earlier one are kept beside it."""
    best, dialect = Asked("", []), ""
    for word in words:
        found = read_asked(_unquoted(word))
        if found.text:
            return Asked(found.text, found.messages or best.messages), dialect or word.dialect
        if found.messages and not best.messages:
            best, dialect = found, word.dialect
    return best, dialect


def _unquoted(word: Word) -> Any:
    """MLflow writes every value as JSON, texts in quotes."""
    if word.dialect == "mlflow" and type(word.value) is str and word.value.startswith('"'):
        try:
            return orjson.loads(word.value)
        except orjson.JSONDecodeError:
            return word.value
    return word.value


def _find_answered(words: Sequence[Word]) -> tuple[Answered, str]:
    for word in words:
        found = read_answered(_unquoted(word))
        if found.text or found.tool_calls:
            return found, word.dialect
    return Answered("", []), ""


def _read_documents(part: Part, value: Any) -> None:
    if value not in (None, "", [], ()):
        texts = [text for one in _listed(parse_maybe(value)) if (text := _document_text(one))]
        if texts:
            part.context = _cut_json(texts)


def _read_figures(part: Part, words: Words) -> None:
    best, several = words.best, words.several
    part.input_tokens = read_count(best.get("input_tokens"))
    part.output_tokens = read_count(best.get("output_tokens"))
    part.cost_usd = read_number(best.get("cost_usd"))
    for word in several.get("token_object", ()):
        counts = parse_maybe(word.value)
        if isinstance(counts, dict):
            if part.input_tokens is None:
                part.input_tokens = read_count(counts.get("input", counts.get("input_tokens")))
            if part.output_tokens is None:
                part.output_tokens = read_count(counts.get("output", counts.get("output_tokens")))
    if part.cost_usd is None:
        told = [cost for word in several.get("cost_part", ()) if (cost := read_number(word.value)) is not None]
        part.cost_usd = math.fsum(told) if told else _total_cost(several.get("cost_object", ()))


def _total_cost(words: Sequence[Word]) -> float | None:
    for word in words:
        match parse_maybe(word.value):
            case {"total": cost} | {"total_cost": cost}:
                return read_number(cost)
    return None


def _read_consent(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = as_text(value).strip().lower()
    return "yes" if said in {"yes", "true", "1"} else "no" if said in {"no", "false", "0"} else ""


def _read_system(value: Any) -> list[dict[str, Any]]:
    if value in (None, "", [], ()):
        return []
    texts = [_document_text(piece) for piece in _listed(parse_maybe(value))]
    return [{"role": "system", "content": "\n".join(text for text in texts if text)}]


def _read_tool(part: Part, words: Words) -> None:
    given = words.best.get("tool_arguments", _first(words, "input"))
    arguments = words.best.get("tool_parameters") if given is None else given
    result = words.best.get("tool_result", _first(words, "output"))
    name = as_text(words.best.get("tool_name"))[:_SHORT]
    part.tool_calls = _cut_json([{"name": name, "arguments": parse_maybe(arguments), "result": parse_maybe(result)}])


def _first(words: Words, meaning: str) -> Any:
    found = words.several.get(meaning)
    return found[0].value if found else None


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _document_text(one: Any) -> str:
    if type(one) is dict and type(text := one.get("content")) is str:  # nearly always
        return text
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


def _cut(text: str) -> str:
    text = as_text(text)
    return text if len(text) <= _MOST_CHARS else text[: _MOST_CHARS - len(_CUT)] + _CUT


def _cut_json(entries: list[Any]) -> str:
    """JSON of as many entries as fit, the last ones: a conversation's end says more than its beginning."""
    text = as_text(entries)
    while len(text) > _MOST_CHARS and len(entries) > 1:
        entries = entries[len(entries) // 2 :]
        text = as_text(entries)
    return text if len(text) <= _MOST_CHARS else as_text([_CUT])
