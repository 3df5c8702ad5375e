"""Run folders and score tables made for tests, by the code that writes them in earnest."""

from collections.abc import Callable, Iterable
from pathlib import Path

from gate_action.codec.documents import Manifest
from gate_action.engine.journal import Journal
from gate_action.model.fixture import Fixture
from gate_action.model.run import BaseRule, Fingerprint, Revision, Revisions
from gate_action.model.score import NotScored, Score, Scored
from gate_action.model.trial import Arm, Output, Trial, TrialKey

FINGERPRINT = Fingerprint(suite="s", evaluators="e", target="t")
ScoreOf = Callable[[TrialKey], float | NotScored]


def manifest(fingerprint: Fingerprint = FINGERPRINT, started_at: str = "2026-11-23T10:00:00+00:00") -> Manifest:
    head, base = Revision(sha="b" * 40), Revision(sha="a" * 40)
    return Manifest(
        tool_version="0",
        run_id="r",
        gate_id="g",
        revisions=Revisions(head=head, base=base, rule=BaseRule.GIVEN),
        fingerprint=fingerprint,
        config_digest="c",
        started_at=started_at,
    )


def write_run(
    folder: Path,
    fixtures: Iterable[Fixture],
    score: ScoreOf,
    *,
    trials: int = 3,
    told: Manifest | None = None,
    metric: str = "answer",
) -> Path:
    """Each fixture ``trials`` times on each arm; the answer is the fixture's id, the arm and the attempt."""
    suite = tuple(fixtures)
    with Journal(folder) as journal:
        journal.write_manifest(told or manifest())
        journal.write_fixtures(suite)
        for fixture in suite:
            for arm in Arm:
                for attempt in range(trials):
                    key = TrialKey(fixture.id, arm, attempt)
                    journal.add_trial(Trial(key=key, outcome=Output(content=f"{fixture.id} {arm} {attempt}")))
                    value = score(key)
                    result = value if isinstance(value, NotScored) else Score(value=value)
                    journal.add_scores([Scored(key=key, metric=metric, result=result)])
    return folder


def write_table(path: Path, score: Callable[[int, int], float | str], *, items: int = 100, trials: int = 2) -> Path:
    """A CSV with a quarter of the items in each category of a, b, c, d."""
    rows = [
        f"i{item},{trial},{score(item, trial)},{'abcd'[item % 4]}" for item in range(items) for trial in range(trials)
    ]
    path.write_text("\n".join(["item_id,trial,score,category", *rows]) + "\n", encoding="utf-8")
    return path
