"""Classifies by a model, which is handed in: one turn a request, one repair, then ``unknown`` with its cause."""

from dataclasses import dataclass, replace

from gate_action.loop.classify.answer import Found, read_answer
from gate_action.loop.classify.prompt import answer_schema, build_messages, instructions
from gate_action.loop.classify.subjects import Subject
from gate_action.model.fixture import JsonObject, digest_json
from gate_action.model.loop import Aside
from gate_action.model.protocols import Complete
from gate_action.model.rubric import Rubric

VERSION = "1"
"""Of how a turn is shown and an answer read: raised whenever equal answers may be read differently."""
_LONGEST_RECORD = 100_000
"""Characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelClassifier:
    """The turn is data to the model, never instructions; it has no tools and answers in a closed shape."""

    rubric: Rubric
    model: str
    complete: Complete

    @property
    def name(self) -> str:
        return self.model

    @property
    def digest(self) -> str:
        """Of rubric, prompt, shape of the answer, model and version. Temperature is 0 wherever a model has one."""
        return digest_of(self.rubric, self.model)

    async def classify(self, subject: Subject) -> Found:
        """Raises ProviderError, BudgetSpentError."""
        return await self.ask(subject.record)

    async def ask(self, record: JsonObject) -> Found:
        """As ``classify``."""
        if (length := len(build_messages(self.rubric, record)[-1]["content"])) > _LONGEST_RECORD:
            return _unknown(f"the record has {length} characters, and a model is shown at most {_LONGEST_RECORD}")
        reason, invented = "", 0
        for is_repair in (False, True):
            messages = build_messages(self.rubric, record, is_repair=is_repair)
            answer = await self.complete(messages, model=self.model, schema=answer_schema(self.rubric))
            found = read_answer(answer.text, self.rubric, record)
            invented += found.invented_quotes
            if isinstance(found, Found):
                return replace(found, invented_quotes=invented)
            reason = found.reason
        return _unknown(f"the model's answer cannot be used: {reason}", invented)


def digest_of(rubric: Rubric, model: str) -> str:
    return digest_json(
        {
            "rubric": rubric.digest,
            "prompt": instructions(rubric),
            "schema": answer_schema(rubric),
            "model": model,
            "version": VERSION,
        }
    )


def _unknown(cause: str, invented_quotes: int = 0) -> Found:
    return Found(label=Aside.UNKNOWN, cause=cause, invented_quotes=invented_quotes)
