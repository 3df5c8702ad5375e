"""What of a shelf's files a revision touches, before any of them is written."""

from collections.abc import Callable, Iterable

from gate_action.model.protocols import Revise


def find_changes(names: Iterable[str], read: Callable[[str], bytes], change: Revise) -> dict[str, bytes | None]:
    """Name -> what shall stand there, None for nothing; of those files alone that ``change`` alters."""
    changed: dict[str, bytes | None] = {}
    for name in names:
        before = read(name)
        after = change(name, before)
        if after != before:
            changed[name] = after
    return changed
