"""A store for tests, with a week before a deployment and the time after it: turns, scores, complaints, a cluster."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from gate_action.loop.store import Store, arrow_table, open_store
from gate_action.loop.tables import TABLES

DEPLOYED = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
MODE, CLUSTER, CLASSIFIER = "over_refusal", "c-over-refusal-1", "sha256:classifier"
GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
state: {path: memory}
"""


@dataclass(kw_only=True)
class Production:
    """``after``: (hours, failing share), one stretch after the other."""

    deployed: datetime = DEPLOYED
    before: float = 0.1
    after: tuple[tuple[int, float], ...] = ((168, 0.05),)
    an_hour: int = 20
    seed: int = 1
    unknown_after: float = 0.0
    in_cluster: float = 0.0
    """Share of the failing turns before that are known to be in the cluster."""
    are_all_scored: bool = True
    """False: only turns that somebody complained of are, half of the failing ones."""
    other_complaints: tuple[float, float] = (0.0, 0.0)
    """Share of the turns with another failure that is complained of, before and after."""
    scored_until: datetime | None = None
    """The classifier has not seen later turns yet."""
    languages: tuple[float, float] | None = None
    """The share of German before and after; German fails three times as often."""
    _rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        with open_store(path) as store:
            self.fill(store)
        return path

    def fill(self, store: Store) -> None:
        rng = np.random.default_rng(self.seed)
        start = self.deployed.replace(hour=0) - timedelta(days=8)
        hours_before = int((self.deployed - start).total_seconds() // 3600)
        rates = np.concatenate(
            [np.full(hours_before, self.before), *(np.full(hours, rate) for hours, rate in self.after)]
        )
        for name in (
            "turn",
            "turn_slice",
            "classification",
            "classification_mode",
            "feedback",
            "cluster",
            "membership",
        ):
            self._rows[name] = []
        for hour, rate in enumerate(rates):
            for number in range(self.an_hour):
                at = start + timedelta(hours=hour, seconds=int(3600 * number / self.an_hour))
                self._add_turn(f"t{hour:05}-{number:03}", at, float(rate), rng)
        self._rows["cluster"].append(
            blank("cluster")
            | {"cluster_id": CLUSTER, "label": MODE, "classifier_digest": CLASSIFIER, "status": "promoted"}
        )
        for name, rows in self._rows.items():
            store.upsert(name, arrow_table(name, rows))

    def _add_turn(self, turn_id: str, at: datetime, rate: float, rng: np.random.Generator) -> None:
        is_after = at >= self.deployed
        if self.languages:
            german = bool(rng.random() < self.languages[is_after])
            rate *= 3.0 if german else 1.0
            language = "de" if german else "en"
            self._rows["turn_slice"].append({"turn_id": turn_id, "dimension": "language", "value": language})
        is_failing = bool(rng.random() < rate)
        is_unknown = is_after and bool(rng.random() < self.unknown_after)
        when = at.replace(tzinfo=None)
        turn = {"turn_id": turn_id, "at": when, "user_key": f"user-{turn_id}", "join_key": f"msg-{turn_id}"}
        self._rows["turn"].append(blank("turn") | turn | {"release": "v2" if is_after else "v1"})
        if is_failing and not is_after and bool(rng.random() < self.in_cluster):
            row = {"turn_id": turn_id, "cluster_id": CLUSTER, "cycle_id": "1"}
            self._rows["membership"].append(row)
        is_other = not is_failing and bool(rng.random() < self.other_complaints[is_after])
        is_complained = is_other or (is_failing and bool(rng.random() < 0.5))
        label = "unknown" if is_unknown else MODE if is_failing else "format_error" if is_other else "not_a_failure"
        if is_complained:
            said = {"feedback_id": f"f-{turn_id}", "turn_id": turn_id, "at": when + timedelta(hours=1)}
            words = {"polarity": -1, "author_kind": "end_user", "kind": "explicit", "comment": "<b>useless</b>"}
            self._rows["feedback"].append(blank("feedback") | said | words)
        is_seen = self.scored_until is None or at < self.scored_until
        if is_seen and (self.are_all_scored or is_complained):
            told = {"turn_id": turn_id, "classifier_digest": CLASSIFIER, "label": label, "at": when}
            self._rows["classification"].append(blank("classification") | told)


def blank(name: str) -> dict[str, Any]:
    empty = {"string": "", "int64": None, "float64": None, "boolean": None, "timestamp": None}
    return {column: empty[kind] for column, kind in TABLES[name].columns.items()}
