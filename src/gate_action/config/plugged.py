"""The classes that a gate.yaml names: are they known, do their options fit, which of them take secrets?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gate_action import plugins
from gate_action.codec.options import OptionsError, build, option_names
from gate_action.codec.positions import Path
from gate_action.codec.schema_faults import Fault
from gate_action.config.secrets import secret_options
from gate_action.errors import ConfigError
from gate_action.model.fixture import JsonObject
from gate_action.model.metric import CHECKS


class Use(NamedTuple):
    """A class that the file names, where, and the options that it is given."""

    seam: str
    name: str
    at: Path
    """Of its name. Its options stand beside it, under ``options``."""
    options: JsonObject

    @property
    def options_at(self) -> Path:
        return (*self.at[:-1], "options")


class Judged(NamedTuple):
    faults: tuple[Fault, ...]
    secret_paths: tuple[Path, ...]


def judge_uses(gate: Any, top: Path) -> Judged:
    """Faults of every class that a gate names. ``gate`` is the raw value: other parts of it may be wrong."""
    faults: list[Fault] = []
    secrets: list[Path] = []
    for use in _uses(gate, top):
        try:
            cls = plugins.find(use.seam, use.name)
        except ConfigError as error:
            faults.append(Fault(use.at, error.message, error.hint))
            continue
        secrets += [(*use.options_at, option) for option in secret_options(cls)]
        if getattr(cls, "is_judge", False) and not use.options.get("model") and not _entry(gate, "judge"):
            hint = "write judge: {model: ...} once, or a model among the options"
            faults.append(Fault(use.at, f"{use.name} has no model to ask", hint))
        try:
            build(cls, use.options)
        except OptionsError as error:
            known = option_names(cls)
            faults += [
                Fault((*use.options_at, *one.path), one.message, one.hint, is_key=bool({*one.path[:1]} - {*known}))
                for one in error.faults
            ]
    return Judged(tuple(faults), tuple(secrets))


def _uses(gate: Any, top: Path) -> Iterator[Use]:
    yield from _use("targets", _entry(gate, "target"), "kind", (*top, "target"))
    yield from _use("baselines", _entry(gate, "baselines"), "store", (*top, "baselines"))
    for index, source in enumerate(_entries(gate, "fixtures")):
        yield from _use("sources", source, "source", (*top, "fixtures", index))
    metrics = _entry(gate, "metrics")
    for name, metric in metrics.items() if isinstance(metrics, Mapping) else ():
        if name != CHECKS:
            yield from _use("evaluators", metric, "evaluator", (*top, "metrics", name))


def _use(seam: str, value: Any, key: str, at: Path) -> Iterator[Use]:
    name, options = _entry(value, key), _entry(value, "options")
    if isinstance(name, str) and name and (options is None or isinstance(options, Mapping)):
        yield Use(seam, name, (*at, key), options or {})


def _entry(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _entries(value: Any, key: str) -> Sequence[Any]:
    found = _entry(value, key)
    return found if isinstance(found, list) else ()
