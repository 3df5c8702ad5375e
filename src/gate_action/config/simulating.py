"""target.simulate of gate.yaml: its shape -> settings, what is wrong with it, and whether the suite fits it."""

from collections.abc import Iterator

import msgspec

from gate_action.codec.positions import Path
from gate_action.codec.scenario_rows import decode_scenario
from gate_action.codec.schema_faults import Fault
from gate_action.config.document import GateShape, TargetShape
from gate_action.config.settings import Config, SimulateSettings
from gate_action.config.simulate_shape import SimulateShape
from gate_action.errors import Problem
from gate_action.model.fixture import Suite
from gate_action.model.picking import having
from gate_action.model.scenario import Simulating

_BARRED = "its users are simulated, and it is not called primary (role: primary lets it block)"
_OPTIONS = ("temperature", "seed", "max_turns", "redraws", "scored")


def read_simulate(shape: SimulateShape) -> SimulateSettings:
    """Raises msgspec.ValidationError for a script that nobody could follow: ``find_simulate_faults`` tells it."""
    options = {name: getattr(shape, name) for name in _OPTIONS}
    scenario = decode_scenario(shape.scenario) if shape.scenario else None
    return SimulateSettings(
        how=Simulating(model=shape.model or "", scenario=scenario, **options),
        key=shape.key or "",
        instructions=shape.instructions or "",
    )


def why_barred(gate: GateShape) -> str:
    """Why a metric without a role only warns; empty: it does not. Simulated users are easier ones than people are."""
    return _BARRED if gate.target.simulate else ""


def find_simulate_faults(target: TargetShape, top: Path) -> Iterator[Fault]:
    shape, at = target.simulate, (*top, "target", "simulate")
    if shape is None:
        return
    if target.kind == "recorded":
        yield Fault(at, "recorded outputs are whole conversations already", "leave it out")
    if shape.key in target.env:
        reason = f"{shape.key} is the simulated users' key: no build may see it"
        yield Fault((*at, "key"), reason, "give it a key of its own, under another name")
    try:
        read_simulate(shape)
    except msgspec.ValidationError as error:
        yield Fault((*at, "scenario"), str(error))


def find_simulation_problems(config: Config, suite: Suite) -> Iterator[Problem]:
    """Fixtures and gate that do not fit each other: the run would refuse them before anything is spent."""
    settings, at = config.target.simulate, ("target", "simulate")
    named = list(having(suite.fixtures, "scenario"))
    if settings is None:
        if named and config.target.kind != "recorded":
            message = f"{_count(len(named))}, {named[0].id!r} the first, and nobody is simulated"
            yield config.problem(("target",), message, hint="write simulate: {model: ...} below target")
        return
    users = [*(fixture.scenario for fixture in named), settings.how.scenario]
    if not settings.how.model and any(user is not None and not user.script for user in users):
        message = "no model, and not every scenario has a script"
        yield config.problem(at, message, hint="write model: provider/name, or give each scenario a script")
    if not any(users):
        message = "nobody is simulated: no fixture has a scenario, and simulate gives none to all"
        yield config.problem(at, message, hint="write scenario: {goal: ...} into a fixture, or here for all")


def _count(fixtures: int) -> str:
    return "a fixture has a scenario" if fixtures == 1 else f"{fixtures} fixtures have a scenario"
