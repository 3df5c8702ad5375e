"""Rows as a store holds them."""

import json
from typing import Any

from gate_action.clients.stores.objects import StoredObject

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}, checks: {}}
"""
ASKED = (
    "Where is my parcel? I ordered it last week.",
    "Do you ship to Norway, and what does it cost?",
    "I want my money back for the broken lamp.",
    "Which opening hours does the shop in Hamburg have?",
    "Can I change the name on my invoice afterwards?",
    "The app closes when I open the basket.",
)


def row(number: int, cluster: str = "refunds", **more: Any) -> dict[str, Any]:
    told = {"id": f"row-{number}", "input": ASKED[number], "expected": f"right {number}", "cluster": cluster}
    return {**told, "failing_output": f"wrong {number}", "provenance": {"source": "loop", "cluster": cluster}, **more}


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in rows)


def stored(*rows: dict[str, Any], name: str = "rows.jsonl") -> StoredObject:
    return StoredObject(name, lines(*rows))
