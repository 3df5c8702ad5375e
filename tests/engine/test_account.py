"""What a reader is shown of the trials: sums that tell what was not measured, and the pair that shows a change."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gate_action.engine.account import Examples, expected_json, sum_usage
from gate_action.engine.finished import Finished
from gate_action.engine.journal import Journal
from gate_action.model.comparison import ChangeKind, FixtureChange, Tally
from gate_action.model.fixture import Expected, Fixture, Json, ToolCall
from gate_action.model.metric import Metric, Role
from gate_action.model.report import Example, Shown
from gate_action.model.scenario import Scenario
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Fault, Output, Trial, TrialError, TrialKey, Unmeasured, Usage

Scores = Mapping[str, Score | NotScored]
METRICS = (
    Metric(name="answer", evaluator="exact_match"),
    Metric(name="tone", evaluator="llm_judge", role=Role.SECONDARY, pass_at=0.5),
)
SILENT = NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail="nothing is expected")


def finish(journal: Journal, arm: Arm, attempt: int, outcome: Output | TrialError, scores: Scores) -> Finished:
    key = TrialKey("f", arm, attempt)
    trial = journal.add_trial(Trial(key=key, outcome=outcome))
    scored = tuple(Scored(key=key, metric=name, result=result) for name, result in scores.items())
    for one in scored:
        journal.add_scores([one])
    return Finished(trial=trial, scores=scored)


def answered(value: float, reason: str = "") -> Scores:
    return {"answer": Score(value=value, reason=reason)}


def choose(journal: Journal, kind: ChangeKind, *finished: Finished, scenario: Scenario | None = None) -> Example:
    change = FixtureChange(
        fixture_id="f",
        kind=kind,
        base=Tally(1, 2, 0),
        head=Tally(1, 2, 0),
        base_mean=0.5,
        head_mean=0.5,
        metric="answer",
    )
    fixtures = {"f": Fixture(id="f", input="q", scenario=scenario)}
    [example] = Examples(fixtures=fixtures, metrics=METRICS, journal=journal).choose((change,), lambda _: finished)
    return example


@pytest.fixture
def journal(tmp_path: Path):
    with Journal(tmp_path / "run") as opened:
        yield opened


def test_a_fixture_that_got_worse_shows_a_pass_of_base_beside_a_failure_of_head(journal: Journal):
    example = choose(
        journal,
        ChangeKind.REGRESSED,
        finish(journal, Arm.BASE, 0, Output(content="base fails"), answered(0.0)),
        finish(journal, Arm.BASE, 1, Output(content="base passes"), answered(1.0)),
        finish(journal, Arm.HEAD, 0, Output(content="head passes"), answered(1.0)),
        finish(journal, Arm.HEAD, 1, Output(content="head fails"), answered(0.0, "said nothing")),
    )
    assert example.base is not None
    assert example.head is not None
    assert (example.base.text, example.head.text) == ("base passes", "head fails")
    assert example.reasons == {"answer": "said nothing"}


def test_a_fixture_that_got_better_shows_a_failure_of_base_beside_a_pass_of_head(journal: Journal):
    example = choose(
        journal,
        ChangeKind.IMPROVED,
        finish(journal, Arm.BASE, 0, Output(content="base passes"), answered(1.0)),
        finish(journal, Arm.BASE, 1, Output(content="base fails"), answered(0.0)),
        finish(journal, Arm.HEAD, 0, Output(content="head passes"), answered(1.0, "equal")),
    )
    assert example.base is not None
    assert example.base.text == "base fails"
    assert example.reasons == {"answer": "equal"}


@pytest.mark.parametrize(
    ("tone", "told"),
    [
        (Score(value=0.5, reason="friendly"), {}),
        (Score(value=0.4, reason="rude"), {"tone": "rude"}),
        (SILENT, {}),
        (NotScored(cause=NotScoredCause.EVALUATOR_ERROR, detail="no judge"), {"tone": "evaluator_error: no judge"}),
    ],
)
def test_of_the_other_metrics_only_those_that_do_not_pass_say_why(
    journal: Journal, tone: Score | NotScored, told: Mapping[str, str]
):
    head = finish(journal, Arm.HEAD, 0, Output(content="x"), {**answered(0.0, "no"), "tone": tone})
    assert choose(journal, ChangeKind.REGRESSED, head).reasons == {"answer": "no", **told}


def test_an_arm_that_was_not_tried_is_absent_and_an_error_is_shown_with_the_childs_last_words(journal: Journal):
    error = TrialError(fault=Fault.CRASHED, detail="it ended with exit code 7", tail="KeyError: 'x'")
    example = choose(journal, ChangeKind.REGRESSED, finish(journal, Arm.HEAD, 0, error, answered(0.0)))
    assert example.base is None
    assert example.head is not None
    assert (example.head.text, example.head.is_error) == ("it ended with exit code 7\nKeyError: 'x'", True)


def test_of_a_conversation_with_a_simulated_user_the_transcript_is_shown(journal: Journal):
    messages: tuple[Json, ...] = ({"role": "user", "content": "May I?"}, {"role": "assistant", "content": "No."})
    output = Output(content="No.", messages=messages)
    talked = finish(journal, Arm.HEAD, 0, output, answered(0.0))
    example = choose(journal, ChangeKind.REGRESSED, talked, scenario=Scenario(goal="x"))
    assert example.head == Shown(text="user: May I?\n\nassistant: No.")


def test_a_long_answer_is_cut_and_says_by_how_much(journal: Journal):
    example = choose(
        journal, ChangeKind.REGRESSED, finish(journal, Arm.HEAD, 0, Output(content="x" * 9000), answered(0.0))
    )
    assert example.head is not None
    assert example.head.text.endswith("1000 more]")
    assert len(example.head.text) < 8100


def test_sums_are_over_what_was_reported_and_nothing_reported_is_no_zero():
    def trial(attempt: int, usage: Usage) -> Trial:
        return Trial(key=TrialKey("f", Arm.HEAD, attempt), outcome=Output(content=""), usage=usage)

    told = sum_usage([trial(0, Usage(latency_s=1.0, input_tokens=3)), trial(1, Usage(latency_s=2.0))])
    assert tuple(told) == ("head",)
    head = told["head"]
    assert (head.trials, head.errors, head.latency_median_s, head.tokens) == (2, 0, 1.5, 3)
    assert head.cost_usd is Unmeasured.NOT_REPORTED
    priced = [trial(0, Usage(cost_usd=0.5)), trial(1, Usage(cost_usd=Unmeasured.UNPRICED))]
    assert sum_usage(priced)["head"].cost_usd is Unmeasured.UNPRICED


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (Expected(), None),
        (Expected(output="x"), "x"),
        (Expected(facts=("a",)), {"facts": ["a"]}),
        (
            Expected(output=None, tool_calls=(ToolCall(name="t", arguments={"n": 1}),)),
            {"output": None, "tool_calls": [{"name": "t", "arguments": {"n": 1}}]},
        ),
    ],
)
def test_what_is_expected_is_told_as_a_person_writes_it(expected: Expected, told: Json):
    assert expected_json(expected) == told
