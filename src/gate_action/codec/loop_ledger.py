"""ledger.jsonl: what each cycle of the loop said of each thing that goes wrong. docs/contracts.md."""

from collections.abc import Iterable

import msgspec

from gate_action.codec.json_lines import decode_json_lines
from gate_action.model.priority import LedgerLine


def decode_ledger(content: bytes, path: str) -> tuple[LedgerLine, ...]:
    """A line a cycle and item, in the file's order. Raises ConfigError with every fault, file:line."""
    return decode_json_lines(content, path, "the ledger", lambda value, _: msgspec.convert(value, LedgerLine))


def encode_ledger(lines: Iterable[LedgerLine]) -> bytes:
    """A line each, keys in one order: a diff shows what a cycle added."""
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
