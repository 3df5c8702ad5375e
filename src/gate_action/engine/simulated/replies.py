"""The replay cache of simulated users: what a model once said to the same, in the same place, it says again. Both
builds hear the same user, and a build that behaves as before costs no call.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field
from typing import TypeAlias
from weakref import WeakValueDictionary

from gate_action.clients.proxy.tape import Tape
from gate_action.codec.answers import Answer, Place
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json, digest_json
from gate_action.model.messages import Messages
from gate_action.model.protocols import Completion
from gate_action.model.trial import REPEATS_FROM

Speak: TypeAlias = Callable[[Messages, int], Awaitable[Completion]]
"""Messages and seed -> what the model says. Raises ProviderError, BudgetSpentError."""
ARM = "user"
"""As whose answers they lie on the tape: neither base's nor head's."""
_EARLIER = "earlier"
"""Those that an earlier run bought: they are not stored again, for then they would never grow old."""
_SEEDS = 2**31


@dataclass(kw_only=True)
class Replies:
    """Of one run."""

    tape: Tape
    speak: Speak
    model: str
    temperature: float
    seed: int
    bought: int = 0
    replayed: int = 0
    _asking: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """By digest: what both builds ask at once is bought once."""

    async def reply(self, messages: Messages, place: Place) -> str:
        """The reply to ``messages``, which hold persona, instructions and the conversation so far.

        ``place.number``: the how manieth draw. Raises ProviderError, BudgetSpentError, StoreError.
        """
        if place.attempt >= REPEATS_FROM:  # a repeat of the first attempt has its very user
            place = place._replace(attempt=0)
        digest = self._digest(messages)
        async with self._asking.setdefault(f"{digest} {place}", asyncio.Lock()):
            known = self.tape.find(ARM, digest, place) or self.tape.find(_EARLIER, digest, place)
            if known is None and (known := self.tape.find_stored(digest, place)):
                self._keep(_EARLIER, digest, place, known)  # what this run rests on lies in its own folder
            self.replayed += known is not None
            if known is None:
                known = _answer((await self.speak(messages, self._seed_of(place))).text)
                self._keep(ARM, digest, place, known)
                self.bought += 1
        return b"".join(known.chunks).decode()

    def _keep(self, arm: str, digest: str, place: Place, answer: Answer) -> None:
        try:
            self.tape.add(arm, digest, place, answer)
        except OSError as error:
            raise StoreError(f"a simulated user's reply cannot be written down: {error.strerror or error}") from error

    def _digest(self, messages: Messages) -> str:
        """Of all that decides a reply but the draw."""
        parts: dict[str, Json] = {"model": self.model, "temperature": self.temperature, "seed": self.seed}
        return digest_json({**parts, "messages": [dict(message) for message in messages]})

    def _seed_of(self, place: Place) -> int:
        """Another one for each place, the same in each run."""
        return int(digest_json([self.seed, *place]).removeprefix("sha256:")[:12], 16) % _SEEDS


def _answer(text: str) -> Answer:
    content = text.encode("utf-8", "replace")
    return Answer(status=200, content_type="application/json", chunks=(content,))
