"""Fixtures from elsewhere are pinned by the digest of their content: what a reviewer has seen is what gates."""

import re

from gate_action.errors import StoreError

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def check_digest(digest: str) -> None:
    """Raises ValueError, which begins with the option's name. Empty: nothing is pinned."""
    if digest and not _DIGEST.fullmatch(digest):
        raise ValueError("digest: is sha256: and 64 hex digits")


def refuse_other(what: str, *, found: str, pinned: str) -> None:
    """Raises StoreError: ``what`` holds something else by now. ``pinned`` empty: whatever it holds counts."""
    if pinned and found != pinned:
        raise StoreError(
            f"{what} is not what was pinned: its digest is {found}, gate.yaml says {pinned}",
            hint="review what changed there, then write its digest into gate.yaml",
        )
