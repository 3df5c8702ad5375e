"""A conversation with a simulated user: turn by turn, until the user ends it or has had all their turns."""

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from gate_action.engine.conversation import Said, converse, let_answer
from gate_action.engine.simulated.faults import Unfit
from gate_action.engine.simulated.instructions import Spoken
from gate_action.engine.simulated.replies import Replies
from gate_action.engine.simulated.users import ModelUser, ScriptedUser, User
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Json, JsonObject
from gate_action.model.protocols import Try
from gate_action.model.scenario import Scenario, Simulating
from gate_action.model.trial import Attempt, Fault, TrialError

_CULPRIT = "the simulated user"


@dataclass(kw_only=True)
class Simulation:
    """Of one run: the same users for both builds."""

    settings: Simulating
    replies: Replies | None
    """None: every user is scripted."""
    further: str = ""
    """The gate's own instructions."""
    redrawn: int = 0
    """Replies that were no user's, and were asked for again."""

    async def converse(self, ask: Try, fixture: Fixture, attempt: int) -> Attempt:
        """One trial of ``fixture``. Without a scenario it is put as it stands. Raises BudgetSpentError.

        The output's content is all that the build said, or its last answer; its messages are the transcript. A user
        who is none is a SIMULATED_USER fault, and nobody's build is to blame.
        """
        scenario = find_scenario(fixture, self.settings)
        if scenario is None:
            return await converse(ask, fixture, attempt)
        user = self._user(scenario, fixture, attempt)
        said = Said(messages=_begin(fixture.input))
        for turn in range(1, self.settings.max_turns + 1):
            if not _is_builds_turn(said.messages):
                reply = await user.answer(_talk(said.messages))
                if isinstance(reply, Unfit):
                    return said.end(_invalid(reply, turn))
                if reply.message:  # their last words stand in the transcript, and nobody answers them
                    said.messages.append({"role": "user", "content": reply.message})
                if reply.ends is not None:
                    break
            failed = await let_answer(said, scenario.tool_results, ask, fixture, attempt)
            if failed is not None:
                return said.end(failed)
        content: Json = said.last if self.settings.scored == "last" else "\n\n".join(filter(str.strip, said.answers))
        return said.end(Attempt(outcome=said.output(content)))

    def _user(self, scenario: Scenario, fixture: Fixture, attempt: int) -> User:
        if scenario.script or self.replies is None:  # without a model only scripted users are let through
            return ScriptedUser(scenario.script)
        return ModelUser(
            scenario=scenario,
            replies=self.replies,
            further=self.further,
            fixture_id=fixture.id,
            attempt=attempt,
            redraws=self.settings.redraws,
            note_redraw=self._note_redraw,
        )

    def _note_redraw(self) -> None:
        self.redrawn += 1


def find_scenario(fixture: Fixture, settings: Simulating) -> Scenario | None:
    """Its own, else the gate's for all that begin with a user's message; one that scripts its user's turns has none."""
    if fixture.scenario is not None:
        return fixture.scenario
    return settings.scenario if _is_builds_turn(_begin(fixture.input)) else None


def _begin(asked: Json) -> list[JsonObject]:
    """The conversation as the input begins it; empty: the user finds the first words."""
    if isinstance(asked, str):
        return [{"role": "user", "content": asked}] if asked.strip() else []
    told = asked.get("messages") if isinstance(asked, Mapping) else None
    return [entry for entry in told if isinstance(entry, Mapping)] if _is_list(told) else []


def _is_builds_turn(messages: Sequence[JsonObject]) -> bool:
    return bool(messages) and messages[-1].get("role") == "user"


def _talk(messages: Sequence[JsonObject]) -> tuple[Spoken, ...]:
    """What was said, without the calls and results of tools."""
    told = [message for message in messages if message.get("role") in ("user", "assistant")]
    return tuple(Spoken(message["role"] == "user", _text_of(message.get("content"))) for message in told)


def _text_of(content: Json) -> str:
    """Of a message in parts the texts."""
    if not _is_list(content):
        return content if isinstance(content, str) else ""
    return "\n".join(str(part["text"]) for part in content if isinstance(part, Mapping) and "text" in part)


def _invalid(unfit: Unfit, turn: int) -> Attempt:
    detail = f"{_CULPRIT} {unfit.fault}, at their message {turn}: {unfit.detail}"
    return Attempt(outcome=TrialError(fault=Fault.SIMULATED_USER, detail=detail))


def _is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)
