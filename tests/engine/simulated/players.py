"""What the tests of simulated users share: a build and a model by rules, and a tape of the test's own."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gate_action.clients.proxy.tape import Tape, open_tape
from gate_action.codec.answers import Header
from gate_action.engine.simulated.replies import Replies
from gate_action.model.fixture import Fixture, Json
from gate_action.model.messages import Messages
from gate_action.model.protocols import Completion, ProviderError
from gate_action.model.trial import Attempt, Output, TrialError


def says(message: str, ends: str = "no", quote: str = "") -> str:
    return json.dumps({"message": message, "ends": ends, "quote": quote})


@dataclass
class Build:
    """Answers from a list, and remembers what it was asked."""

    answers: list[str | Output | TrialError]
    asked: list[Json] = field(default_factory=list)

    async def __call__(self, fixture: Fixture, attempt: int) -> Attempt:
        self.asked.append(fixture.input)
        answer = self.answers.pop(0)
        return Attempt(outcome=Output(content=answer) if isinstance(answer, str) else answer)


@dataclass
class Model:
    """Says what it has to say, in order, and remembers what it was asked."""

    lines: list[str | ProviderError]
    asked: list[tuple[Messages, int]] = field(default_factory=list)

    async def __call__(self, messages: Messages, seed: int) -> Completion:
        self.asked.append((messages, seed))
        line = self.lines.pop(0)
        if isinstance(line, ProviderError):
            raise line
        return Completion(text=line)


@contextmanager
def tape_in(folder: Path) -> Iterator[Tape]:
    with open_tape(folder / "simulated.jsonl") as tape:
        tape.start(Header(recorded_at="2026-11-26T00:00:00+00:00"))
        yield tape


def replies_of(tape: Tape, model: Model) -> Replies:
    return Replies(tape=tape, speak=model, model="openai/user", temperature=0.7, seed=0)


def roles(messages: Sequence[Json]) -> list[Json]:
    return [message["role"] for message in messages]  # type: ignore[index,call-overload]  # messages are objects
