"""Reads a judge's answer, strictly: its shape, its verdict, and whether what it quotes is really there."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gate_action.answers.texts import Search, shown
from gate_action.answers.values import Unreadable, is_list, leaves, parse, unfenced
from gate_action.evaluators._judge_prompt import CANNOT_TELL, MEMBERS, Question
from gate_action.model.fixture import Json, JsonObject

_QUOTE = Search(ignore_case=True, ignore_whitespace=True, ignore_punctuation=True)
"""Models tidy what they copy: case, space and punctuation may differ, words may not."""

_DOCUMENT_PARTS = ("documents", "retrieved_documents", "reference", "input", "tool_calls", "transcript")


class Judgement(NamedTuple):
    verdict: str
    reasoning: str


def read_judgement(text: str, question: Question, record: JsonObject) -> Judgement | Unreadable:
    """The judgement, or why the answer cannot be used."""
    answer = parse(unfenced(text))
    if isinstance(answer, Unreadable):
        return answer
    if not isinstance(answer, Mapping) or answer.keys() != set(MEMBERS):
        return Unreadable(f"it is not an object of {', '.join(MEMBERS)}")
    verdict, reasoning = answer["verdict"], answer["reasoning"]
    if not isinstance(verdict, str) or verdict not in {*question.scores, CANNOT_TELL}:
        return Unreadable(f"{shown(verdict)} is none of the verdicts")
    if not isinstance(reasoning, str) or not reasoning.strip():
        return Unreadable("it has no reasoning")
    fault = _fault_of_quotes(answer, verdict, question, record)
    return Unreadable(fault) if fault else Judgement(verdict, reasoning)


def _fault_of_quotes(answer: JsonObject, verdict: str, question: Question, record: JsonObject) -> str:
    own = _unfound(answer["answer_quotes"], [record["answer"]])
    documents = _unfound(answer["document_quotes"], [record.get(part) for part in _DOCUMENT_PARTS])
    if own or documents:
        return own or documents
    if question.must_quote and verdict == "fail" and not answer["answer_quotes"]:
        return "the verdict is fail, and nothing is quoted from the answer"
    return ""


def _unfound(quotes: Json, sources: Iterable[Json]) -> str:
    """Why the first bad quote is bad; empty if each is found in ``sources``."""
    if not is_list(quotes) or not all(isinstance(quote, str) for quote in quotes):
        return "its quotes are no list of texts"
    text = _QUOTE.fold("\n".join(leaf for source in sources for leaf in leaves(source)))
    for quote in map(str, quotes):
        folded = _QUOTE.fold(quote)
        if not folded or folded not in text:
            return f"the quote {shown(quote)} does not occur there"
    return ""
