"""How fast one build or one judge's model is asked: how many at once, how many a minute, and when not at all.

Its only clock is the event loop's, which never jumps. Whose failure an answer was is none of its business.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import field

from gate_action.clients.retry_after import backoff_s
from gate_action.model.dataclass import dataclass
from gate_action.model.metric import Pace
from gate_action.model.trial import Unmeasured, Usage

LONGEST_HONOURED_S = 600.0
"""A provider that asks for a longer pause is not waited for: what it refused is not tried again."""
_MINUTE_S = 60.0
_JITTER = 0.25
"""Of a pause that nobody asked for, at most: shards that were refused together do not come back together."""


@dataclass(slots=True, eq=False)
class Ticket:
    """One request that was let through: when, and the tokens that it counts for."""

    sent_at: float
    tokens: float = 0.0
    is_counted: bool = False
    """It still counts for its minute."""


class Minute:
    """At most so many requests and tokens in any 60 seconds. First come, first served.

    A request counts with the mean of what earlier ones took, until its own tokens are told.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._sent: deque[Ticket] = deque()
        self._tokens = 0.0
        self._told, self._told_tokens = 0, 0
        self._turn = asyncio.Lock()
        self._freed: asyncio.Future[None] | None = None
        """Of who waits for room."""

    async def admit(self) -> Ticket:
        """Waits for room."""
        loop = asyncio.get_running_loop()
        if not self._pace.is_bounded:
            return Ticket(loop.time())
        async with self._turn:
            while (pause_s := self._room_in(loop.time())) > 0:
                self._freed = loop.create_future()
                await asyncio.wait((self._freed,), timeout=pause_s)
            ticket = Ticket(loop.time(), self._expected, is_counted=True)
            self._sent.append(ticket)
            self._tokens += ticket.tokens
            return ticket

    def take_back(self, ticket: Ticket) -> None:
        """It was let through and not sent, or came to no provider."""
        if ticket.is_counted:
            self._sent.remove(ticket)
            self._tokens -= ticket.tokens
            ticket.is_counted = False
            if self._freed is not None and not self._freed.done():
                self._freed.set_result(None)

    def settle(self, ticket: Ticket, usage: Usage) -> None:
        """Counts what the request took, where that is told."""
        told = [tokens for tokens in (usage.input_tokens, usage.output_tokens) if not isinstance(tokens, Unmeasured)]
        if not told or self._pace.tokens_per_minute is None:
            return
        self._told += 1
        self._told_tokens += sum(told)
        if ticket.is_counted:
            self._tokens += sum(told) - ticket.tokens
        ticket.tokens = sum(told)

    @property
    def _expected(self) -> float:
        return self._told_tokens / self._told if self._told else 0.0

    def _room_in(self, now: float) -> float:
        """Seconds until one more fits; 0: now."""
        while self._sent and self._sent[0].sent_at <= now - _MINUTE_S:
            gone = self._sent.popleft()
            gone.is_counted = False
            self._tokens -= gone.tokens
        most, most_tokens = self._pace.requests_per_minute, self._pace.tokens_per_minute
        is_full = most is not None and len(self._sent) >= most
        is_spent = most_tokens is not None and self._tokens + self._expected > most_tokens
        return self._sent[0].sent_at + _MINUTE_S - now if self._sent and (is_full or is_spent) else 0.0


@dataclass(slots=True)
class Provider:
    """Doors that have one provider behind them: what it refuses at one of them holds for all."""

    doors: list["Door"] = field(default_factory=list)


class Door:
    """One build, or one judge's model, and how many may be in there at once.

    All slots are open at first. A refusal halves them and closes the door for a while; answers open them again, fast
    up to half of what was open before and one by one from there (TCP's slow start and congestion avoidance, RFC 5681).
    Refusals in a row double the pause, until a single request goes in to find out whether anybody is there.
    """

    def __init__(
        self, slots: int, minute: Minute, provider: Provider | None = None, jitter: Callable[[], float] = lambda: 0.0
    ) -> None:
        """``jitter`` gives a number in [0, 1) that pauses nobody asked for are stretched by."""
        self._most = float(slots)
        self._width = self._most
        self._steep_until = self._most
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._opens_at = self._cut_at = float("-inf")
        self._refusals = 0
        self._minute = minute
        self._jitter = jitter
        self._provider = provider or Provider()
        self._provider.doors.append(self)

    @property
    def slots(self) -> int:
        """That are open now, at least one."""
        return int(self._width)

    @property
    def is_shut(self) -> bool:
        """Nobody was answered since the last refusal."""
        return self._refusals > 0

    async def enter(self) -> None:
        """Waits for a slot, in the order of arrival; ``leave`` gives it back."""
        if self._inside < self.slots and not self._waiting:
            self._inside += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        self._inside -= 1
        self._let_in()

    async def go_ahead(self) -> Ticket:
        """Waits out pauses and rates; the request is to be sent at once then."""
        loop = asyncio.get_running_loop()
        while True:
            while (pause_s := self._opens_at - loop.time()) > 0:  # noqa: ASYNC110  # until a time, which may move
                await asyncio.sleep(pause_s)
            ticket = await self._minute.admit()
            if self._opens_at <= loop.time():
                return ticket
            self._minute.take_back(ticket)

    def settle(self, ticket: Ticket, usage: Usage) -> None:
        """Counts the request's tokens."""
        self._minute.settle(ticket, usage)

    def take_back(self, ticket: Ticket) -> None:
        """The request came to no provider: it counts for no minute."""
        self._minute.take_back(ticket)

    def note_answer(self, ticket: Ticket) -> None:
        """Somebody was there. Answers to what was sent before the last refusal tell nothing new."""
        if ticket.sent_at < self._cut_at:
            return
        self._refusals = 0
        if self._width < self._most:
            step = 1.0 if self._width < self._steep_until else 1.0 / self._width
            self._width = min(self._width + step, self._most)
            self._let_in()

    def note_refusal(self, ticket: Ticket, retry_after_s: float | None, *, is_providers: bool) -> None:
        """Too many, or nobody there. ``is_providers``: it holds for every door of the same provider."""
        for door in self._provider.doors if is_providers else (self,):
            door.narrow(ticket.sent_at, retry_after_s)

    def narrow(self, sent_at: float, retry_after_s: float | None) -> None:
        """What a refusal of a request that was sent then means for this door."""
        now = asyncio.get_running_loop().time()
        told_s = retry_after_s if retry_after_s is not None and retry_after_s <= LONGEST_HONOURED_S else None
        if sent_at >= self._cut_at:  # else it was sent together with what is known already
            if not self._refusals:
                self._steep_until = max(1.0, self._width / 2)
            self._width = max(1.0, self._width / 2)
            self._cut_at = now
            self._refusals += 1
            if told_s is None:
                pause_s = backoff_s(self._refusals, None) * (1 + _JITTER * self._jitter())
                self._opens_at = max(self._opens_at, now + pause_s)
        if told_s is not None:
            self._opens_at = max(self._opens_at, now + told_s)

    def _let_in(self) -> None:
        while self._waiting and self._inside < self.slots:
            place = self._waiting.popleft()
            if not place.done():
                self._inside += 1
                place.set_result(None)
