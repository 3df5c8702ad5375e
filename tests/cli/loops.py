"""A repository with a loop: gate.yaml, and a store with turns that somebody complained of."""

from collections.abc import Iterable
from pathlib import Path

from gate_action.loop.store import open_store
from gate_action.model.loop import Feedback, Turn
from tests.loop.complaints import fill

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
"""


def make_loop(folder: Path, turns: Iterable[Turn], feedback: Iterable[Feedback], more: str = "") -> Path:
    """``more``: further lines of gate.yaml. The store's path."""
    (folder / "gate.yaml").write_text(GATE + more)
    path = folder / ".gate" / "loop" / "store.duckdb"
    with open_store(path) as store:
        fill(store, turns, feedback)
    return path
