"""``rejections.jsonl`` <-> Rejection: a line each, sorted, so that two people's additions seldom meet."""

from collections.abc import Iterable

import msgspec

from gate_action.errors import ConfigError, Problem
from gate_action.model.rejection import Rejection


class _Line(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    id: str
    input_digest: str
    near_key: str = ""
    cluster: str = ""
    reason: str = ""
    reviewer: str = ""
    at: str = ""
    pull: int | None = None


_FIELDS = _Line.__struct_fields__


def decode_rejections(content: bytes, path: str) -> tuple[Rejection, ...]:
    """Raises ConfigError with each line that is none."""
    found, problems = [], []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            told = msgspec.json.decode(line, type=_Line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problems.append(Problem(path=path, line=number, message=f"no rejection: {error}"))
        else:
            found.append(Rejection(**msgspec.structs.asdict(told)))
    if problems:
        raise ConfigError(f"{path} cannot be read", problems=tuple(problems))
    return tuple(found)


def encode_rejections(rejections: Iterable[Rejection]) -> bytes:
    """Sorted by id; of two of one id and digest, the first stays."""
    kept: dict[tuple[str, str], Rejection] = {}
    for one in rejections:
        kept.setdefault((one.id, one.input_digest), one)
    encoder = msgspec.json.Encoder()
    ordered = (kept[key] for key in sorted(kept))
    return b"".join(encoder.encode(_Line(**{name: getattr(one, name) for name in _FIELDS})) + b"\n" for one in ordered)
