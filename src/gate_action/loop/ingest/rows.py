"""Rows of JSON lines and CSV -> turns and feedback, by a mapping or as a known export writes them."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gate_action.config.loop.ingest import FeedbackColumns, RowsShape
from gate_action.loop.ingest.assembling import make_turn_id
from gate_action.loop.ingest.dialects.messages import read_answered, read_asked
from gate_action.loop.ingest.dialects.values import as_text, parse_maybe, read_count, read_number
from gate_action.loop.ingest.gathering import Gathering
from gate_action.loop.ingest.ids import span_id, trace_id
from gate_action.loop.ingest.statements import Statement
from gate_action.loop.ingest.times import read_time, utc
from gate_action.model.loop import FaultKind, Turn

_ANNOTATION = re.compile(r"annotation\.(?P<name>.+)\.(?P<kind>text|label|score|rating|thumbs)")
_NOTES = "annotation.notes"
_SPAN = ("context.span_id", "span_id", "spanId")
_TRACE = ("context.trace_id", "trace_id", "traceId")
_AT = ("annotation.updated_at", "updated_at", "start_time", "created_at", "timestamp")
_MOST_COLUMNS = 1_000
_LONGEST = 1_000
"""Characters of a message."""
_PLAIN = ("app", "environment", "release", "prompt_name", "prompt_version", "model", "response_id")


class Rows:
    """Reads one row at a time into a batch in the making."""

    def __init__(self, gathering: Gathering, shape: RowsShape | None) -> None:
        self._to = gathering
        self._shape = shape
        self.digest = hashlib.sha256(msgspec.json.encode(shape)).hexdigest()[:16] if shape else ""
        """Of the mapping."""
        self._columns: dict[str, None] = {}
        """Of the present file: all that its rows had, in their order."""

    def begin(self) -> None:
        """Another file."""
        self._columns = {}

    def tell_missing(self, file: str, *, is_table: bool) -> None:
        """The file has been read: does it have what the mapping names? A table has each column in its first line; of
        JSON's rows each may lack what is not at hand, but not all of them what was asked and answered.
        """
        if self._shape is None or not self._columns:
            return
        wanted = [*(self._shape.turn.values() if is_table else self._told_of_turn())]
        if is_table:
            wanted += self._shape.slices.values()
            for columns in self._shape.feedback:
                named = (columns.value, columns.label, columns.comment, columns.correction, columns.at, columns.user_id)
                wanted += [name for name in named if name]
        missing = [name for name in dict.fromkeys(wanted) if not self._has(name)]
        if missing:
            message = f"rows: maps {', '.join(missing)}, which no row here has; they have {', '.join(self._columns)}"
            self._to.fault(file, FaultKind.INVALID, message[:_LONGEST])

    def _told_of_turn(self) -> list[str]:
        assert self._shape is not None  # noqa: S101  # asked by the caller
        return [path for name, path in self._shape.turn.items() if name in {"input", "messages", "output"}]

    def _has(self, path: str) -> bool:
        return path in self._columns or path.split(".", maxsplit=1)[0] in self._columns

    def add(self, row: Mapping[str, Any], place: str) -> bool:
        """Is it a row that somebody can read?"""
        if len(self._columns) < _MOST_COLUMNS:
            self._columns.update(dict.fromkeys(row))
        if self._shape is not None:
            self._add_mapped(row, place, self._shape)
            return True
        return self._add_annotated(row, place)

    def _add_mapped(self, row: Mapping[str, Any], place: str, shape: RowsShape) -> None:
        told: dict[str, Any] = {
            str(name): value for name, path in shape.turn.items() if (value := find(row, path)) not in (None, "")
        }
        at_us = read_time(told.get("at"))
        ids = {"trace_id": trace_id(told.get("trace_id")), "span_id": span_id(told.get("span_id"))}
        if "input" in told or "messages" in told or "output" in told:
            if not at_us:
                self._to.fault(place, FaultKind.INVALID, _untimed(told.get("at")))
                return
            self._add_turn(row, told, ids, at_us)
        for columns in shape.feedback:
            self._add_feedback(row, place, columns, told | ids | {"at": at_us})

    def _add_turn(self, row: Mapping[str, Any], told: dict[str, Any], ids: dict[str, str], at_us: int) -> None:
        shape, users = self._shape, self._to.understanding.users
        assert shape is not None  # noqa: S101  # asked by the caller
        asked = read_asked(told.get("messages", told.get("input", "")))
        answered = read_answered(told.get("output", ""))
        own = as_text(told.get("id")) or ids["span_id"] or ids["trace_id"] or as_text(told.get("join_key"))
        row_id = own or hashlib.sha256(as_text(dict(row)).encode("utf-8", "surrogatepass")).hexdigest()
        slices = {name: as_text(value) for name, path in shape.slices.items() if (value := find(row, path)) is not None}
        self._to.is_understood = True
        self._to.turns.append(
            Turn(
                turn_id=make_turn_id(ids["trace_id"] or self._to.source, row_id),
                **ids,
                conversation_id=as_text(told.get("conversation_id")),
                join_key=as_text(told.get("join_key", told.get("id"))),
                user_key=users.key(as_text(told.get("user_id"))),
                at=utc(at_us),
                input=as_text(told["input"]) if "input" in told and not asked.messages else asked.text,
                messages=as_text(asked.messages) if asked.messages else "",
                output=answered.text,
                context=_as_list(told.get("context")),
                tool_calls=_as_list(told.get("tool_calls")) or (as_text(answered.tool_calls or "")),
                input_tokens=read_count(told.get("input_tokens")),
                output_tokens=read_count(told.get("output_tokens")),
                cost_usd=read_number(told.get("cost_usd")),
                latency_s=read_number(told.get("latency_s")),
                weight=read_number(told.get("weight")),
                consent=_consent(told.get("consent")),
                source=self._to.source,
                dialect="rows",
                slices=tuple(sorted(slices.items())),
                **{name: as_text(told.get(name)) for name in _PLAIN},
            )
        )

    def _add_feedback(self, row: Mapping[str, Any], place: str, columns: FeedbackColumns, told: dict[str, Any]) -> None:
        said = {name: _find(row, getattr(columns, name)) for name in ("value", "label", "comment", "correction")}
        if not any(value not in (None, "") for value in said.values()):
            return
        at_us = read_time(_find(row, columns.at)) or told["at"]
        if not at_us:
            self._to.fault(place, FaultKind.INVALID, f"{columns.name} has no time: map a column to `at`")
            return
        target: dict[str, Any] = {name: as_text(told.get(name)) for name in ("trace_id", "span_id", "conversation_id")}
        join_key = told.get("join_key", told.get("response_id", told.get("id")))
        if not join_key and not any(target.values()):
            self._to.fault(
                place, FaultKind.INVALID, f"{columns.name} names no turn: map trace_id, join_key or the like"
            )
            return
        user = _find(row, columns.user_id) or told.get("user_id")
        self._to.state(
            Statement(
                name=columns.name, **said, **target, join_key=join_key, author=columns.author, user_id=user, at_us=at_us
            )
        )

    def _add_annotated(self, row: Mapping[str, Any], place: str) -> bool:
        """A row of Future AGI's export: ``annotation.{name}.{kind}`` columns beside ``context.span_id``. Other columns
        are attributes of the span.
        """
        span = next((row[name] for name in _SPAN if row.get(name)), None)
        found: dict[str, dict[str, Any]] = {}
        for column, value in row.items():
            if value not in (None, "") and (match := _ANNOTATION.fullmatch(column)):
                found.setdefault(match["name"], {})[match["kind"]] = value
        is_known = span is not None and any(column.startswith("annotation.") for column in row)
        if not is_known:
            return False
        target: dict[str, Any] = {
            "span_id": span_id(span),
            "trace_id": trace_id(next((row[n] for n in _TRACE if row.get(n)), None)),
        }
        at_us = next((at for name in _AT if (at := read_time(row.get(name)))), 0)
        notes = row.get(_NOTES)
        if notes and not found:
            found["notes"] = {}
        for name, kinds in found.items():
            value = next((kinds[kind] for kind in ("thumbs", "rating", "score") if kind in kinds), None)
            comment = "\n".join(as_text(one) for one in (kinds.get("text"), notes) if one)
            number = read_number(value)
            self._to.state(
                Statement(
                    name=name,
                    value=value if number is None else number,
                    label=kinds.get("label"),
                    comment=comment,
                    author=row.get("annotation.annotator_kind", "human"),
                    own_id=f"{target['span_id']}\0{name}",
                    at_us=at_us,
                    scale=next((kind for kind in ("thumbs", "rating", "score") if kind in kinds), ""),
                    **target,
                )
            )
        del place
        return True


def _untimed(told: Any) -> str:
    if told is None:
        return "the row has no time: map a column to `at`"
    return f"{as_text(told)[:40]!r} is no time that is read: write ISO 8601, or a number since 1970"


def find(row: Mapping[str, Any], path: str) -> Any:
    """The column of that name, or what stands at the dotted path. None: there is nothing."""
    if path in row:
        return row[path]
    value: Any = row
    for step in path.split("."):
        value = parse_maybe(value)
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _find(row: Mapping[str, Any], path: str | None) -> Any:
    return find(row, path) if path else None


def _as_list(value: Any) -> str:
    """A JSON list; a text alone is a list of one."""
    if value in (None, "", [], ()):
        return ""
    parsed = parse_maybe(value)
    return as_text(parsed if isinstance(parsed, list) else [parsed])


def _consent(value: Any) -> str:
    said = as_text(value).strip().lower()
    return "yes" if said in {"yes", "true", "1"} else "no" if said in {"no", "false", "0"} else ""
