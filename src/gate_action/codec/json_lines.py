"""Files of a JSON document a line: each line is read, and every fault is told with file:line."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from gate_action.codec.json_text import parse_json
from gate_action.codec.positions import Position, TextError, decode_part, start_of
from gate_action.errors import ConfigError, Problem
from gate_action.model.fixture import Json

Row = TypeVar("Row")


def read_json_lines(content: bytes, path: str, read: Callable[[Json, int], Row]) -> tuple[list[Row], list[Problem]]:
    """What was read, in the file's order, and what could not be.

    ``read`` is given what a line says, and its number; it may raise ValueError or msgspec's ValidationError.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    try:
        lines = content[start_of(content) :].split(b"\n")
    except TextError as error:
        return [], [error.as_problem(path)]
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            text = decode_part(line.rstrip(b"\r"), first_line=number)
            rows.append(read(parse_json(text, first=Position(number, 1)).value, number))
        except TextError as error:
            problems.append(error.as_problem(path))
        except (msgspec.ValidationError, ValueError) as error:
            problems.append(Problem(path=path, line=number, message=str(error)))
    return rows, problems


def decode_json_lines(content: bytes, path: str, what: str, read: Callable[[Json, int], Row]) -> tuple[Row, ...]:
    """As ``read_json_lines``. Raises ConfigError with every fault: ``what`` cannot be used."""
    rows, problems = read_json_lines(content, path, read)
    if problems:
        raise ConfigError(f"{what} {path} cannot be used", problems=tuple(problems))
    return tuple(rows)
