"""The part ``target.simulate`` of gate.yaml: the shape, types, ranges and defaults."""

from typing import Annotated, Literal

from msgspec import Meta

from gate_action.codec.scenario_rows import ScenarioRow
from gate_action.config.part import Part, Text, VariableName
from gate_action.model.scenario import Simulating

_SIMULATING = Simulating()


class SimulateShape(Part, frozen=True):
    """Simulated users talk with the build: docs/simulate.md."""

    model: Annotated[Text | None, Meta(description="Left out: every user has a script.")] = None
    key: VariableName | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] = _SIMULATING.temperature
    seed: Annotated[int, Meta(ge=0, description="Of the model, where it takes one.")] = _SIMULATING.seed
    max_turns: Annotated[int, Meta(ge=1, le=50, description="Messages of the user.")] = _SIMULATING.max_turns
    redraws: Annotated[
        int, Meta(ge=0, le=10, description="Further replies asked for where one is no user's, before it is invalid.")
    ] = _SIMULATING.redraws
    scored: Annotated[
        Literal["answers", "last"], Meta(description="The output: all that the build said, or its last answer.")
    ] = _SIMULATING.scored
    instructions: Annotated[
        Text | None, Meta(description="A text file of the repository: what every user is told besides.")
    ] = None
    scenario: Annotated[
        ScenarioRow | None, Meta(description="Of fixtures without one of their own: any suite becomes a conversation.")
    ] = None
