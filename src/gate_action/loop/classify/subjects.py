"""A turn and what was said of it, as a classifier is shown it. Knows no classifier and no store."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from gate_action.answers.values import is_list, leaves
from gate_action.model.fixture import Json, JsonObject, digest_json
from gate_action.model.messages import well_formed

_LONGEST_TEXT = 12_000
_KEPT_HEAD = 9_000
"""Of a longer text: its beginning, and as much of its end as there is room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one person said of the turn, or a rule found in its surroundings."""

    name: str
    kind: str = "explicit"
    value: float | None = None
    label: str = ""
    polarity: int = 0
    comment: str = ""
    correction: str = ""
    author_kind: str = "end_user"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Texts as they came from production: hostile."""

    turn_id: str
    voice: str
    """Who speaks: the user, else the conversation, else the turn itself."""
    at: datetime
    input: str
    output: str
    context: str = ""
    """JSON, as in the table ``turn``; so is ``tool_calls``."""
    tool_calls: str = ""
    status: str = "ok"
    statements: tuple[Statement, ...] = ()

    @cached_property
    def record(self) -> JsonObject:
        """What a classifier sees. No ids, no names of people, no times: what is equal here is one question."""
        parts: dict[str, Json] = {
            "documents": _parsed(self.context),
            "tool_calls": _parsed(self.tool_calls),
            "status": "" if self.status == "ok" else self.status,
        }
        told: dict[str, Json] = {"input": _cut(self.input), "answer": _cut(self.output)}
        told |= {name: _cut_all(part) for name, part in parts.items() if part}
        return told | {"feedback": [_statement(one) for one in self.statements]}

    @cached_property
    def digest(self) -> str:
        return digest_json(self.record)

    @property
    def words(self) -> str:
        """What people wrote of it, a text a line."""
        return "\n".join(text for one in self.statements for text in (one.comment, one.correction) if text)


def texts_of(record: JsonObject) -> Iterator[str]:
    """Whatever may be quoted of a record: each of its texts by itself, and each list and object as it was shown."""
    yield from leaves(record, with_names=False)
    for name in ("tool_calls", "documents"):
        if name in record:
            yield json.dumps(record[name], ensure_ascii=False)


def _statement(one: Statement) -> JsonObject:
    told: dict[str, Json] = {
        "label": one.label,
        "comment": _cut(one.comment),
        "correction": _cut(one.correction),
        "author": "" if one.author_kind == "end_user" else one.author_kind,
    }
    value: JsonObject = {} if one.value is None else {"value": one.value}
    return {"name": one.name, "polarity": one.polarity, **value, **{key: text for key, text in told.items() if text}}


def _parsed(text: str) -> Json:
    """JSON, or the text itself where it is none."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text


def _cut_all(value: Json) -> Json:
    """Parts that are themselves lists of texts, which is what applications write; deeper ones are cut as a whole."""
    if isinstance(value, str):
        return _cut(value)
    if is_list(value) and all(isinstance(entry, str) for entry in value):
        return [_cut(str(entry)) for entry in value]
    written = json.dumps(value, ensure_ascii=False)
    return value if len(written) <= _LONGEST_TEXT else _cut(written)


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return well_formed(text)
    tail = text[-(_LONGEST_TEXT - _KEPT_HEAD) :]
    left_out = len(text) - _LONGEST_TEXT
    return well_formed(f"{text[:_KEPT_HEAD]} [... {left_out} characters are left out here ...] {tail}")
