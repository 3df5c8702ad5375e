"""From names and options to a Scorer: every fault is told with its place, and judges get their model and prompt."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import pytest

from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.engine.scoring import evaluator_fingerprint
from gate_action.errors import ConfigError
from gate_action.evaluators.llm_judge import LlmJudge
from gate_action.model.fixture import Check, Fixture, Place, Suite
from gate_action.model.metric import Metric

CHECKS = Metric(name="checks", evaluator="")
NO_CHECKS = Suite(fixtures=(Fixture(id="f", input="?"),))


@dataclass(frozen=True, slots=True)
class Revision:
    """Files of base, held in memory."""

    texts: Mapping[str, bytes]
    label: str = "base"

    def find(self, pattern: str) -> tuple[str, ...]:
        return tuple(path for path in self.texts if path == pattern)

    def read(self, path: str) -> bytes:
        if path not in self.texts:
            raise ConfigError(f"base has no file {path}")
        return self.texts[path]

    def open(self, path: str) -> BytesIO:
        return BytesIO(self.read(path))


def suite(*checks: Check, count: int = 1) -> Suite:
    return Suite(
        fixtures=tuple(
            Fixture(id=f"f{index}", input="?", checks=checks, place=Place("fixtures/a.jsonl", index + 1))
            for index in range(count)
        )
    )


def judge_metric(**options: str) -> Metric:
    return Metric(name="grounded", evaluator="llm_judge", options=options)


def judge_of(metric: Metric, defaults: JudgeDefaults | None = None) -> LlmJudge:
    evaluator = build_scorer([metric], NO_CHECKS, defaults).evaluators["grounded"].evaluator
    assert isinstance(evaluator, LlmJudge)
    return evaluator


def test_every_fault_is_told_with_its_place():
    metrics = [
        Metric(name="answer", evaluator="exact_macth"),
        Metric(name="digits", evaluator="regex", options={"pattern": "(", "negat": True}),
        CHECKS,
    ]
    checks = (Check(evaluator="contains", options={"all_of": [""]}), Check(evaluator="nothing", options={}))
    with pytest.raises(ConfigError) as refused:
        build_scorer(metrics, suite(*checks, count=2), path="gates/a.yaml")
    places = [(problem.path, problem.line, problem.field) for problem in refused.value.problems]
    assert places == [
        ("gates/a.yaml", None, "metrics.answer.evaluator"),
        ("gates/a.yaml", None, "metrics.digits.options.negat"),
        ("fixtures/a.jsonl", 1, "checks[0].options.all_of"),
        ("fixtures/a.jsonl", 1, "checks[1].evaluator"),
        ("fixtures/a.jsonl", 2, "checks[0].options.all_of"),
        ("fixtures/a.jsonl", 2, "checks[1].evaluator"),
    ]


def test_checks_that_no_metric_counts_are_refused():
    with pytest.raises(ConfigError, match="no metric counts the checks"):
        build_scorer([Metric(name="a", evaluator="exact_match")], suite(Check(evaluator="refusal", options={})))


def test_a_check_that_does_not_apply_to_its_own_fixture_is_refused():
    with pytest.raises(ConfigError, match=r"fixtures/a\.jsonl:1: checks\[0\]: exact_match does not apply"):
        build_scorer([CHECKS], suite(Check(evaluator="exact_match", options={})))


def test_equal_checks_share_one_evaluator():
    scorer = build_scorer([CHECKS], suite(Check(evaluator="contains", options={"all_of": ["a"]}), count=50))
    assert len({id(named.evaluator) for (named,) in scorer.checks.values()}) == 1


def test_a_judge_gets_the_gate_s_model_unless_it_names_its_own():
    defaults = JudgeDefaults(model="default")
    assert judge_of(judge_metric(preset="factuality"), defaults).model == "default"
    assert judge_of(judge_metric(preset="factuality", model="own"), defaults).model == "own"


def test_a_judge_without_any_model_is_refused():
    with pytest.raises(ConfigError, match=r"metrics\.grounded\.options\.model: no model is given"):
        judge_of(judge_metric(preset="factuality"))


def test_a_judge_s_prompt_is_read_from_base():
    files = Revision({"judges/tone.md": b"It is kind."})
    defaults = JudgeDefaults(model="m", files=files)
    assert judge_of(judge_metric(prompt="judges/tone.md"), defaults).prompt_text == "It is kind."


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (Revision({}), "base has no file judges/tone.md"),
        (Revision({"judges/tone.md": b"\xff"}), "judges/tone.md is no UTF-8 text"),
        (Revision({"judges/tone.md": b" \n"}), "judges/tone.md is empty"),
        (None, "no revision is at hand"),
    ],
)
def test_a_prompt_that_cannot_be_read_is_a_config_error(files: Revision | None, message: str):
    with pytest.raises(ConfigError, match=message):
        judge_of(judge_metric(prompt="judges/tone.md"), JudgeDefaults(model="m", files=files))


def test_a_changed_prompt_or_model_changes_the_fingerprint():
    def fingerprint(text: str, model: str) -> str:
        files = Revision({"p.md": text.encode()})
        defaults = JudgeDefaults(model=model, files=files)
        return evaluator_fingerprint(build_scorer([judge_metric(prompt="p.md")], NO_CHECKS, defaults))

    assert fingerprint("kind", "m") == fingerprint("kind", "m")
    assert len({fingerprint("kind", "m"), fingerprint("curt", "m"), fingerprint("kind", "n")}) == 3
