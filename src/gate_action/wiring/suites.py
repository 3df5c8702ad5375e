"""The suite that decides: base's fixtures, and those that head adds; what head does to the others is told."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import cast

from gate_action.config.settings import Config
from gate_action.errors import ConfigError, Problem
from gate_action.gate import Loaded
from gate_action.model.fixture import Fixture, FixtureTable, Split, Suite
from gate_action.model.picking import beside, every_id, of_split
from gate_action.model.protocols import Files, Source
from gate_action.wiring.commands.splits import find_leaks
from gate_action.wiring.objects import build_named


def open_sources(config: Config, environ: Mapping[str, str]) -> tuple[Source, ...]:
    """Raises ConfigError for options that a source refuses."""
    return tuple(
        cast("Source", build_named("sources", settings.name, settings.options, environ)) for settings in config.sources
    )


def load_suite(sources: Iterable[Source], files: Files) -> Suite:
    """All fixtures of the split ``eval``. Raises ConfigError with every fault, or because there is none."""
    loaded: list[Sequence[Fixture]] = []
    problems: list[Problem] = []
    for source in sources:
        try:
            loaded.append(source.load(files).fixtures)
        except ConfigError as error:
            if not error.problems:
                raise
            problems += error.problems
    fixtures = loaded[0] if len(loaded) == 1 else tuple(chain.from_iterable(loaded))
    problems += (*_doubles(fixtures), *find_leaks(fixtures))
    if problems:
        raise ConfigError(f"the fixtures of {files.label} cannot be used", problems=tuple(problems))
    judged = of_split(fixtures, Split.EVAL)
    if not judged:
        raise ConfigError(
            f"{files.label} has no fixture of the split eval: a gate without fixtures would pass anything",
            hint="add fixtures, or name the right place in gate.yaml under fixtures",
        )
    return Suite(fixtures=judged)


def join_suites(base: Suite | None, head: Suite) -> Loaded:
    """Base's fixtures decide; those that only head has are new. Without a base, all of head's are new."""
    if base is None:
        return Loaded(suite=head, new=every_id(head.fixtures))
    added = beside(head.fixtures, every_id(base.fixtures))
    suite = Suite(fixtures=(*base.fixtures, *added)) if added else base
    return Loaded(suite=suite, new=frozenset(fixture.id for fixture in added))


def adopt_suite(base: Suite, head: Suite) -> Loaded:
    """Head's fixtures decide, since somebody approved them: those that differ from base's are new, and must pass."""
    known = base.by_id
    edited = frozenset(one.id for one in head.fixtures if one.id in known and known[one.id].digest != one.digest)
    return Loaded(
        suite=head,
        new=frozenset(head.by_id.keys() - base.by_id.keys()) | edited,
        required=edited,
        removed=tuple(fixture for fixture in base.fixtures if fixture.id not in head.by_id),
    )


def _doubles(fixtures: Sequence[Fixture]) -> list[Problem]:
    """Ids that two sources share."""
    if isinstance(fixtures, FixtureTable):
        return []  # it is one source's, and has each id once
    first: set[str] = set()
    problems = []
    for fixture in fixtures:
        if fixture.id not in first:
            first.add(fixture.id)
        else:
            other = next(one for one in fixtures if one.id == fixture.id)
            place = fixture.place
            message = f"the id {fixture.id!r} is used twice"
            hint = f"first in {other.place.path}:{other.place.line}" if other.place else ""
            path, line = (place.path, place.line) if place else ("?", None)
            problems.append(Problem(path=path, line=line, field="id", message=message, hint=hint))
    return problems
