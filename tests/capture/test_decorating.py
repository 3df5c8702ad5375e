"""The decorator takes what it is set on, whatever kind of function that is."""

import asyncio
import json
from pathlib import Path

import pytest

from gate_action_capture import captured, flush
from tests.capture.records import asked, spans


@pytest.mark.parametrize("kind", ["function", "coroutine", "generator", "async generator"])
def test_the_decorator_takes_every_kind_of_function(file: Path, kind: str) -> None:
    @captured(model="m")
    def function(text: str) -> str:
        return text.upper()

    @captured(model="m")
    async def coroutine(text: str) -> str:
        await asyncio.sleep(0)
        return text.upper()

    @captured(model="m")
    def generator(text: str):
        yield from text.upper()

    @captured(model="m")
    async def async_generator(text: str):
        for letter in text.upper():
            yield letter

    async def collect() -> str:
        return "".join([piece async for piece in async_generator("hello")])

    answer = {
        "function": lambda: function("hello"),
        "coroutine": lambda: asyncio.run(coroutine("hello")),
        "generator": lambda: "".join(generator("hello")),
        "async generator": lambda: asyncio.run(collect()),
    }[kind]()
    flush()
    (span,) = spans(file)
    assert answer == "HELLO"
    assert json.loads(span["attributes"]["gen_ai.output.messages"])[0]["parts"][0]["content"] == "HELLO"


def test_the_input_is_the_first_argument_however_it_is_given_and_of_a_method_not_its_object(file: Path) -> None:
    class Service:
        @captured(model="m")
        def ask(self, question: str, *, top: int = 1) -> str:
            return question * top

        @classmethod
        @captured(model="m")
        def ask_any(cls, question: str) -> str:
            return question

    @captured(model="m")
    def ask(question: str) -> str:
        return question

    Service().ask("of a method", top=2)
    Service().ask(question="of a method, by name")
    Service.ask_any("of a class")
    ask(question="by name")
    assert asked(file) == ["of a method", "of a method, by name", "of a class", "by name"]


def test_whoever_stops_reading_a_stream_has_met_no_error(file: Path) -> None:
    @captured(model="m")
    def stream(text: str):
        yield from text

    stopped = stream("hello")
    next(stopped)
    stopped.close()
    flush()
    (span,) = spans(file)
    assert "error.type" not in span["attributes"]
    assert span.get("status", {}).get("code", 0) != 2
