"""Reads a model's answer, strictly: its shape, its label, and whether each quote stands in the record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gate_action.answers.texts import shown
from gate_action.answers.values import Unreadable, parse, unfenced
from gate_action.loop.classify.prompt import MEMBERS
from gate_action.loop.classify.sentences import clean_sentence
from gate_action.loop.classify.subjects import texts_of
from gate_action.model.fixture import Json, JsonObject
from gate_action.model.loop import Aside, ModeFound
from gate_action.model.rubric import Rubric

_SHORTEST_QUOTE = 3
"""Characters: fewer stand in every text, and show nothing."""
_LONGEST_QUOTE = 2_000
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a classifier says of one turn."""

    label: str
    modes: tuple[ModeFound, ...] = ()
    sentence: str = ""
    proposed_name: str = ""
    cause: str = ""
    """Why the label is ``unknown``, where it is the classifier's own doing; else empty."""
    invented_quotes: int = 0
    """Modes that were called present by words that are not in the record: they count as not present."""


class Unusable(NamedTuple):
    """Why an answer cannot be used."""

    reason: str
    invented_quotes: int = 0


def read_answer(text: str, rubric: Rubric, record: JsonObject) -> Found | Unusable:
    """What the model says, or why it cannot be used."""
    answer = parse(unfenced(text))
    if isinstance(answer, Unreadable):
        return Unusable(answer.reason)
    if not isinstance(answer, Mapping) or answer.keys() != set(MEMBERS):
        return Unusable(f"it is not an object of {', '.join(MEMBERS)}")
    return _read_members(answer, rubric, record)


def _read_members(answer: JsonObject, rubric: Rubric, record: JsonObject) -> Found | Unusable:
    label, sentence, name = answer["label"], answer["sentence"], answer["proposed_name"]
    if not isinstance(label, str) or label not in rubric.labels:
        return Unusable(f"{shown(label)} is none of the labels")
    if not isinstance(sentence, str) or not isinstance(name, str):
        return Unusable("its sentence or its proposed name is no text")
    modes = _read_modes(answer["modes"], rubric)
    if isinstance(modes, Unusable):
        return modes
    checked = _check_quotes(modes, record)
    present = {mode.mode for mode in checked if mode.is_present}
    invented = sum(mode.is_present for mode in modes) - len(present)
    if label in rubric.mode_names and label not in present:
        return Unusable(f"the label is {label}, and no words of the record show it", invented)
    return Found(
        label=label,
        modes=checked,
        sentence=clean_sentence(sentence),
        proposed_name=_plain_name(name) if label == Aside.OTHER else "",
        invented_quotes=invented,
    )


def _read_modes(told: Json, rubric: Rubric) -> tuple[ModeFound, ...] | Unusable:
    if not isinstance(told, Mapping) or told.keys() != set(rubric.mode_names):
        return Unusable("its modes are not those of the rubric")
    modes = []
    for name in rubric.mode_names:
        mode = told[name]
        if not isinstance(mode, Mapping) or mode.keys() != {"present", "quote"}:
            return Unusable(f"{name} is not an object of present and quote")
        is_present, quote = mode["present"], mode["quote"]
        if not isinstance(is_present, bool) or not isinstance(quote, str):
            return Unusable(f"present or quote of {name} is of another type")
        modes.append(ModeFound(mode=name, is_present=is_present, quote=quote))
    return tuple(modes)


def _check_quotes(modes: tuple[ModeFound, ...], record: JsonObject) -> tuple[ModeFound, ...]:
    texts = [_fold(text) for text in texts_of(record)]

    def check(mode: ModeFound) -> ModeFound:
        quote = _fold(mode.quote)
        is_there = len(quote) >= _SHORTEST_QUOTE and any(quote in text for text in texts)
        if not (mode.is_present and is_there):
            return ModeFound(mode=mode.mode, is_present=False)
        return ModeFound(mode=mode.mode, is_present=True, quote=mode.quote[:_LONGEST_QUOTE])

    return tuple(map(check, modes))


def _fold(text: str) -> str:
    """Only white space may differ."""
    return " ".join(text.split())


def _plain_name(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40]
    return plain if _NAME.fullmatch(plain) else ""
