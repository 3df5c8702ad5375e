"""The loop's tables: names, columns, types and keys, the same on every engine. Knows of no engine."""

from collections.abc import Mapping
from dataclasses import dataclass

Type = str
"""A type as ibis spells it. Times are ``timestamp``: UTC, without a zone. There is no JSON type: engines disagree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    key: tuple[str, ...]
    """A row with the same key replaces the earlier one."""
    columns: Mapping[str, Type]


TABLES: Mapping[str, Table] = {
    # One answer of the application: model.loop.Turn. Its texts as far as a row has them (loop.texts), and what of them
    # the implicit signals are judged by (loop.ingest.traits).
    "turn": Table(
        key=("turn_id",),
        columns={
            "turn_id": "string",
            "trace_id": "string",
            "span_id": "string",
            "conversation_id": "string",
            "join_key": "string",
            "response_id": "string",
            "user_key": "string",
            "at": "timestamp",
            "app": "string",
            "environment": "string",
            "release": "string",
            "prompt_name": "string",
            "prompt_version": "string",
            "model": "string",
            "input": "string",
            "messages": "string",
            "output": "string",
            "context": "string",
            "tool_calls": "string",
            "input_tokens": "int64",
            "output_tokens": "int64",
            "cost_usd": "float64",
            "latency_s": "float64",
            "status": "string",
            "weight": "float64",
            "consent": "string",
            "source": "string",
            "dialect": "string",
            "history": "string",
            "tools": "string",
        },
    ),
    # What goes beyond the beginning of a turn's text: loop.texts. name: the column; place: 1 and on.
    "turn_text": Table(
        key=("turn_id", "name", "place"),
        columns={"turn_id": "string", "name": "string", "place": "int64", "piece": "string"},
    ),
    "turn_slice": Table(
        key=("turn_id", "dimension"), columns={"turn_id": "string", "dimension": "string", "value": "string"}
    ),
    # One statement about a turn: model.loop.Feedback. turn_id: joined when it is known, empty while it is an orphan.
    "feedback": Table(
        key=("feedback_id",),
        columns={
            "feedback_id": "string",
            "turn_id": "string",
            "scope": "string",
            "trace_id": "string",
            "span_id": "string",
            "conversation_id": "string",
            "join_key": "string",
            "kind": "string",
            "name": "string",
            "value": "float64",
            "label": "string",
            "scale": "string",
            "polarity": "int64",
            "comment": "string",
            "correction": "string",
            "author_kind": "string",
            "author_key": "string",
            "at": "timestamp",
            "identifier": "string",
            "source": "string",
            "raw": "string",
        },
    ),
    "classification": Table(
        key=("turn_id", "classifier_digest"),
        columns={
            "turn_id": "string",
            "classifier_digest": "string",
            "classifier": "string",
            "label": "string",
            "sentence": "string",
            "proposed_name": "string",
            "at": "timestamp",
        },
    ),
    "classification_mode": Table(
        key=("turn_id", "classifier_digest", "mode"),
        columns={
            "turn_id": "string",
            "classifier_digest": "string",
            "mode": "string",
            "is_present": "boolean",
            "quote": "string",
        },
    ),
    # What each classification rests on: the digest of what the classifier was shown, by which no turn is asked twice.
    "classification_basis": Table(
        key=("turn_id", "classifier_digest"),
        columns={
            "turn_id": "string",
            "classifier_digest": "string",
            "turn_digest": "string",
            "cause": "string",
            "invented_quotes": "int64",
        },
    ),
    "cluster": Table(
        key=("cluster_id",),
        columns={
            "cluster_id": "string",
            "label": "string",
            "title": "string",
            "sentence": "string",
            "classifier_digest": "string",
            "first_cycle": "string",
            "last_cycle": "string",
            "status": "string",
        },
    ),
    "membership": Table(
        key=("turn_id", "cluster_id"), columns={"turn_id": "string", "cluster_id": "string", "cycle_id": "string"}
    ),
    "cycle": Table(
        key=("cycle_id",),
        columns={
            "cycle_id": "string",
            "at": "timestamp",
            "since": "timestamp",
            "until": "timestamp",
            "classifier_digest": "string",
        },
    ),
    # Which steps of a cycle are done, so that a cycle that was cut off is gone on with.
    "cycle_step": Table(
        key=("cycle_id", "step"),
        columns={"cycle_id": "string", "step": "string", "at": "timestamp", "told": "string"},
    ),
    # The ledger's lines: a new checkout has those that were merged only. line: as in ledger.jsonl.
    "ledger": Table(
        key=("cycle_id", "item"),
        columns={"cycle_id": "string", "item": "string", "at": "timestamp", "line": "string"},
    ),
    # When a promoted row came to stand on the default branch.
    "arrival": Table(key=("row_id",), columns={"row_id": "string", "at": "timestamp"}),
    # A person's time at a review or at labelling, from act to act. It names nobody.
    "sitting": Table(
        key=("sitting_id",),
        columns={
            "sitting_id": "string",
            "kind": "string",
            "at": "timestamp",
            "seconds": "float64",
            "items": "int64",
        },
    ),
    # What GitHub tells of people's time on a pull request of the loop that ended: model.pace.Attention.
    "pull_request": Table(
        key=("number",),
        columns={
            "number": "int64",
            "opened_at": "timestamp",
            "ended_at": "timestamp",
            "is_merged": "boolean",
            "first_act_at": "timestamp",
            "seconds": "float64",
        },
    ),
    # What became of a candidate: model.promotion.Review. It joins a fixture to the person whose turn it was.
    "promotion": Table(
        key=("row_id",),
        columns={
            "row_id": "string",
            "turn_id": "string",
            "user_key": "string",
            "cluster_id": "string",
            "cycle_id": "string",
            "outcome": "string",
            "path": "string",
            "reviewer": "string",
            "seconds": "float64",
            "complained_at": "timestamp",
            "at": "timestamp",
        },
    ),
    # What is said of a merged fix: model.watch. Of one cluster the last one registered counts.
    "watch": Table(
        key=("watch_id",),
        columns={
            "watch_id": "string",
            "cluster_id": "string",
            "commit_sha": "string",
            "pull_request": "int64",
            "registered_at": "timestamp",
            "at": "timestamp",
            "verdict": "string",
            "since": "timestamp",
            "is_open_for_training": "boolean",
        },
    ),
    # What one evaluator of the gate says of one turn. value: NULL where it could not say, and cause says why.
    # probability: with which the turn was drawn.
    "score": Table(
        key=("turn_id", "metric", "evaluator_digest"),
        columns={
            "turn_id": "string",
            "metric": "string",
            "evaluator_digest": "string",
            "evaluator": "string",
            "value": "float64",
            "cause": "string",
            "reason": "string",
            "probability": "float64",
            "at": "timestamp",
        },
    ),
    # How far each source has been read.
    "cursor": Table(key=("source", "name"), columns={"source": "string", "name": "string", "value": "string"}),
    # A line or record that could not be read, and where it stands.
    "fault": Table(
        key=("source", "place"),
        columns={"source": "string", "place": "string", "kind": "string", "message": "string", "at": "timestamp"},
    ),
    # Keyed hashes of what was a forgotten person's, so that what a source still holds of it until then stays out.
    "forgotten": Table(key=("mark",), columns={"mark": "string", "secret_id": "string", "at": "timestamp"}),
    # The spans of which a turn is made, apart from its own, so that feedback on a step finds the turn.
    "step": Table(
        key=("trace_id", "span_id"), columns={"trace_id": "string", "span_id": "string", "turn_id": "string"}
    ),
    # Traces that may still grow: what was read of their spans, packed, in pieces. No analysis looks into it.
    "pending": Table(
        key=("trace_id", "place"),
        columns={"trace_id": "string", "place": "int64", "seen_at": "timestamp", "spans": "binary"},
    ),
}
