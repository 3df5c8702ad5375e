"""What became of users: a CSV file of a team's own. Knows no disk, and keeps no user's id."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import NamedTuple

from gate_action.codec.positions import TextError, decode_text, near_miss
from gate_action.codec.user_keys import SECRET_NAME, UserKeys
from gate_action.errors import ConfigError, Problem

_COLUMNS = ("user_key", "user_id", "churned", "at")
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class OutcomeRow(NamedTuple):
    """One user."""

    user_key: str
    has_left: bool
    at: datetime | None
    """UTC without a zone. None: the file does not say when."""


def decode_outcomes(content: bytes, path: str, keys: UserKeys) -> tuple[OutcomeRow, ...]:
    """Columns ``user_key`` (as the store has it) or ``user_id`` (as the application has it: it becomes a key at once),
    ``churned`` and, if told, ``at``. Raises ConfigError with every fault, file:line.
    """
    try:
        text = decode_text(content)
    except TextError as error:
        raise ConfigError(f"{path} cannot be read", problems=(error.as_problem(path),)) from error
    reader = csv.DictReader(StringIO(text))
    problems = list(_columns(reader.fieldnames or (), path, keys))
    rows: list[OutcomeRow] = []
    for row in reader if not problems else ():
        try:
            rows.append(_row(row, keys))
        except ValueError as error:
            problems.append(Problem(path=path, line=reader.line_num, message=str(error)))
    if problems:
        raise ConfigError(f"the outcomes in {path} cannot be used", problems=tuple(problems))
    return tuple(rows)


def _columns(names: object, path: str, keys: UserKeys) -> Iterator[Problem]:
    found = [str(name) for name in names] if isinstance(names, list) else []
    for name in found:
        if name not in _COLUMNS:
            hint = near_miss(name, _COLUMNS)
            yield Problem(path=path, line=1, message=f"there is no column {name!r}", hint=hint)
    if ("user_key" in found) == ("user_id" in found):
        yield Problem(path=path, line=1, message="one of the columns user_key and user_id is needed")
    if "churned" not in found:
        yield Problem(path=path, line=1, message="the column churned is missing")
    if "user_id" in found and not keys.secret_id:
        yield Problem(path=path, line=1, message=f"user_id needs {SECRET_NAME}, by which ids become keys")


def _row(row: dict[str, str], keys: UserKeys) -> OutcomeRow:
    """Raises ValueError."""
    word = (row["churned"] or "").strip().lower()
    if word not in _WORDS:
        raise ValueError(f"churned is {row['churned']!r}, not yes or no")
    user_key = row.get("user_key") or keys.key(row.get("user_id") or "")
    if not user_key:
        raise ValueError("no user is named")
    at = datetime.fromisoformat(row["at"].strip()) if (row.get("at") or "").strip() else None
    if at is not None and at.tzinfo is not None:
        at = at.astimezone(UTC).replace(tzinfo=None)
    return OutcomeRow(user_key=user_key, has_left=_WORDS[word], at=at)
