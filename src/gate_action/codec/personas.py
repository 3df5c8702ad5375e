"""The shapes of fi.simulate (agent-simulate, fi/simulate/simulation/models.py), read as they stand: a Persona is a
fixture's row, a Scenario a file of them; plain ones, and those with typed layers.
"""

import re
from collections.abc import Mapping
from typing import TypeGuard

from gate_action.codec.positions import Path
from gate_action.model.fixture import Json, JsonObject, digest_json

REQUIRED = ("persona", "situation", "outcome")
"""Of a Persona."""
_LAYERS = ("identity", "temperament", "behavior_policy", "attack")
"""Of a typed Persona: what they are like, besides ``persona``."""
_PRESSURE = ("escalation", "attack_type", "attack_surface")
"""Of a typed Scenario: what holds for each of its persons."""
SCENARIO = frozenset(
    {
        *("name", "description", "dataset", "kind", "goal", "verification", "coverage", "constraints"),
        *(*_PRESSURE, "version", "parent_version"),
    }
)
"""Its fields. ``goal``, ``verification`` and ``coverage`` are not read: metrics and checks say what is scored."""
_RENAMED = {"outcome": "goal"}
_NO_SLUG = re.compile(r"[^a-z0-9._]+")
_LONGEST_SLUG = 60


def is_persona(row: Json) -> TypeGuard[Mapping[str, Json]]:
    """A person and no input."""
    return isinstance(row, Mapping) and "input" not in row and any(name in row for name in REQUIRED[1:])


def adapt_persona(row: Mapping[str, Json], of: Json) -> JsonObject:
    """The fixture row that it stands for; what else stands in it is a fixture's. ``of``: the Scenario, null: none.

    Its id is of the scenario's name, the person's and the content, so that rows may come, go and change places. People
    in one situation are not independent of each other: they are of one cluster.
    """
    scenario = of if isinstance(of, Mapping) else {}
    told = {name: row[name] for name in REQUIRED if name in row}
    layers = {name: row[name] for name in (*_LAYERS, "knowledge") if row.get(name)}
    user = {_RENAMED.get(name, name): entry for name, entry in told.items()}
    traits = {name: entry for name, entry in layers.items() if name != "knowledge"}
    traits |= {name: scenario[name] for name in _PRESSURE if scenario.get(name)}
    if isinstance(person := user.get("persona"), Mapping):
        user["persona"] = {**person, **{name: _without_empty(entry) for name, entry in traits.items()}}
    if "knowledge" in layers:
        user["facts"] = _facts(layers["knowledge"], scenario.get("constraints"))
    title, situation = str(scenario.get("name", "")), told.get("situation", "")
    names = (_slug(title), "-".join(filter(None, (_slug(_name_of(row)), _digest({**told, **layers})))))
    return {
        "id": "/".join(filter(None, names)),
        "input": {"situation": situation},
        "cluster": f"situation-{_digest(situation)}",
        "scenario": user,
        **_rest(row, {"scenario": title, "kind": scenario.get("kind")}),
    }


def path_in_persona(path: Path) -> Path:
    """Where in the row as written stands what ``path`` leads to in the adapted one."""
    match path:
        case ("scenario", "facts", *_):
            return ("knowledge",)
        case ("scenario", str() as name, *rest):
            return (next((old for old, new in _RENAMED.items() if new == name), name), *rest)
        case ("input", "situation", *rest):
            return ("situation", *rest)
        case _:
            return path


def _rest(row: Mapping[str, Json], slices: Mapping[str, Json]) -> dict[str, Json]:
    """What is a fixture's own, in the scenario's slices. A ``provenance`` without a source is the persona's."""
    ours = {key: entry for key, entry in row.items() if key not in {*REQUIRED, *_LAYERS, "knowledge", "version"}}
    provenance = ours.get("provenance")
    if "provenance" in ours and not (isinstance(provenance, Mapping) and "source" in provenance):
        del ours["provenance"]
    own = ours.get("slices", {})
    known = {dimension: value for dimension, value in slices.items() if value}
    if known and isinstance(own, Mapping):
        ours["slices"] = {**known, **own}
    return ours


def _facts(knowledge: Json, constraints: Json) -> Json:
    """What may be revealed: neither what is withheld, nor what the scenario does not let them know."""
    if not isinstance(knowledge, list):
        return knowledge
    usable = constraints.get("max_user_knowledge") if isinstance(constraints, Mapping) else None
    facts: list[Json] = []
    for entry in knowledge:
        if not (isinstance(entry, Mapping) and "key" in entry and "value" in entry):
            facts.append(entry)  # the row is refused for it
        elif entry.get("disclosure") != "withhold" and _is_usable(entry["key"], usable):
            facts.append(f"{entry['key']}: {entry['value']}")
    return facts


def _is_usable(key: Json, usable: Json) -> bool:
    """Nothing named: everything is."""
    return not isinstance(usable, list) or not usable or key in usable


def _name_of(row: Mapping[str, Json]) -> str:
    told = (part.get("name") for part in (row.get("persona"), row.get("identity")) if isinstance(part, Mapping))
    return next((name for name in told if isinstance(name, str)), "")


def _without_empty(value: Json) -> Json:
    if not isinstance(value, Mapping):
        return value
    return {name: _without_empty(entry) for name, entry in value.items() if entry not in (None, [], {}, "")}


def _digest(value: Json) -> str:
    return digest_json(value).removeprefix("sha256:")[:8]


def _slug(text: str) -> str:
    return _NO_SLUG.sub("-", text.lower()).strip("-.")[:_LONGEST_SLUG]
