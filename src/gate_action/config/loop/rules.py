"""What the shapes of ``loop`` and ``state`` cannot say."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from gate_action.codec.schema_faults import Fault
from gate_action.config.loop.state import StateShape


def broken_state_rules(state: StateShape) -> Iterator[Fault]:
    """Every rule that a well-shaped ``state`` breaks."""
    if PurePosixPath(state.path).is_absolute() or ".." in PurePosixPath(state.path).parts:
        hint = "give a path relative to its top; --store names a file anywhere"
        yield Fault(("state", "path"), f"{state.path!r} leaves the repository", hint)
    if state.bucket and state.branch:
        yield Fault(("state", "branch"), "the store has one home: a bucket or a branch")
    if state.branch and not state.key:
        message = "a branch holds what users said only encrypted, and no key is named"
        yield Fault(("state",), message, "write key: GATE_STATE_KEY, and put a long random text into that secret")
    if state.bucket and bool(state.bucket.access_key) != bool(state.bucket.secret_key):
        yield Fault(("state", "bucket"), "access_key and secret_key go together")
    if state.branch and state.branch.token and not state.branch.remote:
        yield Fault(("state", "branch", "token"), "opens remote, and none is named")
