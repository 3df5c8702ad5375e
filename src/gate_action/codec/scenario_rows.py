"""A fixture's scenario <-> Scenario, and what is wrong with one beyond its shape."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gate_action.codec.schema_faults import Fault
from gate_action.model.fixture import Json
from gate_action.model.scenario import Ending, Scenario, ScriptLine

_TWO_USERS = "the input scripts its user's turns already"


class ScriptLineRow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a scripted user does where ``when`` is found in the build's last answer; the first line that fits counts."""

    when: Annotated[str, Meta(description="RE2, without regard to case; left out: always.")] = ""
    say: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    ends: Annotated[Ending | UnsetType, Meta(description="The conversation ends with it.")] = UNSET


class ScenarioRow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A simulated user, who goes on with the conversation that the input begins."""

    goal: Annotated[str, Meta(min_length=1, description="What the user wants.")]
    situation: Annotated[str, Meta(description="Why they are here.")] = ""
    facts: Annotated[list[str], Meta(description="All that they may reveal.")] = []
    persona: Annotated[dict[str, Any], Meta(description="Traits: patience, terseness, dialect ...")] = {}
    tool_results: Annotated[dict[str, Any], Meta(description="Tool name -> the result that its call gets.")] = {}
    script: Annotated[list[ScriptLineRow], Meta(description="A user by rules, who needs no model.")] = []


def decode_scenario(row: ScenarioRow, asked: Json = None) -> Scenario:
    """``asked``: the fixture's input. Raises msgspec.ValidationError: scripted turns beside it, or a faulty script."""
    if _is_scripted(asked):
        raise msgspec.ValidationError(f"{_TWO_USERS} - at `$.scenario`")
    return Scenario(
        goal=row.goal,
        situation=row.situation,
        facts=tuple(row.facts),
        persona=row.persona,
        tool_results=row.tool_results,
        script=tuple(_decode_line(line, number) for number, line in enumerate(row.script)),
    )


def find_scenario_faults(row: Mapping[str, Json]) -> Iterator[Fault]:
    """Of a fixture's row that the schema lets through."""
    scenario = row.get("scenario")
    if not isinstance(scenario, Mapping):
        return
    if _is_scripted(row.get("input")):
        yield Fault(("scenario",), _TWO_USERS, "leave it out, or give the input as messages")
    script = scenario.get("script")
    for number, line in enumerate(script if isinstance(script, list) else ()):
        when = line.get("when") if isinstance(line, Mapping) else None
        if isinstance(when, str) and when and (reason := _fault_of_pattern(when)):
            yield Fault(("scenario", "script", number, "when"), f"no RE2 pattern: {reason}")


def _is_scripted(asked: Json) -> bool:
    return isinstance(asked, Mapping) and set(asked) == {"turns"}


def _decode_line(line: ScriptLineRow, number: int) -> ScriptLine:
    at = f"$.scenario.script[{number}]"
    if line.say is UNSET and line.ends is UNSET:
        raise msgspec.ValidationError(f"a line of a script says something, or ends, or both - at `{at}`")
    if line.when and (reason := _fault_of_pattern(line.when)):
        raise msgspec.ValidationError(f"no RE2 pattern: {reason} - at `{at}.when`")
    say = "" if line.say is UNSET else line.say
    return ScriptLine(when=line.when, say=say, ends=None if line.ends is UNSET else line.ends)


def _fault_of_pattern(pattern: str) -> str:
    import re2  # few rows have a script

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        detail = error.args[0] if error.args else error
        return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
    return ""
