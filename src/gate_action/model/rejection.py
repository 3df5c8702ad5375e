"""What a reviewer turned down, so that it does not return. Holds none of the row's words: they may be personal."""

from gate_action.model.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One row that is not to be proposed again, nor one that is nearly equal. A line of ``rejections.jsonl``."""

    id: str
    """The row's id, as it was proposed."""
    input_digest: str
    """``sha256:`` and 64 hex digits of the row's input as canonical JSON."""
    near_key: str = ""
    """What its input is compared by, as ``loop.nearness.near_key`` makes it; empty: only the exact row is known."""
    cluster: str = ""
    reason: str = ""
    reviewer: str = ""
    """A login, or a name; empty: nobody said who."""
    at: str = ""
    """UTC, ``2026-01-31T12:00:00Z``."""
    pull: int | None = None
    """The pull request in which it was turned down; None: it was elsewhere, as in a review at the terminal."""
