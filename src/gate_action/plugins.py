"""Seam + name -> class: a built-in file of this package, or an installed entry point; imported at first use.

Knows the seams' folders by string only, and nothing of what a class does.
"""

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gate_action.codec.positions import near_miss
from gate_action.errors import ConfigError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_METHODS = {"evaluators": "evaluate", "targets": "open", "sources": "load", "baselines": "find"}
"""Each seam, and the method that a class of it must have."""

SEAMS = tuple(_METHODS)


class InstalledPlugin(NamedTuple):
    """A class that another distribution offers. It runs in our process: the log names it."""

    seam: str
    name: str
    distribution: str
    """Name and version of the distribution, e.g. ``gate-bleu 1.2``."""
    is_shadowed: bool
    """A built-in has the same name: the built-in is taken."""

    @property
    def words(self) -> str:
        unused = " (not used: a built-in has this name)" if self.is_shadowed else ""
        return f"{self.seam} {self.name} of {self.distribution}{unused}"


def names(seam: str) -> tuple[str, ...]:
    """Every name that gate.yaml may use for this seam, sorted; nothing is imported."""
    return tuple(sorted({*_built_in_names(seam), *(point.name for point in _entry_points(seam))}))


def find(seam: str, name: str) -> type:
    """The class behind ``name``. Raises ConfigError: unknown, offered twice, or its class cannot be had."""
    if name in _built_in_names(seam):
        return _checked(seam, name, _built_in(seam, name))
    offers = [point for point in _entry_points(seam) if point.name == name]
    if not offers:
        raise _unknown(seam, name)
    if len(offers) > 1:
        origins = ", ".join(sorted(_distribution(point) for point in offers))
        raise ConfigError(
            f"{_singular(seam)} {name!r} is offered by several installed distributions: {origins}",
            hint="uninstall all but one",
        )
    return _checked(seam, name, _installed(seam, offers[0]))


def installed() -> tuple[InstalledPlugin, ...]:
    """Every entry point in one of our groups, for the log; nothing is imported."""
    if not _is_any_installed():
        return ()
    return tuple(
        InstalledPlugin(seam, point.name, _distribution(point), point.name in _built_in_names(seam))
        for seam in SEAMS
        for point in sorted(_entry_points(seam), key=lambda point: (point.name, _distribution(point)))
    )


def class_name(name: str) -> str:
    """``exact_match`` -> ``ExactMatch``."""
    return "".join(word.capitalize() for word in name.split("_"))


@cache
def _built_in_names(seam: str) -> tuple[str, ...]:
    """The seam's files. A leading underscore marks a file that several of them share."""
    if seam not in _METHODS:
        raise ValueError(f"{seam!r} is no seam; the seams are {', '.join(SEAMS)}")
    folder = Path(__file__).parent / seam
    return tuple(
        module.name
        for module in pkgutil.iter_modules([str(folder)])
        if not module.ispkg and not module.name.startswith("_")
    )


def _built_in(seam: str, name: str) -> object:
    module = importlib.import_module(f"gate_action.{seam}.{name}")
    return getattr(module, class_name(name))


def _is_any_installed() -> bool:
    """Looks for our groups' names only: to read what all distributions offer takes a start 15 ms."""
    folders = [Path(entry) for entry in sys.path]
    if any(folder.is_file() for folder in folders):  # an archive: let the library look into it
        return True
    files = (
        file
        for folder in folders
        for kind in ("dist", "egg")
        for file in folder.glob(f"*.{kind}-info/entry_points.txt")
    )
    return any(b"[gate_action." in file.read_bytes() for file in files)


def _entry_points(seam: str) -> "tuple[EntryPoint, ...]":
    from importlib.metadata import entry_points  # only where a plugin may be meant

    return tuple(entry_points(group=f"gate_action.{seam}"))


def _installed(seam: str, point: "EntryPoint") -> object:
    try:
        return point.load()
    except Exception as error:  # another distribution's code may raise anything while it is imported
        raise ConfigError(
            f"{_singular(seam)} {point.name!r} of {_distribution(point)} cannot be imported: "
            f"{type(error).__name__}: {error}",
            hint=f"its entry point is {point.value!r}",
        ) from error


def _checked(seam: str, name: str, found: object) -> type:
    method = _METHODS[seam]
    if isinstance(found, type) and is_dataclass(found) and callable(getattr(found, method, None)):
        return found
    raise ConfigError(
        f"{_singular(seam)} {name!r} is {found!r}, and that is no dataclass with a method {method!r}",
        hint="docs/evaluators.md shows what a plugin is made of",
    )


def _distribution(point: "EntryPoint") -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _unknown(seam: str, name: str) -> ConfigError:
    return ConfigError(f"unknown {_singular(seam)} {name!r}", hint=_advise(name, names(seam)))


def _advise(name: str, known: Sequence[str]) -> str:
    """The nearest known name, if one is near, and all of them."""
    everything = f"known: {', '.join(known)}"
    nearest = near_miss(name, known)
    return everything if nearest == everything else f"{nearest} {everything}"


def _singular(seam: str) -> str:
    return {"baselines": "baseline store"}.get(seam, seam.removesuffix("s"))
