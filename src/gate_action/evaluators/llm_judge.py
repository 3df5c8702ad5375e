"""Asks a model: one criterion, a closed set of verdicts, quotes that are checked. A judge that fails gives no score."""

from dataclasses import dataclass
from typing import ClassVar

from gate_action.answers.texts import is_empty, on_one_line
from gate_action.answers.values import Unreadable
from gate_action.evaluators._judge_answer import Judgement, read_judgement
from gate_action.evaluators._judge_criteria import CRITERIA, Preset
from gate_action.evaluators._judge_prompt import (
    CANNOT_TELL,
    Question,
    build_messages,
    build_record,
    build_repair,
)
from gate_action.model.fixture import ABSENT, Fixture, JsonObject, digest_json
from gate_action.model.messages import Messages
from gate_action.model.protocols import Complete, EvaluationContext
from gate_action.model.score import NotScored, NotScoredCause, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of a rubric."""

    label: str
    score: float
    """In [0, 1]."""
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmJudge:
    """A model's verdict by ``preset``, ``criteria`` or ``prompt``: 1 for pass, 0 for fail, or a rubric level's score.

    The answer and all else in the record are data to the judge, never instructions; it has no tools, answers in a
    closed JSON shape, and its quotes must occur in the record. What cannot be used is asked for once more; then, as
    when the judge cannot tell or cannot be reached, there is no score. No answer at all gets the lowest, unasked.
    """

    version: ClassVar[str] = "1"
    is_judge: ClassVar[bool] = True
    """Its ``model`` defaults to gate.yaml's ``judge.model``, and ``prompt`` is read from base's revision."""
    preset: Preset | None = None
    criteria: str = ""
    """In your own words: what a passing answer does."""
    prompt: str = ""
    """A file of the repository that holds the criteria instead."""
    prompt_text: str = ""
    """That file's text at base's revision: filled in by the gate."""
    rubric: tuple[Level, ...] = ()
    """Levels instead of pass and fail, each with its score."""
    model: str = ""
    max_characters: int = 100_000
    """A longer record is not judged: what a judge does not see it cannot judge."""

    def __post_init__(self) -> None:
        given = [bool(self.preset), bool(self.criteria.strip()), bool(self.prompt or self.prompt_text)]
        if sum(given) > 1:
            raise ValueError("give one of preset, criteria and prompt")
        if not any(given) and not self.rubric:
            raise ValueError("give one of preset, criteria and prompt, or a rubric")
        if self.preset and self.rubric:
            raise ValueError("rubric: a preset has its own verdicts")
        if self.rubric:
            _refuse_bad(self.rubric)

    def applies_to(self, fixture: Fixture) -> bool:
        expected = fixture.expected
        return self.preset is not Preset.FACTUALITY or expected.output is not ABSENT or bool(expected.facts)

    @property
    def digest(self) -> str:
        """Of all that the judge is told beside the record, its model, and how its answer is read."""
        question = self._question()
        return digest_json(
            {
                "instructions": question.instructions,
                "schema": question.schema,
                "scores": question.scores,
                "model": self.model,
                "version": self.version,
            }
        )

    def identity(self) -> JsonObject:
        """What decides a verdict: where a prompt's file lies does not."""
        return {"digest": self.digest, "max_characters": self.max_characters}

    async def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        if not self.applies_to(ctx.fixture):
            detail = "the fixture expects neither an output nor facts"
            return NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail=detail)
        if not self.model:
            return _could_not("no model is given")
        if self.prompt and not self.prompt_text.strip():
            return _could_not(f"the prompt {self.prompt} is empty or was not read")
        if is_empty(ctx.output):
            return Score(value=min(self._question().scores.values()), reason="there is no answer to judge")
        record = build_record(ctx.fixture, ctx.output)
        messages = build_messages(self._question(), record)
        length = len(messages[-1]["content"])
        if length > self.max_characters:
            return _could_not(f"the record has {length} characters, and a judge is shown at most {self.max_characters}")
        return await self._ask(ctx.complete, messages, record)

    async def _ask(self, complete: Complete, messages: Messages, record: JsonObject) -> Score | NotScored:
        """Twice at the most: an answer that cannot be used gets one repair."""
        question = self._question()
        answer = await complete(messages, model=self.model, schema=question.schema)
        judgement = read_judgement(answer.text, question, record)
        if isinstance(judgement, Unreadable):
            answer = await complete(build_repair(messages), model=self.model, schema=question.schema)
            judgement = read_judgement(answer.text, question, record)
        if isinstance(judgement, Unreadable):
            return _could_not(f"the judge's answer cannot be used: {judgement.reason}")
        return _score(judgement, question)

    def _question(self) -> Question:
        if self.preset:
            ready = CRITERIA[self.preset]
            meanings = {"pass": ready.passes, "fail": ready.fails}
            return Question(ready.question, meanings, _PASS_OR_FAIL, must_quote=ready.must_quote)
        criteria = (self.prompt_text or self.criteria).strip() or "Which of the verdicts describes the answer?"
        if not self.rubric:
            return Question(criteria, _MEETS_OR_NOT, _PASS_OR_FAIL)
        meanings = {level.label: level.meaning for level in self.rubric}
        return Question(criteria, meanings, {level.label: level.score for level in self.rubric})


_PASS_OR_FAIL = {"pass": 1.0, "fail": 0.0}
_MEETS_OR_NOT = {"pass": "The answer meets the criterion.", "fail": "It does not, or only in part."}


def _score(judgement: Judgement, question: Question) -> Score | NotScored:
    reasoning = on_one_line(judgement.reasoning, 300)
    if judgement.verdict == CANNOT_TELL:
        return _could_not(f"the judge could not tell: {reasoning}")
    return Score(value=question.scores[judgement.verdict], reason=f"{judgement.verdict}: {reasoning}")


def _refuse_bad(rubric: tuple[Level, ...]) -> None:
    labels = [level.label.strip() for level in rubric]
    if len({level.score for level in rubric}) < 2:  # noqa: PLR2004  # with one score there is nothing to tell apart
        raise ValueError("rubric: all levels have one score, so every answer would get it")
    if len(set(labels)) < len(labels) or not all(labels) or CANNOT_TELL in labels:
        raise ValueError(f"rubric: labels must differ, not be empty, and not be {CANNOT_TELL}")
    if not all(0.0 <= level.score <= 1.0 for level in rubric):
        raise ValueError("rubric: a score lies in [0, 1]")


def _could_not(detail: str) -> NotScored:
    return NotScored(cause=NotScoredCause.EVALUATOR_ERROR, detail=detail)
