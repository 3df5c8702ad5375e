"""Doors: all slots open at first, fewer after a refusal, and open again; never more than a minute allows."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.engine.pacing import Door, Minute, Provider
from gate_action.model.metric import Pace
from gate_action.model.trial import Usage
from tests.engine.virtual_time import run_virtually

Answer = Callable[[float], float | None]
"""Of the time: None is an answer, a number the seconds that a refusal asks for, below 0: it asks for none."""


@dataclass
class Provider429:
    """Takes a second for each request, and answers as ``says``."""

    door: Door
    says: Answer = lambda _: None
    sent: list[float] = field(default_factory=list)
    tokens: int = 0
    inside: int = 0
    most: int = 0

    async def ask(self) -> bool:
        await self.door.enter()
        try:
            ticket = await self.door.go_ahead()
            now = asyncio.get_running_loop().time()
            self.sent.append(now)
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(1.0)
            self.inside -= 1
            pause_s = self.says(now)
            if pause_s is None:
                self.door.note_answer(ticket)
                self.door.settle(ticket, Usage(input_tokens=self.tokens, output_tokens=0))
                return True
            self.door.note_refusal(ticket, pause_s if pause_s >= 0 else None, is_providers=True)
            return False
        finally:
            self.door.leave()

    async def ask_until_answered(self) -> None:
        while not await self.ask():
            pass


def door_of(slots: int = 8, **pace: int) -> Door:
    return Door(slots, Minute(Pace(**pace)))


def together(provider: Provider429, count: int) -> Coroutine[Any, Any, object]:
    async def all_of_them() -> None:
        await asyncio.gather(*(provider.ask_until_answered() for _ in range(count)))

    return all_of_them()


def test_all_slots_are_open_at_first_and_no_more():
    provider = Provider429(door_of(slots=8))
    run_virtually(together(provider, 40))
    assert provider.most == 8
    assert provider.sent[7] == 0.0
    assert max(provider.sent) == 4.0


def test_a_refusal_halves_the_slots_once_however_many_were_refused_together():
    door = door_of(slots=8)
    provider = Provider429(door, says=lambda now: -1.0 if now == 0.0 else None)

    async def first() -> None:
        await asyncio.gather(*(provider.ask() for _ in range(8)))

    run_virtually(first())
    assert door.slots == 4
    assert door.is_shut


def test_nothing_is_sent_before_the_time_that_a_provider_asks_for():
    provider = Provider429(door_of(slots=4), says=lambda now: 30.0 if now < 1.0 else None)
    run_virtually(together(provider, 12))
    assert sorted(provider.sent)[:4] == [0.0] * 4
    assert min(at for at in provider.sent if at > 0.0) == 31.0


def test_slots_open_again_and_never_beyond_what_was_set():
    door = door_of(slots=8)
    provider = Provider429(door, says=lambda now: -1.0 if now < 1.0 else None)
    run_virtually(together(provider, 400))
    assert door.slots == 8
    assert provider.most == 8


def test_in_an_outage_one_request_at_a_time_finds_out_whether_it_is_over():
    provider = Provider429(door_of(slots=8), says=lambda now: -1.0 if now < 300.0 else None)
    run_virtually(together(provider, 200))
    during = [at for at in provider.sent if at < 300.0]
    late = [at for at in during if at > 10.0]
    assert len(during) < 30
    assert all(second - first >= 8.0 for first, second in pairwise(late))
    assert max(provider.sent) < 400.0


def test_a_pause_that_is_longer_than_anybody_waits_is_not_kept():
    provider = Provider429(door_of(), says=lambda now: 86_400.0 if now < 1.0 else None)
    run_virtually(together(provider, 20))
    assert max(provider.sent) < 60.0


def test_what_a_provider_refuses_at_one_door_holds_for_its_others():
    provider = Provider()
    one, other = (Door(8, Minute(Pace()), provider) for _ in range(2))
    third = door_of()
    asked = Provider429(one, says=lambda _: 5.0)
    run_virtually(asked.ask())
    assert (one.slots, other.slots, third.slots) == (4, 4, 8)


def test_a_pause_that_nobody_asked_for_is_stretched_by_chance():
    door = Door(1, Minute(Pace()), jitter=lambda: 0.8)
    provider = Provider429(door, says=lambda now: -1.0 if now == 0.0 else None)
    run_virtually(together(provider, 1))
    assert provider.sent == [0.0, pytest.approx(1.0 + 0.5 * 1.2)]


@given(requests=st.integers(1, 30), count=st.integers(1, 90), slots=st.integers(1, 20))
def test_no_minute_holds_more_requests_than_it_may(requests: int, count: int, slots: int):
    provider = Provider429(door_of(slots, requests_per_minute=requests))
    run_virtually(together(provider, count))
    assert len(provider.sent) == count
    sent = sorted(provider.sent)
    assert all(later - first >= 60.0 for first, later in zip(sent, sent[requests:], strict=False))
    waves = (count - 1) // requests
    assert sent[-1] <= 60.0 * waves + count / slots + waves + 1


def test_no_minute_takes_more_tokens_than_it_may_once_a_requests_share_is_known():
    provider = Provider429(door_of(1, tokens_per_minute=1000), tokens=300)
    run_virtually(together(provider, 12))
    sent = sorted(provider.sent)
    assert all(later - first >= 60.0 for first, later in zip(sent, sent[3:], strict=False))


def test_a_request_that_alone_takes_more_than_a_minutes_tokens_is_sent_alone():
    provider = Provider429(door_of(1, tokens_per_minute=100), tokens=300)
    run_virtually(together(provider, 3))
    assert provider.sent == [0.0, 60.0, 120.0]


def test_who_gives_up_waiting_for_a_slot_leaves_it_to_the_next():
    async def work() -> float:
        door = door_of(slots=1)
        await door.enter()
        gone = asyncio.ensure_future(door.enter())
        await asyncio.sleep(1)
        door.leave()
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        await asyncio.wait_for(door.enter(), timeout=5)
        return asyncio.get_running_loop().time()

    assert run_virtually(work()) == 1.0


def test_what_came_to_no_provider_makes_room_at_once_for_who_waits():
    async def ask() -> tuple[float, float]:
        door, loop = door_of(requests_per_minute=2), asyncio.get_running_loop()
        tickets = [await door.go_ahead() for _ in range(2)]
        waiting = [asyncio.ensure_future(door.go_ahead()) for _ in range(2)]
        await asyncio.sleep(1.0)
        door.take_back(tickets[0])
        await waiting[0]
        first = loop.time()
        door.take_back(tickets[0])  # once is enough
        await waiting[1]
        return first, loop.time()

    assert run_virtually(ask()) == pytest.approx((1.0, 60.0))
