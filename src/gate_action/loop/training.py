"""Rows that opened for training, as chats and as preference pairs. Only people's corrections, only with consent."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import msgspec

from gate_action.model.fixture import ABSENT, Fixture, Json, Split
from gate_action.model.promotion import CorrectionSource

_PEOPLE = frozenset({str(CorrectionSource.USER), str(CorrectionSource.REVIEWER)})
Message = Mapping[str, Json]


class LeftOut(StrEnum):
    """Why a row of the split train is not exported."""

    NO_CORRECTION = "no person corrected it"
    NO_CONSENT = "no consent"
    EXPIRED = "expired"
    NO_CHAT = "its input is no conversation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A line each: ``chats`` as ``{"messages": [...]}``, ``pairs`` as ``{"prompt", "chosen", "rejected"}``."""

    chats: tuple[Message, ...]
    pairs: tuple[Message, ...]
    fixture_ids: tuple[str, ...]
    licences: tuple[str, ...]
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)


def export_training(fixtures: Iterable[Fixture], today: date) -> Training:
    """Of the rows of the split ``train``. A row whose failing answer is known is a pair as well."""
    chats: list[Message] = []
    pairs: list[Message] = []
    taken: list[Fixture] = []
    left_out: Counter[LeftOut] = Counter()
    for fixture in sorted((one for one in fixtures if one.split is Split.TRAIN), key=lambda one: one.id):
        prompt = _prompt(fixture.input)
        reason = _reason(fixture, prompt, today)
        if reason is not None:
            left_out[reason] += 1
            continue
        chosen = _answer(fixture)
        taken.append(fixture)
        chats.append({"messages": [*prompt, chosen]})
        if fixture.failing_output is not ABSENT:
            rejected = {"role": "assistant", "content": _text(fixture.failing_output)}
            pairs.append({"prompt": list(prompt), "chosen": [chosen], "rejected": [rejected]})
    return Training(
        chats=tuple(chats),
        pairs=tuple(pairs),
        fixture_ids=tuple(one.id for one in taken),
        licences=tuple(sorted({one.licence for one in taken})),
        left_out=left_out,
    )


def encode_lines(lines: Iterable[Message]) -> bytes:
    encoder = msgspec.json.Encoder()
    return b"".join(encoder.encode(line) + b"\n" for line in lines)


def _reason(fixture: Fixture, prompt: Sequence[Message], today: date) -> LeftOut | None:
    provenance = fixture.provenance
    has_answer = fixture.expected.output is not ABSENT or fixture.expected.tool_calls is not ABSENT
    if provenance is None or provenance.correction not in _PEOPLE or not has_answer:
        return LeftOut.NO_CORRECTION
    if not fixture.consent:
        return LeftOut.NO_CONSENT
    if fixture.expires and date.fromisoformat(fixture.expires) < today:
        return LeftOut.EXPIRED
    return None if prompt else LeftOut.NO_CHAT


def _prompt(asked: Json) -> tuple[Message, ...]:
    """The chat up to the answer; of turns the first alone, since what follows is not known. Other JSON is no chat."""
    match asked:
        case str():
            return ({"role": "user", "content": asked},)
        case {"messages": [*messages]} if all(isinstance(one, Mapping) for one in messages):
            return tuple(messages)
        case _:
            return ()


def _answer(fixture: Fixture) -> Message:
    calls = fixture.expected.tool_calls
    if calls is ABSENT or not calls:
        return {
            "role": "assistant",
            "content": _text("" if fixture.expected.output is ABSENT else fixture.expected.output),
        }
    told: Iterator[Json] = (
        {
            "id": f"call_{place}",
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
        }
        for place, call in enumerate(calls)
    )
    return {"role": "assistant", "content": None, "tool_calls": list(told)}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
