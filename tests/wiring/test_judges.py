"""What a judge lacks is told before anything is spent."""

import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gate_action.clients.files import FolderFiles
from gate_action.config.loading import load_config
from gate_action.engine.budget import Purse
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.errors import ConfigError, MissingKeyError
from gate_action.model.fixture import Fixture, Suite
from gate_action.model.metric import Budget
from gate_action.model.run import Build
from gate_action.wiring.judges import Judges
from gate_action.wiring.pacing import Doors

GATE = """
schema_version: 1
fixtures: [fixtures]
target: {kind: command, options: {run: [cat]}}
judge: {model: openai/tiny, key: JUDGE_KEY}
metrics: {answer: {evaluator: EVALUATOR}}
"""
JUDGED = "llm_judge, options: {criteria: It is kind.}"


async def no_build() -> Build:
    raise AssertionError("nothing is built to find out what is missing")


def check(folder: Path, evaluator: str, **environ: str) -> None:
    (folder / "gate.yaml").write_text(GATE.replace("EVALUATOR", evaluator), encoding="utf-8")
    config = load_config(FolderFiles(folder))
    suite = Suite(fixtures=(Fixture(id="f", input="x"),))
    scorer = build_scorer(config.metrics, suite, JudgeDefaults(model="openai/tiny"))
    judges = Judges(
        config=config,
        environ=environ,
        purse=Purse(budget=Budget()),
        doors=Doors(limits=config.limits),
        stack=AsyncExitStack(),
        base=no_build,
    )
    judges.check(scorer)


def test_a_judge_without_its_key_is_refused(tmp_path: Path):
    with pytest.raises(MissingKeyError, match="JUDGE_KEY"):
        check(tmp_path, JUDGED)
    check(tmp_path, JUDGED, JUDGE_KEY="k")


def test_a_judge_without_the_library_that_calls_models_is_refused_and_no_other_metric_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "litellm", None)  # as if it were not installed
    with pytest.raises(ConfigError, match="a judge needs litellm"):
        check(tmp_path, JUDGED, JUDGE_KEY="k")
    check(tmp_path, "refusal")
