"""What a simulated user must not do, found by rules in what they say. Pure; asks no model."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gate_action.engine.simulated.instructions import Reply, Spoken
from gate_action.model.scenario import Ending, Scenario, UserFault

LONGEST_MESSAGE = 4_000
"""Characters. No user of a chat writes more."""
_LEAKED_WORDS = 8
"""So many words in a row of the instructions are no chance."""
_LEAST_QUOTE = 6
"""Letters and digits: a shorter quote stands anywhere."""
_SMALL = 10
"""Numbers below are counted on fingers: "two more questions" needs no fact."""
_OTHER_ROLE = re.compile(
    r"^\s*(?:assistant|agent|application|support|system|user|customer|you)\s*:"
    r"|\bas an? (?:(?:ai|artificial intelligence)(?: (?:language )?model| assistant)?|(?:large )?language model"
    r"|virtual assistant)\b"
    r"|\bi(?:['\u2019]m| am) (?:just |only )?(?:an? )?(?:ai\b|(?:large )?language model|virtual assistant|simulat\w+)"
    r"|\bhow (?:can|may) i (?:help|assist) you\b",
    re.IGNORECASE,
)
_SAYING = re.compile(r"\b24/7\b|\b100 ?%")
_NUMBER = re.compile(r"\d+")
_GROUPED = re.compile(r"(?<=\d)[,.'\u2019 \u00a0\u202f](?=\d{3}(?!\d))")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w|\bhttps?://[^\s<>\"')]+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


class Unfit(NamedTuple):
    """A reply that no user would give."""

    fault: UserFault
    detail: str


def find_fault(reply: Reply, scenario: Scenario, talk: Sequence[Spoken], instructions: str) -> Unfit | None:
    """The first fault of ``reply`` to ``talk``; None: it is fit. ``instructions``: what every user is told."""
    own = [scenario.goal, scenario.situation, *scenario.facts, json.dumps(scenario.persona, ensure_ascii=False)]
    known = [*own, *(spoken.text for spoken in talk)]
    return (
        _find_form_fault(reply)
        or _find_role_fault(reply.message, own)
        or _find_leak(reply.message, known, instructions)
        or _find_invention(reply.message, known)
        or _find_repetition(reply, talk)
        or _find_early_end(reply, talk)
    )


def _find_form_fault(reply: Reply) -> Unfit | None:
    if not reply.message and reply.ends is None:
        return Unfit(UserFault.EMPTY, "its message is empty, and the conversation was to go on")
    if len(reply.message) > LONGEST_MESSAGE:
        return Unfit(UserFault.TOO_LONG, f"{len(reply.message):,} characters, of at most {LONGEST_MESSAGE:,}")
    return None


def _find_role_fault(message: str, own: Iterable[str]) -> Unfit | None:
    """Words of somebody else, unless the scenario has them: what a build says, a user may not take over."""
    found = _OTHER_ROLE.search(message)
    if found is None or any(_folded(found[0]) in _folded(text) for text in own):
        return None
    return Unfit(UserFault.LEFT_ROLE, f"it said {found[0].strip()!r}")


def _find_leak(message: str, known: Iterable[str], instructions: str) -> Unfit | None:
    said, kept = _words(message), _runs(_words(instructions))
    allowed = {run for text in known for run in _runs(_words(text))}
    leaked = next((run for run in _ordered_runs(said) if run in kept and run not in allowed), None)
    return Unfit(UserFault.LEAKED, f"it repeated {' '.join(leaked)!r}") if leaked else None


def _find_invention(message: str, known: Sequence[str]) -> Unfit | None:
    """Numbers and addresses that nobody told this user."""
    numbers = {number for text in known for reading in _readings(text) for number in reading}
    unknown = [[number for number in reading if number not in numbers] for reading in _readings(message)]
    if all(unknown):
        return Unfit(UserFault.INVENTED, f"nobody told it the number {unknown[0][0]}")
    addresses = " ".join(known).casefold()
    for address in _ADDRESS.findall(message):
        if address.casefold() not in addresses:
            return Unfit(UserFault.INVENTED, f"nobody told it {address}")
    return None


def _find_repetition(reply: Reply, talk: Sequence[Spoken]) -> Unfit | None:
    """The same again, though the build did not say the same again: then anybody would."""
    said = [_folded(spoken.text) for spoken in talk if spoken.is_users]
    answers = [_folded(spoken.text) for spoken in talk if not spoken.is_users]
    message = _folded(reply.message)
    if (
        reply.ends is not None
        or not message
        or message not in said
        or answers[-1:] in ([answer] for answer in answers[:-1])
    ):
        return None
    return Unfit(UserFault.REPEATED, f"it said what it had said in its message {said.index(message) + 1}")


def _find_early_end(reply: Reply, talk: Sequence[Spoken]) -> Unfit | None:
    """An end rests on words of the build. Where it last said nothing at all, giving up needs none."""
    if reply.ends is None:
        return None
    answers = [_squeezed(spoken.text) for spoken in talk if not spoken.is_users]
    if answers and not answers[-1] and reply.ends is Ending.GAVE_UP:
        return None
    quote = _squeezed(reply.quote)
    is_whole = bool(quote) and quote in answers
    if is_whole or (len(quote) >= _LEAST_QUOTE and any(quote in answer for answer in answers)):
        return None
    return Unfit(UserFault.ENDED_EARLY, f"{reply.ends}, and no words of the build say so: {reply.quote[:80]!r}")


def _readings(text: str) -> tuple[list[int], list[int]]:
    """The numbers that are more than a few, with marks between thousands and without: ``1,299`` and ``1 299``."""
    plain = _SAYING.sub("", text)
    return _numbers(plain), _numbers(_GROUPED.sub("", plain))


def _numbers(text: str) -> list[int]:
    told = [int(digits[-18:]) for digits in _NUMBER.findall(text)]
    return [number for number in told if number >= _SMALL]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _ordered_runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + _LEAKED_WORDS]) for at in range(len(words) - _LEAKED_WORDS + 1)]


def _runs(words: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(_ordered_runs(words))


def _folded(text: str) -> str:
    return " ".join(_words(text))


def _squeezed(text: str) -> str:
    """Letters and digits alone: so that marks of a format, and languages without spaces, hide no quote."""
    return "".join(_words(text))
