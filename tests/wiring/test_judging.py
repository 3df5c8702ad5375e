"""What the report tells of a judge: from the lock, from the answers' lengths, and from people's labels in head."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gate_action.codec.labels import encode_lock
from gate_action.config.loading import load_config
from gate_action.engine.finished import Finished
from gate_action.engine.journal import Journal
from gate_action.engine.judge_standing import bar_unmeasured, judge_digests
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.errors import ConfigError
from gate_action.model.comparison import Difference, Finding, Flips, Interval, MetricComparison
from gate_action.model.fixture import Suite
from gate_action.model.judge import Estimate, JudgeQuality, JudgeRecord, JudgeReport
from gate_action.model.metric import Role
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Output, Trial, TrialKey
from gate_action.wiring.judge_records import load_records
from gate_action.wiring.judging import JudgeTeller
from tests.comparison.rows import fixture
from tests.files import FilesInMemory

GATE = """
schema_version: 1
id: desk
fixtures: [fixtures]
target: {kind: command, options: {run: [x]}}
metrics:
  tone: {evaluator: llm_judge, options: {criteria: Is it polite?}}
  answer: {evaluator: exact_match}
judge: {model: openai/m, labels: labels.jsonl}
"""
SUITE = tuple(fixture(f"f{number:03d}") for number in range(40))
HALF = Estimate(0.5, 0.5, 0.5)
QUALITY = JudgeQuality(sensitivity=HALF, specificity=HALF, j=HALF, kappa=HALF, passes=60, fails=60)
CONFIG = load_config(FilesInMemory({"gate.yaml": GATE}))
SCORER = build_scorer(CONFIG.metrics, Suite(fixtures=()), JudgeDefaults(model="openai/m"))


def comparison(metric: str) -> MetricComparison:
    difference = Difference(
        base_mean=0.9,
        head_mean=0.85,
        delta=-0.05,
        interval=Interval(-0.1, 0.0),
        p_value=0.04,
        fixtures=40,
        clusters=40,
        base_trials=40,
        head_trials=40,
        flips=Flips(0, 0),
    )
    return MetricComparison(
        metric=metric, role=Role.PRIMARY, finding=Finding.REGRESSION, difference=difference, head_mean=0.85
    )


def answer(key: TrialKey) -> Output:
    """Head's are twice as long."""
    return Output(content=f"{key.fixture_id} {key.arm}".ljust(20 if key.arm is Arm.BASE else 40, "."))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "run") as opened:
        yield opened


def tell(
    journal: Journal, *, records: Mapping[str, JudgeRecord] | None = None, head: Mapping[str, str] | None = None
) -> tuple[JudgeReport, ...]:
    """The judge passes all of base and half of head."""
    finished = []
    for place, one in enumerate(SUITE):
        for arm in Arm:
            key = TrialKey(one.id, arm, 0)
            value = 1.0 if arm is Arm.BASE else float(place % 2)
            trial = journal.add_trial(Trial(key=key, outcome=answer(key)))
            finished.append(Finished(trial=trial, scores=(Scored(key=key, metric="tone", result=Score(value=value)),)))
    teller = JudgeTeller(
        config=CONFIG,
        metrics=bar_unmeasured(CONFIG.metrics, SCORER, records or {}),
        scorer=SCORER,
        records=records or {},
        fixtures={one.id: one for one in SUITE},
        journal=journal,
        finished=finished,
        head_files=FilesInMemory(head or {}),
    )
    return teller.tell([comparison("tone"), comparison("answer")])


def labels(count: int) -> str:
    """People pass all of base, and a third of head."""
    rows = []
    for place, one in enumerate(SUITE[:count]):
        for arm in Arm:
            digest = answer(TrialKey(one.id, arm, 0)).digest
            told = "pass" if arm is Arm.BASE or place % 3 == 0 else "fail"
            rows.append(json.dumps({"fixture_id": one.id, "output_digest": digest, "label": told}))
    return "\n".join(rows)


def test_a_measured_judge_is_told_with_its_quality_and_what_it_makes_of_the_difference(journal: Journal):
    record = JudgeRecord(judge=judge_digests(SCORER)["tone"], model="m", labels="l", quality=QUALITY)
    (told,) = tell(journal, records={"tone": record})
    assert (told.metric, told.model, told.quality, told.barred) == ("tone", "openai/m", QUALITY, "")
    assert told.corrected is not None
    assert told.corrected.value == -0.1


def test_what_was_measured_of_another_judge_is_not_told_of_this_one(journal: Journal):
    record = JudgeRecord(judge="sha256:0", model="m", labels="l", quality=QUALITY)
    (told,) = tell(journal, records={"tone": record})
    assert (told.quality, told.corrected) == (None, None)
    assert "not the one that was measured" in told.barred


def test_the_length_of_answers_is_told_by_arm(journal: Journal):
    (told,) = tell(journal)
    assert (told.base_length, told.head_length) == (20.0, 40.0)


def test_the_pull_requests_own_labels_are_joined_with_the_judges_scores(journal: Journal):
    (told,) = tell(journal, head={"labels.jsonl": labels(20)})
    assert told.ppi is not None
    assert (told.ppi.labelled, told.ppi.unlabelled) == (20, 20)
    assert told.ppi.delta.value == pytest.approx(-13 / 20)


def test_too_few_labels_of_this_pull_requests_answers_tell_nothing(journal: Journal):
    (told,) = tell(journal, head={"labels.jsonl": labels(5)})
    assert told.ppi is None


def test_labels_that_cannot_be_used_are_an_error(journal: Journal):
    with pytest.raises(ConfigError):
        tell(journal, head={"labels.jsonl": "nonsense"})


def test_the_lock_is_read_beside_gate_yaml_for_this_gate_alone():
    lock = {
        gate: {
            "tone": JudgeRecord(judge="sha256:" + "0" * 64, model=gate, labels="sha256:" + "1" * 64, quality=QUALITY)
        }
        for gate in ("desk", "other")
    }
    assert load_records(FilesInMemory({}), CONFIG) == {}
    records = load_records(FilesInMemory({"judges.lock.yaml": encode_lock(lock)}), CONFIG)
    assert records["tone"].model == "desk"
