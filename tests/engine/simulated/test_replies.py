"""The replay cache of simulated users."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gate_action.clients.proxy.tape import find_stored, open_tape, store_lines
from gate_action.codec.answers import Header, Place
from gate_action.engine.simulated.instructions import build_messages
from gate_action.engine.simulated.replies import ARM, Replies
from gate_action.errors import StoreError
from gate_action.model.messages import Messages
from gate_action.model.protocols import Completion
from gate_action.model.trial import REPEATS_FROM
from tests.engine.simulated.players import Model, replies_of, tape_in

ASKED = build_messages("You are Ann.", [])
PLACE = Place("f", 0, 0, 0)


async def test_the_same_in_the_same_place_is_said_again_and_else_it_is_bought(tmp_path: Path):
    model = Model(["one", "two", "three", "four"])
    with tape_in(tmp_path) as tape:
        replies = replies_of(tape, model)
        said = [await replies.reply(ASKED, PLACE) for _ in range(2)]
        assert said == ["one", "one"]
        others = [PLACE._replace(attempt=1), PLACE._replace(number=1)]
        assert [await replies.reply(ASKED, place) for place in others] == ["two", "three"]
        assert await replies.reply(build_messages("You are Bo.", []), PLACE) == "four"
    assert (replies.bought, replies.replayed) == (4, 1)
    seeds = [seed for _, seed in model.asked]
    assert len(set(seeds)) == 3  # of three places
    assert all(0 <= seed < 2**31 for seed in seeds)


async def test_what_both_builds_ask_at_once_is_bought_once(tmp_path: Path):
    class Slow(Model):
        async def __call__(self, messages: Messages, seed: int) -> Completion:
            await asyncio.sleep(0)
            return await super().__call__(messages, seed)

    with tape_in(tmp_path) as tape:
        replies = replies_of(tape, Slow(["one", "two"]))
        assert await asyncio.gather(*(replies.reply(ASKED, PLACE) for _ in range(2))) == ["one", "one"]


async def test_a_repeat_of_the_first_attempt_has_its_user(tmp_path: Path):
    with tape_in(tmp_path) as tape:
        replies = replies_of(tape, Model(["one"]))
        assert await replies.reply(ASKED, PLACE) == "one"
        assert await replies.reply(ASKED, PLACE._replace(attempt=REPEATS_FROM)) == "one"


async def test_a_later_run_buys_nothing_and_does_not_make_what_it_heard_younger(tmp_path: Path):
    header, since = Header(recorded_at="2026-11-26T00:00:00+00:00"), datetime(2026, 11, 25, tzinfo=UTC)
    shared = tmp_path / "shared"
    for name, lines in (("first", ["one"]), ("second", [])):
        (tmp_path / name).mkdir()
        with tape_in(tmp_path / name) as tape:
            for path in find_stored(shared):
                tape.load_stored(path, since)
            replies = replies_of(tape, Model([*lines]))
            assert [await replies.reply(ASKED, PLACE) for _ in range(2)] == ["one", "one"]
            store_lines(shared, header, tape.lines_of([ARM]))
        assert b"one" in (tmp_path / name / "simulated.jsonl").read_bytes()
    assert len(find_stored(shared)) == 1


async def test_another_model_or_temperature_is_another_user(tmp_path: Path):
    with tape_in(tmp_path) as tape:
        for model, temperature in (("a", 0.7), ("b", 0.7), ("a", 0.0)):
            speak = Model([f"{model} {temperature}"])
            replies = Replies(tape=tape, speak=speak, model=model, temperature=temperature, seed=0)
            assert await replies.reply(ASKED, PLACE) == f"{model} {temperature}"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
async def test_a_full_disk_ends_the_run_as_it_does_elsewhere():
    with open_tape(Path("/dev/full")) as tape, pytest.raises(StoreError, match="No space left"):
        await replies_of(tape, Model(["one"])).reply(ASKED, PLACE)
