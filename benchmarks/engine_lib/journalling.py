"""What writing down costs: the trials, outputs and scores of one run through the gate's own journal, synced."""

import statistics
import time
from pathlib import Path

from engine_lib.workloads import Suite, make_rows


def time_journal(suite: Suite, folder: Path, repeats: int) -> float:
    """Seconds, median: what the journal adds to a run of ``suite``."""
    return statistics.median(_write(suite, folder / str(number)) for number in range(repeats))


def _write(suite: Suite, folder: Path) -> float:
    from gate_action.engine.journal import Journal  # measured apart from the start-up
    from gate_action.model.score import Score, Scored
    from gate_action.model.trial import Arm, Output, Trial, TrialKey, Usage

    made = []
    for row in make_rows(suite.rows):
        key = TrialKey(row.fixture_id, Arm.HEAD, 0)
        trial = Trial(key=key, outcome=Output(content=row.answer), usage=Usage(latency_s=0.01))
        scores = [
            Scored(key=key, metric=metric, result=Score(value=1.0, reason="as expected")) for metric in ("exact", "has")
        ]
        made.append((trial, scores))
    started = time.perf_counter()
    with Journal(folder) as journal:
        for trial, scores in made:
            journal.add_trial(trial)
            journal.add_scores(scores)
    return time.perf_counter() - started
