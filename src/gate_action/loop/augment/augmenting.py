"""Fixtures -> their variants: which are varied, what of them, and what a variant inherits. Pure."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gate_action.loop.augment.variants import RULES, Asked
from gate_action.model.fixture import ABSENT, Fixture, Json, Provenance, Slice, canonical_json

DIMENSION = "variant"
_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Augmented:
    fixtures: list[Fixture] = field(default_factory=list)
    nothing_to_vary: Counter[str] = field(default_factory=Counter)
    """By kind: rows on which that rule has no hold."""


def choose_parents(fixtures: Iterable[Fixture], wanted: Sequence[str]) -> tuple[Fixture, ...]:
    """Those named, else all that were promoted. A variant has no variants. Raises KeyError for an unknown id."""
    own = {fixture.id: fixture for fixture in fixtures if not (fixture.provenance and fixture.provenance.parent)}
    if wanted:
        return tuple(own[name] for name in wanted)
    return tuple(fixture for fixture in own.values() if fixture.provenance and fixture.provenance.source)


def augment(parents: Iterable[Fixture], kinds: Sequence[str], count: int, seed: int) -> Augmented:
    """At most ``count`` different variants of each kind. The same for the same seed, whatever else is varied."""
    made = Augmented()
    for parent in parents:
        asked = Asked(text=read_question(parent.input), kept=words_to_keep(parent))
        for kind in kinds:
            texts: dict[str, None] = {}
            for number in range(count):
                text = RULES[kind](asked, random.Random(f"{seed} {parent.id} {kind} {number}"))  # noqa: S311  # no secret
                if text and text != asked.text:
                    texts.setdefault(text)
            if not texts:
                made.nothing_to_vary[kind] += 1
            made.fixtures += [vary(parent, text, kind, number) for number, text in enumerate(texts, start=1)]
    return made


def vary(parent: Fixture, text: str, kind: str, number: int) -> Fixture:
    """It expects what its parent expects, and is of its cluster: they never count as independent."""
    told = parent.provenance or Provenance(source="augmented")
    return replace(
        parent,
        id=f"{parent.id}.{kind}{number}",
        input=with_question(parent.input, text),
        cluster=parent.unit,
        slices=(*parent.slices, Slice(DIMENSION, kind)),
        is_critical=False,
        provenance=replace(told, parent=parent.id),
        failing_output=ABSENT,
        place=None,
    )


def words_to_keep(fixture: Fixture) -> frozenset[str]:
    """Words, in small letters, of what is expected and of the fixture's checks."""
    told: list[Json] = [list(fixture.expected.facts), *(dict(check.options) for check in fixture.checks)]
    if fixture.expected.output is not ABSENT:
        told.append(fixture.expected.output)
    if fixture.expected.tool_calls is not ABSENT:
        told += [[call.name, dict(call.arguments)] for call in fixture.expected.tool_calls]
    return frozenset(word.lower() for one in told for word in _WORD.findall(canonical_json(one).decode()))


def read_question(value: Json) -> str:
    """What the user asks last; empty where the input is no text."""
    return _on_question(value, lambda text: text)[1]


def with_question(value: Json, text: str) -> Json:
    """The input in which that is ``text``."""
    changed: Json = _on_question(value, lambda _: text)[0]
    return changed


def _on_question(value: Json, change: Callable[[str], str]) -> tuple[Any, str]:
    """The input with its last question changed, and what that was."""
    if isinstance(value, str):
        return change(value), value
    for name in ("messages", "turns"):
        entries = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(entries, Sequence) and not isinstance(entries, str):
            return _in_entries(value, name, list(entries), change)
    return value, ""


def _in_entries(value: Json, name: str, entries: list[Any], change: Callable[[str], str]) -> tuple[Any, str]:
    for place in range(len(entries) - 1, -1, -1):
        entry = entries[place]
        if isinstance(entry, str):
            entries[place] = change(entry)
            return {**value, name: entries}, entry  # type: ignore[dict-item]  # a mapping, as was seen
        if isinstance(entry, Mapping) and entry.get("role", "user") == "user" and isinstance(entry.get("content"), str):
            entries[place] = {**entry, "content": change(entry["content"])}
            return {**value, name: entries}, entry["content"]  # type: ignore[dict-item]  # as above
    return value, ""
