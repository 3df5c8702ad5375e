"""The line of a round: in the order asked, side by side, and what failed goes first again."""

import asyncio

from gate_action.engine.line import Line, Task
from gate_action.model.trial import Arm, TrialKey, TrialRequest
from tests.engine.rig import both_arms


def line_of(*fixtures: str, lead: int = 100) -> Line:
    return Line(both_arms(*fixtures), task_of, lead=lead)


def task_of(request: TrialRequest) -> Task:
    return Task(request=request, target_retries=1, provider_retries=4)


async def take(line: Line, arm: Arm) -> Task:
    task = await line.next(arm)
    assert task is not None
    return task


async def test_each_build_gets_its_requests_in_the_order_asked():
    line = line_of("b", "a", "c")
    keys = [(await take(line, Arm.HEAD)).request.key for _ in range(3)]
    assert keys == [TrialKey(name, Arm.HEAD, 0) for name in "bac"]
    assert await line.next(Arm.HEAD) is None


async def test_a_build_waits_for_the_other_when_it_is_too_far_ahead():
    line = line_of(*"abcdef", lead=4)
    for _ in range(2):
        await take(line, Arm.HEAD)
    waiting = asyncio.ensure_future(take(line, Arm.HEAD))
    await asyncio.sleep(0)
    assert not waiting.done()
    await take(line, Arm.BASE)
    assert (await waiting).request.key.fixture_id == "c"


async def test_a_build_that_is_alone_waits_for_nobody():
    only_head = [request for request in both_arms(*"abcdef") if request.key.arm is Arm.HEAD]
    line = Line(only_head, task_of, lead=1)
    assert [(await take(line, Arm.HEAD)).request.key.fixture_id for _ in range(6)] == list("abcdef")


async def test_what_is_to_be_tried_again_goes_first():
    line = line_of("a", "b")
    failed = await take(line, Arm.HEAD)
    line.put_back(failed)
    assert await take(line, Arm.HEAD) is failed


async def test_while_nobody_is_there_what_was_tried_least_goes_first():
    line = line_of("a", "b")
    failed = await take(line, Arm.HEAD)
    failed.tries = 1
    line.put_back(failed)
    fresh = await line.next(Arm.HEAD, is_shut=True)
    assert fresh is not None
    assert fresh.request.key.fixture_id == "b"
    fresh.tries = 2
    line.put_back(fresh)
    assert await line.next(Arm.HEAD, is_shut=True) is failed


async def test_an_ended_line_hands_out_nothing_and_lets_nobody_wait():
    line = line_of(*"abc", lead=1)
    await take(line, Arm.BASE)
    waiting = asyncio.ensure_future(line.next(Arm.BASE))
    await asyncio.sleep(0)
    line.end()
    assert await waiting is None
    assert line.length(Arm.HEAD) == 0


async def test_what_may_have_killed_others_waits_until_none_is_in_flight_and_nothing_is_beside_it():
    line = line_of(*"abcd")
    a, b, c = [await take(line, Arm.HEAD) for _ in range(3)]
    for killed in (a, b):
        killed.is_alone = True
        line.put_back(killed)
    waiting = [asyncio.ensure_future(take(line, Arm.HEAD)) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(one.done() for one in waiting)  # c is in flight
    assert (await take(line, Arm.BASE)).request.key.fixture_id == "a"  # the other build does not wait for it
    line.finish(c)
    assert await waiting[0] is a
    await asyncio.sleep(0)
    assert not waiting[1].done()
    a.is_alone = False
    line.finish(a)
    assert await waiting[1] is b
    line.finish(b)
    assert (await waiting[2]).request.key.fixture_id == "d"
