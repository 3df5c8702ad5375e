"""Which recorded answer a model call gets: by its content, its trial and how often it was asked there. Base is never
answered by what head was; head is, by what base was in the same attempt. Opens no connection.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field

import msgspec

from gate_action.clients.proxy.model_requests import Content, name_model
from gate_action.clients.proxy.tape import Tape
from gate_action.codec.answers import Answer, Place
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Json
from gate_action.model.replay import ModelCalls
from gate_action.model.spending import ModelUse
from gate_action.model.trial import NOTHING_REPORTED, REPEATS_FROM, Arm, TrialKey, TrialRequest, Usage

_SHORTEST_NEEDLE = 8
"""A shorter question may stand anywhere."""
_UNKNOWN = Place("", 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a provider did instead of answering."""

    words: str
    retry_after_s: float | None = None


@dataclass(slots=True, kw_only=True)
class Slip:
    """One try of one trial, and the model calls that it made so far."""

    key: TrialKey
    turn: int
    trace_id: str
    needle: str
    """The question as it stands in a request; empty: too short to tell."""
    bought: int = 0
    replayed: int = 0
    failed: int = 0
    saved_tokens: int = 0
    uses: list[ModelUse] = field(default_factory=list)
    """What was bought now."""
    is_mixed: bool = False
    """A call that may have been its own could not be told from those of other trials."""
    asked: list[str] = field(default_factory=list)
    open_failures: dict[str, Failure] = field(default_factory=dict)
    """Contents that the provider never answered, by what it did at last."""
    numbers: dict[str, set[int]] = field(default_factory=dict)
    """Content -> the numbers that are taken."""

    @property
    def is_repeat(self) -> bool:
        """Is it to be answered as the first attempt was?"""
        return self.key.attempt >= REPEATS_FROM

    @property
    def calls(self) -> ModelCalls:
        digest = hashlib.sha256("\n".join(sorted(self.asked)).encode()).hexdigest()
        return ModelCalls(
            bought=self.bought,
            replayed=self.replayed,
            failed=len(self.open_failures),
            saved_tokens=self.saved_tokens,
            digest="" if self.is_mixed else digest,
        )

    def take_number(self, content: str) -> int:
        """The lowest that is free: of a call that failed another has the same."""
        taken = self.numbers.setdefault(content, set())
        number = next(n for n in range(len(taken) + 1) if n not in taken)
        taken.add(number)
        return number


@dataclass(slots=True, kw_only=True)
class Call:
    """One model call in flight: answered by a recording, or to be bought and told."""

    recorder: "Recorder"
    arm: Arm
    content: Content
    place: Place
    slip: Slip | None
    answer: Answer | None = None

    def keep(self, answer: Answer | None) -> None:
        """It was bought. None: the answer is not fit to be kept, and no other may stand for it."""
        self.recorder.keep(self, answer)

    def refuse(self, words: str, retry_after_s: float | None) -> None:
        """The provider did not answer, or refused."""
        self.recorder.fail(self, Failure(words=words, retry_after_s=retry_after_s))

    def deny(self) -> None:
        """The provider does not serve this key: nothing was bought, and another key may be served."""
        self.recorder.unlike["denied"] += 1
        self.drop()

    def drop(self) -> None:
        """The child went away before the answer was whole, or there was none."""
        if self.slip is not None:
            self.slip.numbers.get(self.content.digest, set()).discard(self.place.number)
            self.slip.is_mixed = True


