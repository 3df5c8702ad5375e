"""The bot as one function: a customer's message in, a structured answer out. The same input gives the same answer."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from support_bot.desk import Desk, Found, open_desk
from support_bot.orders import Order, load_orders
from support_bot.question import Question, read_question
from support_bot.text import LANGUAGES
from support_bot.tools import Tool, tell_unknown_order

REFUSALS: Mapping[str, str] = {
    "en": "I'm sorry, I can't answer that: our help pages say nothing about it.",
    "de": "Das kann ich leider nicht beantworten: unsere Hilfeseiten sagen dazu nichts.",
}


def answer(asked: object) -> dict[str, Any]:
    """``{"output": {"answer", "citations", "confidence", "refused", "locale"}, "tool_calls", "context"}``.

    Raises QuestionError when the input holds no question.
    """
    question = read_question(asked)
    desk = _open_desks()[question.language.code]
    if question.order_id is not None and (tool := desk.choose_tool(question)) is not None:
        return _answer_with_tool(tool, question.order_id, question)
    found = desk.find(question)
    return _refuse(question) if found is None else _answer_from_pages(found, question)


def _answer_with_tool(tool: Tool, order_id: str, question: Question) -> dict[str, Any]:
    order = _load_orders().get(order_id)
    text = tell_unknown_order(order_id, question.language.code) if order is None else tool.run(order, question)
    return {
        "output": _shape(question, text, citations=[f"order#{order_id}"], confidence=1.0),
        "tool_calls": [{"name": tool.name, "arguments": dict(tool.make_arguments(order_id, question))}],
        "context": [],
    }


def _answer_from_pages(found: Found, question: Question) -> dict[str, Any]:
    text = " ".join(found.sentences)
    return {
        "output": _shape(question, text, citations=[found.passages[0].id], confidence=round(found.cover, 2)),
        "tool_calls": [],
        "context": [f"{passage.title}, {passage.heading}: {passage.text}" for passage in found.passages],
    }


def _refuse(question: Question) -> dict[str, Any]:
    output = _shape(question, REFUSALS[question.language.code], citations=[], confidence=0.0)
    return {"output": {**output, "refused": True}, "tool_calls": [], "context": []}


def _shape(question: Question, text: str, *, citations: list[str], confidence: float) -> dict[str, Any]:
    return {
        "answer": text,
        "citations": citations,
        "confidence": confidence,
        "refused": False,
        "locale": question.language.code,
    }


@cache
def _open_desks() -> Mapping[str, Desk]:
    return {code: open_desk(language) for code, language in LANGUAGES.items()}


@cache
def _load_orders() -> Mapping[str, Order]:
    return load_orders()
