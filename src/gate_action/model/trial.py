"""One attempt of one fixture on one build, and what came of it."""

from enum import StrEnum
from typing import NamedTuple

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json, ToolCall, digest_json
from gate_action.model.replay import ModelCalls


class Arm(StrEnum):
    """Base first, head second, everywhere."""

    BASE = "base"
    HEAD = "head"


REPEATS_FROM = 2_000
"""Attempts from here on are repeats of a replayed one, on the same recorded model calls: they never count in a mean."""


class TrialKey(NamedTuple):
    fixture_id: str
    arm: Arm
    attempt: int
    """0-based."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """What a procedure asks for."""

    key: TrialKey
    fresh: bool = True
    """A fresh trial is never answered from a cache or a stored run."""


class Unmeasured(StrEnum):
    """Why a measurement has no value. A value of its own, never 0."""

    NOT_REPORTED = "not_reported"
    UNPRICED = "unpriced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a trial took: seconds of wall time, tokens, US dollars."""

    latency_s: float | Unmeasured = Unmeasured.NOT_REPORTED
    input_tokens: int | Unmeasured = Unmeasured.NOT_REPORTED
    output_tokens: int | Unmeasured = Unmeasured.NOT_REPORTED
    cost_usd: float | Unmeasured = Unmeasured.NOT_REPORTED


NOTHING_REPORTED = Usage()
"""One for all trials of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a build answered. Hostile: only report/escape lets it into a page."""

    content: Json
    """Text, or any JSON."""
    tool_calls: tuple[ToolCall, ...] = ()
    context: tuple[str, ...] = ()
    """Documents that the build retrieved."""
    messages: tuple[Json, ...] = ()
    """The transcript, where the build tells it or the fixture has several turns."""

    @property
    def text(self) -> str:
        """The content if it is text, else its JSON."""
        if isinstance(self.content, str):
            return self.content
        import json  # only for the few answers that are no text

        return json.dumps(self.content, ensure_ascii=False, sort_keys=True)

    @property
    def digest(self) -> str:
        """Of all that a judge or a person can see of the answer: equal answers have equal labels."""
        calls: list[Json] = [{"name": call.name, "arguments": call.arguments} for call in self.tool_calls]
        return digest_json(
            {
                "content": self.content,
                "tool_calls": calls,
                "context": list(self.context),
                "messages": list(self.messages),
            }
        )


class Fault(StrEnum):
    """Why there is no output."""

    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    GARBAGE = "garbage"
    """It answered, but not in the protocol."""
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    """An HTTP status of 4xx or 5xx, or an error that the target reported itself."""
    PROVIDER = "provider"
    """429, an outage or an unreachable model provider: nobody's build is to blame."""
    NOT_RECORDED = "not_recorded"
    """A recording holds no row for this fixture and attempt."""
    SIMULATED_USER = "simulated_user"
    """The simulated user did what no user would: the conversation measures nothing."""

    @property
    def is_targets_own(self) -> bool:
        return self not in (Fault.PROVIDER, Fault.NOT_RECORDED, Fault.SIMULATED_USER)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialError:
    fault: Fault
    detail: str
    """One sentence with values."""
    tail: str = ""
    """The child's last lines, at most a few kB."""
    is_shared: bool = False
    """A process died that answers many at a time: any of those in flight may have killed it. Not kept."""


class Stored(NamedTuple):
    """An output that lies in the run folder: bytes ``offset`` to ``offset + length`` of outputs.jsonl."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a target hands back for one try."""

    outcome: Output | TrialError
    usage: Usage = NOTHING_REPORTED
    retry_after_s: float | None = None
    """What the other side asked us to wait, if it did."""
    is_busy: bool = False
    """The other side says that it has too much to do (503), whoever is to blame."""
    calls: ModelCalls | None = None
    """None: its model calls were not watched."""

    @property
    def is_refusal(self) -> bool:
        """Are fewer requests asked for?"""
        is_providers = isinstance(self.outcome, TrialError) and self.outcome.fault is Fault.PROVIDER
        return is_providers or self.is_busy or self.retry_after_s is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A finished trial: the last try's outcome. Once it is in the journal its output is told as Stored."""

    key: TrialKey
    outcome: Output | Stored | TrialError
    usage: Usage = NOTHING_REPORTED
    fresh: bool = True
    """No, where all that it rests on was recorded: nothing was paid for it."""
    tries: int = 1
    calls: ModelCalls | None = None
    """Of its last try. None: its model calls were not watched."""