@dataclass(kw_only=True)
class Recorder:
    """Of one run."""

    tape: Tape
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    """An answer that holds one is not kept."""
    _slips: dict[Arm, dict[str, Slip]] = field(default_factory=lambda: {arm: {} for arm in Arm})
    """Trials in flight, by trace id."""
    _fresh: set[TrialKey] = field(default_factory=set)
    _unplaced: Counter[tuple[Arm, str]] = field(default_factory=Counter)
    """Calls of a content whose trial nobody knows."""
    _seen: dict[str, str] = field(default_factory=dict)
    """Digest -> loose digest, of what base asked."""
    _loose: set[str] = field(default_factory=set)
    strays: dict[Arm, ModelCalls] = field(default_factory=dict)
    """Calls whose trial is not known: they are in no trial's, and were bought or replayed all the same."""
    _stray_uses: dict[Arm, list[ModelUse]] = field(default_factory=dict)
    unlike: Counter[str] = field(default_factory=Counter)
    """``loose``: head's new requests that differ from base's in built-in patterns alone; ``unplaced``: calls whose
    trial is not known; ``unkept``: answers that could not be kept; ``denied``: calls with a key that the provider does
    not serve; ``repeats``: base's own, asked anew otherwise."""

    def expect(self, requests: Iterable[TrialRequest]) -> None:
        """What is to be tried from now on: what must be fresh hears no answer of an earlier run."""
        self._fresh |= {request.key for request in requests if request.fresh}

    def open_slip(self, key: TrialKey, fixture: Fixture, trace_id: str) -> Slip:
        slip = Slip(key=key, turn=_turn_of(fixture.input), trace_id=trace_id, needle=_needle_of(fixture.input))
        self._slips[key.arm][trace_id] = slip
        return slip

    def close_slip(self, slip: Slip) -> None:
        self._slips[slip.key.arm].pop(slip.trace_id, None)

    def ask(self, arm: Arm, trace_id: str, content: Content) -> Call:
        """``trace_id``: what the request says of its trial; empty: nothing."""
        slip = self._find_slip(arm, trace_id, content)
        if slip is None:
            return self._ask_unplaced(arm, content)
        number = slip.take_number(content.digest)
        attempt = 0 if slip.is_repeat else slip.key.attempt
        place = Place(slip.key.fixture_id, attempt, slip.turn, number)
        call = Call(recorder=self, arm=arm, content=content, place=place, slip=slip)
        call.answer = self._find(slip, content, place)
        slip.asked.append(f"{content.digest} {number}")
        if call.answer is None and (own := self._find_own(slip, content, place)):
            call.answer = own
            slip.bought += 1  # by an earlier try of the same trial
        elif call.answer is not None:
            slip.replayed += 1
            slip.saved_tokens += call.answer.tokens
        if call.answer is not None:
            slip.open_failures.pop(content.digest, None)
        self._note(call)
        return call

    def keep(self, call: Call, answer: Answer | None) -> None:
        if call.slip is not None:
            call.slip.bought += 1
            call.slip.open_failures.pop(call.content.digest, None)
            call.slip.uses.append(_use_of(call.content, answer))
        else:
            self._count_stray(call.arm, ModelCalls(bought=1))
            self._stray_uses.setdefault(call.arm, []).append(_use_of(call.content, answer))
        if answer is None or any(secret in b"".join(answer.chunks) for secret in self.secrets):
            self.unlike["unkept"] += 1
            if call.slip is not None:
                call.slip.is_mixed = True
            return
        self.tape.add(call.arm, call.content.digest, call.place, answer)

    def take_uses(self, slip: Slip) -> tuple[ModelUse, ...]:
        """What a try that ends now has bought, and what its build bought meanwhile of which nobody knows the trial."""
        return (*slip.uses, *self._stray_uses.pop(slip.key.arm, ()))

    def fail(self, call: Call, failure: Failure) -> None:
        slips = [call.slip] if call.slip is not None else list(self._slips[call.arm].values())
        for slip in slips:
            slip.open_failures[call.content.digest] = failure
        if call.slip is not None:
            call.slip.numbers[call.content.digest].discard(call.place.number)
            call.slip.asked.remove(f"{call.content.digest} {call.place.number}")

    def _find(self, slip: Slip, content: Content, place: Place) -> Answer | None:
        """What was paid for by another trial: base's of this attempt, or that of an earlier run."""
        if slip.key.arm is Arm.HEAD or slip.is_repeat:
            live = self.tape.find(Arm.BASE, content.digest, place)
            if live is not None:
                return live
        return None if slip.key in self._fresh else self.tape.find_stored(content.digest, place)

    def _find_own(self, slip: Slip, content: Content, place: Place) -> Answer | None:
        """What an earlier try of this trial paid for, or one that an interrupted run did not finish."""
        return self.tape.find(slip.key.arm, content.digest, place)

    def _ask_unplaced(self, arm: Arm, content: Content) -> Call:
        """The n-th time that the arm asks this of which nobody knows the trial is answered as base's n-th was."""
        self.unlike["unplaced"] += 1
        for slip in self._slips[arm].values():
            slip.is_mixed = True
        number = self._unplaced[arm, content.digest]
        self._unplaced[arm, content.digest] += 1
        place = _UNKNOWN._replace(number=number)
        call = Call(recorder=self, arm=arm, content=content, place=place, slip=None)
        if arm is Arm.HEAD:
            call.answer = self.tape.find(Arm.BASE, content.digest, place)
        if call.answer is not None:
            self._count_stray(arm, ModelCalls(replayed=1, saved_tokens=call.answer.tokens))
        return call

    def _count_stray(self, arm: Arm, calls: ModelCalls) -> None:
        self.strays[arm] = self.strays.get(arm, ModelCalls()).add(calls)

    def _find_slip(self, arm: Arm, trace_id: str, content: Content) -> Slip | None:
        slips = self._slips[arm]
        if trace_id:
            return slips.get(trace_id)
        if len(slips) == 1:
            return next(iter(slips.values()))
        asking = [slip for slip in slips.values() if slip.needle and slip.needle in content.text]
        return asking[0] if len(asking) == 1 else None

    def _note(self, call: Call) -> None:
        """Keeps in mind what base asks, and whether head asks the same but for the time of day and the like."""
        if call.arm is Arm.BASE:
            if call.slip is not None and call.slip.is_repeat and call.answer is None:
                self.unlike["repeats"] += 1
            self._seen[call.content.digest] = call.content.loose
            self._loose.add(call.content.loose)
        elif call.answer is None and call.content.digest not in self._seen and call.content.loose in self._loose:
            self.unlike["loose"] += 1


def _use_of(content: Content, answer: Answer | None) -> ModelUse:
    told = answer.told_tokens if answer is not None else None
    usage = Usage(input_tokens=told[0], output_tokens=told[1]) if told else NOTHING_REPORTED
    return ModelUse(model=name_model(content), usage=usage)


def _turn_of(asked: Json) -> int:
    messages = asked.get("messages") if isinstance(asked, Mapping) else None
    return len(messages) if isinstance(messages, list | tuple) else 0


def _needle_of(asked: Json) -> str:
    """The longest text of the input, as it stands in JSON."""
    longest = max(_texts(asked), key=len, default="")
    if len(longest) < _SHORTEST_NEEDLE:
        return ""
    return msgspec.json.encode(longest).decode("utf-8", "replace")[1:-1]


def _texts(value: Json) -> list[str]:
    match value:
        case str():
            return [value]
        case Mapping():
            return [text for entry in value.values() for text in _texts(entry)]
        case list() | tuple():
            return [text for entry in value for text in _texts(entry)]
        case _:
            return []
