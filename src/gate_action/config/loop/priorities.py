"""priorities.yaml: what a team says of the ranked list against the figures, and why."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta, field

from gate_action.codec.positions import Document, Path, TextError, decode_text, near_miss
from gate_action.codec.schema_faults import Explainer, Fault, place_fault
from gate_action.codec.yaml_text import parse_yaml
from gate_action.config.loop.prioritize import Chance, Days, Level
from gate_action.config.part import Part, Text
from gate_action.errors import ConfigError

VERSION = 1
_EXPLAINER = Explainer(is_shown=False)


class Mute(Part, frozen=True):
    """Not ranked until a day, for a reason."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
    until: Annotated[date, Meta(description="The last day on which it counts.")]


class Override(Part, frozen=True):
    """Of one cluster, or of a label: what is said here stands in for the figures."""

    severity: Annotated[Level | None, Meta(description="1 to 4.")] = None
    lever: Annotated[Text | None, Meta(description="One of loop.prioritize.levers.")] = None
    chance: Annotated[Chance | None, Meta(description="That the lever mends it.")] = None
    effort_days: Annotated[Days | None, Meta(description="A person's days.")] = None
    pin: Annotated[bool, Meta(description="Before all others.")] = False
    mute: Mute | None = None
    note: Annotated[str, Meta(max_length=2000, description="Why.")] = ""


class PrioritiesFile(Part, frozen=True):
    """The whole file."""

    schema_version: int = VERSION
    items: Annotated[dict[Text, Override], Meta(description="A cluster's id, or a label.")] = field(
        default_factory=dict
    )

    def find(self, item_id: str, label: str) -> Override | None:
        """The cluster's own word; what it leaves open, its label's says. A pin or a mute of its own stands alone."""
        own, of_label = self.items.get(item_id), self.items.get(label)
        if own is None or of_label is None:
            return own or of_label
        told = {name: _either(getattr(own, name), getattr(of_label, name)) for name in Override.__struct_fields__}
        if own.pin or own.mute:
            told |= {"pin": own.pin, "mute": own.mute}
        return Override(**told)

    def expired(self, today: date) -> Iterator[str]:
        yield from (name for name, one in sorted(self.items.items()) if one.mute and one.mute.until < today)


def _either(own: object, of_label: object) -> Any:
    return of_label if own is None or own is False or own == "" else own


def decode_priorities(content: bytes, path: str, levers: Iterable[str]) -> PrioritiesFile:
    """Raises ConfigError with every fault, file:line:column."""
    try:
        document = parse_yaml(decode_text(content))
    except TextError as error:
        raise ConfigError(f"{path} cannot be read", problems=(error.as_problem(path),)) from error
    faults = list(_faults(document, tuple(levers)))
    if faults:
        problems = [place_fault(fault, path, document.places) for fault in faults]
        ordered = sorted(problems, key=lambda one: (one.line or 0, one.column or 0))
        raise ConfigError(f"{path} cannot be used", problems=tuple(ordered))
    return msgspec.convert(_plain(document.value), PrioritiesFile)


def _faults(document: Document, levers: tuple[str, ...]) -> Iterator[Fault]:
    value = _plain(document.value)
    try:
        found = msgspec.convert(value, PrioritiesFile)
    except msgspec.ValidationError as error:
        yield from _explain(value) or (Fault((), str(error)),)
        return
    if found.schema_version != VERSION:
        yield Fault(("schema_version",), f"version {found.schema_version} is not known: this is version {VERSION}")
    for name, override in found.items.items():
        place: Path = ("items", name)
        if override.lever is not None and override.lever not in levers:
            yield Fault((*place, "lever"), f"there is no lever {override.lever!r}", near_miss(override.lever, levers))
        if override.pin and override.mute:
            yield Fault((*place, "pin"), "it is pinned and muted at once", "leave one of both out")


def _plain(value: object) -> object:
    """An empty file is one without items."""
    return {} if value is None else value


def _explain(value: object) -> tuple[Fault, ...]:
    from jsonschema import Draft202012Validator  # heavy, and only a faulty file needs it

    (top,), definitions = msgspec.json.schema_components([PrioritiesFile], ref_template="#/$defs/{name}")
    return tuple(_EXPLAINER.find(Draft202012Validator({**top, "$defs": definitions}), value))  # type: ignore[arg-type]  # as parsed
