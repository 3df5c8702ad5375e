"""The rubric's file -> Rubric: the packaged one or a repository's own, with the modes that gate.yaml adds."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files as packaged
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gate_action.codec.positions import TextError, decode_text
from gate_action.codec.yaml_text import parse_yaml
from gate_action.errors import ConfigError, Problem
from gate_action.model.loop import Aside
from gate_action.model.rubric import Canary, LabelMeaning, Rubric

LabelName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)", description="small letters, digits and _")]
_Text = Annotated[str, Meta(min_length=1)]
DEFAULT = "rubric.yaml"


class MeaningShape(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One label."""

    name: LabelName
    meaning: _Text
    is_it: tuple[_Text, ...] = ()
    is_not: tuple[_Text, ...] = ()


class _CanaryShape(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    name: _Text
    labels: Annotated[tuple[LabelName, ...], Meta(min_length=1)]
    record: dict[str, Any]


class _RubricShape(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    version: _Text
    modes: Annotated[tuple[MeaningShape, ...], Meta(min_length=1)]
    asides: tuple[MeaningShape, ...]
    canaries: tuple[_CanaryShape, ...] = ()


def load_default() -> bytes:
    """The packaged rubric's file."""
    return packaged("gate_action.loop.classify").joinpath(DEFAULT).read_bytes()


def read_rubric(content: bytes, path: str, more_modes: Sequence[LabelMeaning] = ()) -> Rubric:
    """``more_modes``: of gate.yaml; one with the name of a mode in the file replaces it. Raises ConfigError."""
    try:
        document = parse_yaml(decode_text(content))
        shape = msgspec.convert(document.value, _RubricShape)
    except TextError as error:
        raise ConfigError(f"the rubric {path} cannot be read", problems=(error.as_problem(path),)) from error
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"the rubric {path} cannot be used: {error}", hint="docs/loop-classify.md shows one"
        ) from error
    own = {mode.name: mode for mode in more_modes}
    modes = [own.pop(mode.name) if mode.name in own else _meaning(mode) for mode in shape.modes] + list(own.values())
    asides = tuple(_meaning(aside) for aside in shape.asides)
    rubric = Rubric(version=shape.version, modes=tuple(modes), asides=asides)
    canaries = tuple(Canary(name=one.name, record=one.record, labels=frozenset(one.labels)) for one in shape.canaries)
    problems = [Problem(path=path, message=message) for message in _faults(rubric, canaries)]
    if problems:
        raise ConfigError(f"the rubric {path} cannot be used", problems=tuple(problems))
    return Rubric(version=shape.version, modes=rubric.modes, asides=asides, canaries=canaries)


def _faults(rubric: Rubric, canaries: Sequence[Canary]) -> Iterator[str]:
    names = rubric.labels
    yield from (f"{name} is there twice" for name in sorted({name for name in names if names.count(name) > 1}))
    asides = {one.name for one in rubric.asides}
    yield from (f"the aside {aside} is missing" for aside in Aside if aside not in asides)
    yield from (f"{name} is no aside: it belongs to the modes" for name in sorted(asides - set(Aside)))
    for canary in canaries:
        for name in sorted(canary.labels - set(names)):
            yield f"the canary {canary.name!r} has the label {name}, which is not in the rubric"
        if not isinstance(canary.record.get("feedback"), Sequence) or not isinstance(canary.record, Mapping):
            yield f"the canary {canary.name!r} has no list of feedback"


def _meaning(shape: MeaningShape) -> LabelMeaning:
    return LabelMeaning(name=shape.name, meaning=shape.meaning.strip(), is_it=shape.is_it, is_not=shape.is_not)
