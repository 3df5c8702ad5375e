"""A store of many turns, and how long `gate-action loop prioritize` takes on it, from the command to the last line."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gate_action.loop.store import open_store

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
state: {path: memory}
"""
RUNS = 3


_STATEMENTS = (
    """
    INSERT INTO turn BY NAME
    SELECT md5(i::VARCHAR) AS turn_id, md5((i // 4)::VARCHAR) AS conversation_id, md5((i // 20)::VARCHAR) AS user_key,
        TIMESTAMP '2026-11-02' + to_seconds(i * 2419200.0 / :turns) AS "at", 'Where is my order ' || i || '?' AS input,
        'On its way.' AS output, 10.0 AS weight, '' AS app, '' AS trace_id, '' AS release, 'ok' AS status
    FROM range(:turns) t(i)
    """,
    """
    INSERT INTO feedback BY NAME
    SELECT md5('f' || turn_id) AS feedback_id, turn_id, 'explicit' AS kind, 'end_user' AS author_kind,
        'thumb' AS name, CASE WHEN random() < 0.7 THEN -1 ELSE 1 END AS polarity, "at"
    FROM turn WHERE random() < 0.05
    """,
    """
    INSERT INTO feedback BY NAME
    SELECT md5('e' || turn_id) AS feedback_id, turn_id, 'implicit' AS kind, 'end_user' AS author_kind,
        'escalation' AS name, -1 AS polarity, "at"
    FROM turn WHERE random() < 0.02
    """,
    """
    INSERT INTO classification BY NAME
    SELECT turn_id, 'sha256:rules' AS classifier_digest, 'rules' AS classifier, "at",
        (['hallucination', 'missed_intent', 'format_error', 'tool_misuse', 'over_refusal', 'under_refusal',
          'not_a_failure'])[1 + floor(random() * 7)::INT] AS label
    FROM turn
    WHERE random() < 0.05 OR turn_id IN (SELECT turn_id FROM feedback WHERE kind = 'explicit')
    """,
    """
    INSERT INTO membership BY NAME
    SELECT turn_id, label || floor(random() * 10)::INT AS cluster_id, '1' AS cycle_id
    FROM classification WHERE label <> 'not_a_failure' AND random() < 0.5
    """,
    """
    INSERT INTO cluster BY NAME
    SELECT DISTINCT cluster_id, regexp_replace(cluster_id, '[0-9]+', '') AS label, cluster_id AS title,
        'sha256:rules' AS classifier_digest, 'open' AS status
    FROM membership
    """,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    turns: int
    feedback: int
    classified: int
    clusters: int
    prioritize: "Took"
    distribution: "Took"
    load: float
    """The machine's load average over the minute before the end."""
    status: "Took"
    """What starting and opening the store takes."""


class Took(NamedTuple):
    """The median of some runs, a process each."""

    wall_s: float
    cpu_s: float
    """Of all its threads: it does not depend on what else the machine does."""


def measure_ranking(turns: int) -> Speed:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "gate.yaml").write_text(GATE)
        (folder / "fixtures").mkdir()
        rows = [
            f'{{"input": "Where is my {what}?", "expected": "Here."}}' for what in ("order", "tent", "bill", "kettle")
        ]
        (folder / "fixtures" / "shop.jsonl").write_text("\n".join(rows))
        counts = _fill(folder / "memory" / "store.duckdb", turns)
        return Speed(
            turns=turns,
            **counts,
            prioritize=_time(folder, "prioritize", "--until", "2026-11-30"),
            distribution=_time(folder, "distribution", "--until", "2026-11-30"),
            status=_time(folder, "status"),
            load=os.getloadavg()[0],
        )


def _fill(path: Path, turns: int) -> dict[str, int]:
    """Four weeks of conversations of four turns; 5% have feedback, 10% are classified, half of those in 60 clusters."""
    with open_store(path) as store:
        store.connection.execute("SELECT setseed(0.5)")
        for statement in _STATEMENTS:
            store.connection.execute(statement.replace(":turns", str(turns)))
        names = {"feedback": "feedback", "classified": "classification", "clusters": "cluster"}
        return {word: store.count(table) for word, table in names.items()}


def _time(folder: Path, step: str, *more: str) -> Took:
    took = []
    for _ in range(RUNS):
        begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "gate_action", "loop", step, "--repository", str(folder), *more]
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        took.append(Took(time.perf_counter() - begun, cpu))
    return sorted(took)[RUNS // 2]


def render_ranking(speed: Speed) -> str:
    return "\n".join(
        [
            "## Speed",
            "",
            (
                f"A DuckDB store of {speed.turns:,} turns, {speed.feedback:,} statements, {speed.classified:,} labels"
                f" and {speed.clusters} clusters. Seconds of a whole command in its own process, median of {RUNS}."
                f" The machine has {os.cpu_count()} cores and had a load of {speed.load:.1f}: where that is more, wall"
                " time is mostly waiting, and CPU time is what the command takes."
            ),
            "",
            "| command | wall | CPU |",
            "| --- | ---: | ---: |",
            f"| `gate-action loop prioritize` {_row(speed.prioritize)}",
            f"| `gate-action loop distribution` {_row(speed.distribution)}",
            f"| `gate-action loop status` (starting and opening the store) {_row(speed.status)}",
        ]
    )


def _row(took: Took) -> str:
    return f"| {took.wall_s:.1f} | {took.cpu_s:.1f} |"
