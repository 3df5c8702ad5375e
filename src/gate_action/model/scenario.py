"""A simulated user: who talks with a build, what they want and know, and what makes such a talk no measurement."""

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from gate_action.model.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gate_action.model.fixture import Json, JsonObject  # a fixture has a scenario


class Ending(StrEnum):
    """Why a simulated user stops."""

    GOAL_REACHED = "goal_reached"
    GAVE_UP = "gave_up"


class UserFault(StrEnum):
    """What a simulated user did that no user would: the conversation is invalid, whatever the build said."""

    EMPTY = "said nothing"
    UNREADABLE = "answered in another shape"
    TOO_LONG = "said too much"
    LEFT_ROLE = "left its role"
    LEAKED = "told its instructions"
    REPEATED = "repeated itself"
    INVENTED = "made up a fact"
    ENDED_EARLY = "ended without a reason"
    UNREACHABLE = "could not be asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLine:
    """What a scripted user does where ``when`` is found in the build's last answer."""

    when: str = ""
    """RE2, without regard to case; empty: always."""
    say: str = ""
    ends: Ending | None = None
    """None: the conversation goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The user whom a build talks with. The fixture's input, where it is a message, is their first, word for word."""

    goal: str
    situation: str = ""
    facts: tuple[str, ...] = ()
    """All that the user may reveal beside what the build has said itself."""
    persona: "JsonObject" = field(default_factory=dict)
    """Traits: patience, terseness, dialect ..."""
    tool_results: "JsonObject" = field(default_factory=dict)
    """Tool name -> the result that the target's call of it is answered with."""
    script: tuple[ScriptLine, ...] = ()
    """Given: a user by rules, who needs no model."""

    @property
    def parts(self) -> "JsonObject":
        """As a row spells it; what is empty is left out."""
        lines: list[Json] = [
            {
                **({"when": line.when} if line.when else {}),
                **({"say": line.say} if line.say else {}),
                **({"ends": str(line.ends)} if line.ends else {}),
            }
            for line in self.script
        ]
        told: Mapping[str, Json] = {
            "goal": self.goal,
            "situation": self.situation,
            "facts": list(self.facts),
            "persona": self.persona,
            "tool_results": self.tool_results,
            "script": lines,
        }
        return {name: part for name, part in told.items() if part}


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulating:
    """How users are simulated in one gate."""

    model: str = ""
    """As litellm names it; empty: every user is scripted."""
    temperature: float = 0.7
    seed: int = 0
    max_turns: int = 8
    """Messages of the user, the first among them."""
    redraws: int = 2
    """Further replies that are asked for where one is not fit for a user, before the conversation is invalid."""
    scored: Literal["answers", "last"] = "answers"
    """What the output's content is: all that the build said, or its last answer."""
    scenario: Scenario | None = None
    """Of fixtures that have none of their own. None: those are asked once, as they stand."""
