"""Which recorded answer a model call gets, and what is said of the trial that made it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate_action.clients.proxy.model_requests import Content
from gate_action.clients.proxy.tape import Tape, open_tape
from gate_action.codec.answers import Answer, Header, Place
from gate_action.engine.account import sum_usage
from gate_action.engine.replay import Recorder, Slip
from gate_action.model.fixture import Fixture
from gate_action.model.replay import ModelCalls, is_exact_pair
from gate_action.model.spending import ModelUse
from gate_action.model.trial import REPEATS_FROM, Arm, Output, Trial, TrialKey, TrialRequest, Usage


def content(text: str, loose: str = "") -> Content:
    return Content(digest=text, loose=loose or text, text=text)


def said(text: str) -> Answer:
    return Answer(status=200, content_type="application/json", chunks=(text.encode(),))


@pytest.fixture
def tape(tmp_path: Path) -> Iterator[Tape]:
    with open_tape(tmp_path / "answers.jsonl") as made:
        made.start(Header(recorded_at="2026-01-01T00:00:00+00:00"))
        yield made


def open_slip(
    recorder: Recorder, arm: Arm, *, fixture: str = "a", attempt: int = 0, asked: str = "what of it?"
) -> Slip:
    return recorder.open_slip(
        TrialKey(fixture, arm, attempt), Fixture(id=fixture, input=asked), f"{fixture}-{arm}-{attempt}"
    )


def make(recorder: Recorder, slip: Slip, *asked: str, answers: str = "bought") -> list[str]:
    """What the trial hears: replayed, or ``answers`` and a number."""
    heard = []
    for number, text in enumerate(asked):
        call = recorder.ask(slip.key.arm, slip.trace_id, content(text))
        if call.answer is None:
            call.keep(said(f"{answers} {number}"))
            heard.append(f"{answers} {number}")
        else:
            heard.append(b"".join(call.answer.chunks).decode())
    recorder.close_slip(slip)
    return heard


def test_head_hears_what_base_heard_in_the_same_trial(tape: Tape) -> None:
    recorder = Recorder(tape=tape)
    base, head = open_slip(recorder, Arm.BASE), open_slip(recorder, Arm.HEAD)
    assert make(recorder, base, "one", "two", "one") == ["bought 0", "bought 1", "bought 2"]
    assert make(recorder, head, "one", "two", "one", answers="new") == ["bought 0", "bought 1", "bought 2"]
    assert (base.calls.bought, head.calls.bought, head.calls.replayed) == (3, 0, 3)
    assert is_exact_pair(base.calls, head.calls)


@pytest.mark.parametrize("asked", [("one",), ("one", "two", "three"), ("two", "one!")])
def test_one_request_more_or_fewer_is_no_exact_pair(tape: Tape, asked: tuple[str, ...]) -> None:
    recorder = Recorder(tape=tape)
    base, head = open_slip(recorder, Arm.BASE), open_slip(recorder, Arm.HEAD)
    make(recorder, base, "one", "two")
    make(recorder, head, *asked)
    assert not is_exact_pair(base.calls, head.calls)


def test_another_attempt_is_another_draw(tape: Tape) -> None:
    recorder = Recorder(tape=tape)
    make(recorder, open_slip(recorder, Arm.BASE), "one")
    assert make(recorder, open_slip(recorder, Arm.HEAD, attempt=1), "one", answers="new") == ["new 0"]


def test_base_never_hears_what_head_heard(tape: Tape) -> None:
    recorder = Recorder(tape=tape)
    make(recorder, open_slip(recorder, Arm.HEAD), "one", answers="of head")
    assert make(recorder, open_slip(recorder, Arm.BASE), "one") == ["bought 0"]


def test_a_second_try_hears_again_what_the_first_one_paid_for(tape: Tape) -> None:
    recorder = Recorder(tape=tape)
    make(recorder, open_slip(recorder, Arm.BASE), "one")
    again = open_slip(recorder, Arm.BASE)
    assert make(recorder, again, "one", answers="twice") == ["bought 0"]
    assert (again.calls.bought, again.calls.replayed) == (1, 0)


def test_a_repeat_plays_the_first_attempt(tape: Tape) -> None:
    recorder = Recorder(tape=tape)
    make(recorder, open_slip(recorder, Arm.BASE), "one")
    for arm in Arm:
        slip = open_slip(recorder, arm, attempt=REPEATS_FROM + 2)
        assert make(recorder, slip, "one") == ["bought 0"]
        assert slip.calls.is_replayed


def test_what_must_be_fresh_hears_nothing_of_an_earlier_run(tmp_path: Path, tape: Tape) -> None:
    tape._stored[("one", Place("a", 0, 0, 0))] = None  # type: ignore[assignment]  # never read: that would fail
    recorder = Recorder(tape=tape)
    recorder.expect([TrialRequest(key=TrialKey("a", Arm.BASE, 0), fresh=True)])
    assert make(recorder, open_slip(recorder, Arm.BASE), "one") == ["bought 0"]


def test_a_request_without_a_trace_is_known_by_the_question_in_it(tape: Tape) -> None:
    recorder = Recorder(tape=tape)
    first = open_slip(recorder, Arm.BASE, fixture="a", asked="the first question")
    second = open_slip(recorder, Arm.BASE, fixture="b", asked="the second question")
    recorder.ask(Arm.BASE, "", content("prompt: the second question")).keep(said("yes"))
    assert (first.calls.bought, second.calls.bought) == (0, 1)
    assert first.calls.digest
    assert second.calls.digest


def test_a_request_that_may_be_anybodys_leaves_no_trial_exact(tape: Tape) -> None:
    recorder = Recorder(tape=tape)
    slips = [open_slip(recorder, Arm.BASE, fixture=name, asked=f"question {name} of many") for name in "ab"]
    recorder.ask(Arm.BASE, "", content("who can tell")).keep(said("first"))
    recorder.ask(Arm.BASE, "", content("who can tell")).keep(said("second"))
    assert [slip.calls.digest for slip in slips] == ["", ""]
    heads = [open_slip(recorder, Arm.HEAD, fixture=name, asked=f"question {name} of many") for name in "ab"]
    heard = [recorder.ask(Arm.HEAD, "", content("who can tell")).answer for _ in range(3)]
    assert [answer and answer.chunks[0] for answer in heard] == [b"first", b"second", None]
    assert not is_exact_pair(slips[0].calls, heads[0].calls)
    assert recorder.unlike["unplaced"] == 5
    assert recorder.strays == {
        Arm.BASE: ModelCalls(bought=2),
        Arm.HEAD: ModelCalls(replayed=2),
    }
    told = sum_usage([Trial(key=slips[0].key, outcome=Output(content=""), calls=slips[0].calls)], recorder.strays)
    assert told[Arm.BASE].model_calls == ModelCalls(bought=2)  # they are in no trial's, and were paid for


def test_an_answer_that_repeats_a_secret_is_not_kept(tape: Tape) -> None:
    recorder = Recorder(tape=tape, secrets=(b"sk-of-the-child",))
    slip = open_slip(recorder, Arm.BASE)
    recorder.ask(Arm.BASE, slip.trace_id, content("one")).keep(said("you sent sk-of-the-child"))
    assert not slip.calls.digest
    assert make(recorder, open_slip(recorder, Arm.HEAD), "one", answers="new") == ["new 0"]


def test_a_refusal_is_forgotten_once_the_provider_answered(tape: Tape) -> None:
    recorder = Recorder(tape=tape)
    slip = open_slip(recorder, Arm.BASE)
    recorder.ask(Arm.BASE, slip.trace_id, content("one")).refuse("the provider answered 429", 2.0)
    assert slip.calls.failed == 1
    recorder.ask(Arm.BASE, slip.trace_id, content("one")).keep(said("at last"))
    assert (slip.calls.failed, slip.calls.bought) == (0, 1)
    assert make(recorder, open_slip(recorder, Arm.HEAD), "one") == ["at last"]


def test_requests_that_differ_in_a_time_alone_are_counted(tape: Tape) -> None:
    recorder = Recorder(tape=tape)
    base, head = open_slip(recorder, Arm.BASE), open_slip(recorder, Arm.HEAD)
    recorder.ask(Arm.BASE, base.trace_id, content("at 10:00", loose="at <time>"))
    recorder.ask(Arm.HEAD, head.trace_id, content("at 10:05", loose="at <time>"))
    assert recorder.unlike["loose"] == 1


def test_what_nobody_knows_the_trial_of_is_paid_by_the_next_try_that_ends(tape: Tape) -> None:
    recorder = Recorder(tape=tape)
    slips = [open_slip(recorder, Arm.BASE, fixture=name, asked=f"question {name} of many") for name in "ab"]
    told = '{"usage": {"prompt_tokens": 3, "completion_tokens": 4}}'
    recorder.ask(Arm.BASE, "", content("who can tell")).keep(said(told))
    recorder.ask(Arm.BASE, "", content("question b of many")).keep(said("tells nothing"))
    use = ModelUse(model="", usage=Usage(input_tokens=3, output_tokens=4))
    assert recorder.take_uses(slips[1]) == (ModelUse(model="", usage=Usage()), use)
    assert recorder.take_uses(slips[0]) == ()
