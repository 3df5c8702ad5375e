"""ledger.jsonl: what each cycle of the loop said of each thing that goes wrong. docs/contracts.md."""

from collections.abc import Iterable

import msgspec

from gate_action.codec.json_text import parse_json
from gate_action.codec.positions import Lines, Position, TextError, decode_text
from gate_action.errors import ConfigError, Problem
from gate_action.model.priority import LedgerLine


def decode_ledger(content: bytes, path: str) -> tuple[LedgerLine, ...]:
    """A line a cycle and item, in the file's order. Raises ConfigError with every fault, file:line."""
    try:
        lines = list(Lines(decode_text(content)))
    except TextError as error:
        raise ConfigError(f"{path} cannot be read", problems=(error.as_problem(path),)) from error
    found: list[LedgerLine] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = parse_json(line.rstrip("\r\n"), first=Position(number, 1)).value
            found.append(msgspec.convert(value, LedgerLine))
        except TextError as error:
            problems.append(error.as_problem(path))
        except msgspec.ValidationError as error:
            problems.append(Problem(path=path, line=number, message=str(error)))
    if problems:
        raise ConfigError(f"the ledger {path} cannot be used", problems=tuple(problems))
    return tuple(found)


def encode_ledger(lines: Iterable[LedgerLine]) -> bytes:
    """A line each, keys in one order: a diff shows what a cycle added."""
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
