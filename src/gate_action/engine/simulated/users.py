"""Who plays a user: a script, or a model whose unfit replies are asked for again. Both say the next message."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Protocol

from gate_action.codec.answers import Place
from gate_action.engine.simulated.faults import Unfit, find_fault
from gate_action.engine.simulated.instructions import (
    Reply,
    Spoken,
    build_instructions,
    build_messages,
    read_reply,
    show,
    tell_all,
)
from gate_action.engine.simulated.replies import Replies
from gate_action.model.dataclass import dataclass
from gate_action.model.messages import Messages
from gate_action.model.protocols import ProviderError
from gate_action.model.scenario import Ending, Scenario, ScriptLine, UserFault


class User(Protocol):
    """One user in one conversation."""

    def answer(self, talk: Sequence[Spoken]) -> Awaitable[Reply | Unfit]:
        """What they say after ``talk``; empty: they speak first."""
        ...


@dataclass(frozen=True, slots=True)
class ScriptedUser:
    """Goes by rules: the same build, the same conversation."""

    script: tuple[ScriptLine, ...]

    async def answer(self, talk: Sequence[Spoken]) -> Reply | Unfit:
        """The first line that fits the build's last answer. Where none does, they give up."""
        heard = talk[-1].text if talk else ""
        for line in self.script:
            if not line.when or _is_found(line.when, heard):
                return Reply(message=line.say, ends=line.ends)
        return Reply(message="", ends=Ending.GAVE_UP)


@dataclass(frozen=True, kw_only=True)
class ModelUser:
    """Played by a model, for one attempt at one fixture."""

    scenario: Scenario
    replies: Replies
    further: str
    """A gate's own instructions."""
    fixture_id: str
    attempt: int
    redraws: int
    note_redraw: Callable[[], None]

    async def answer(self, talk: Sequence[Spoken]) -> Reply | Unfit:
        """The first fit one of ``redraws`` + 1 replies, or what was wrong with the last.

        Raises BudgetSpentError.
        """
        talk = show(talk)
        messages = build_messages(self._instructions, talk)
        unfit = await self._draw(messages, talk, 0)
        for draw in range(1, self.redraws + 1):
            if isinstance(unfit, Reply) or unfit.fault is UserFault.UNREACHABLE:
                break
            self.note_redraw()
            unfit = await self._draw(messages, talk, draw)
        return unfit

    async def _draw(self, messages: Messages, talk: Sequence[Spoken], draw: int) -> Reply | Unfit:
        try:
            text = await self.replies.reply(messages, Place(self.fixture_id, self.attempt, len(talk), draw))
        except ProviderError as error:
            return Unfit(UserFault.UNREACHABLE, str(error))
        reply = read_reply(text)
        if reply is None:
            return Unfit(UserFault.UNREADABLE, repr(text[:120]))
        return find_fault(reply, self.scenario, talk, tell_all(self.further)) or reply

    @cached_property
    def _instructions(self) -> str:
        return build_instructions(self.scenario, self.further)


def _is_found(pattern: str, text: str) -> bool:
    import re2  # few gates have scripted users

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(pattern, options).search(text) is not None
