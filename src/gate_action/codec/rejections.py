"""``rejections.jsonl`` <-> Rejection: a line each, sorted, so that two people's additions seldom meet."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import asdict

from gate_action.codec.json_lines import decode_json_lines
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
    return decode_json_lines(
        content, path, "the rejections in", lambda value, _: Rejection(**asdict(msgspec.convert(value, _Line)))
    )


def encode_rejections(rejections: Iterable[Rejection]) -> bytes:
    """Sorted by id; of two of one id and digest, the first stays."""
    kept: dict[tuple[str, str], Rejection] = {}
    for one in rejections:
        kept.setdefault((one.id, one.input_digest), one)
    encoder = msgspec.json.Encoder()
    ordered = (kept[key] for key in sorted(kept))
    return b"".join(encoder.encode(_Line(**{name: getattr(one, name) for name in _FIELDS})) + b"\n" for one in ordered)
