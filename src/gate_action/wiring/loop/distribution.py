"""`loop distribution`: tables and fixtures become the weekly distribution."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from gate_action.clients.files import FolderFiles
from gate_action.config.loading import list_gates, load_config
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.loop.follow.distributing import Following, correct_shares, find_distribution
from gate_action.loop.follow.novelty import input_text
from gate_action.model.distribution import Distribution
from gate_action.wiring.loop.known_classifiers import find_record
from gate_action.wiring.loop.reading import ReadingOptions, open_tables
from gate_action.wiring.suites import load_suite, open_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionOptions(ReadingOptions):
    """The command line of `gate-action loop distribution`."""


def follow_labels(options: DistributionOptions) -> Distribution:
    """Raises ConfigError; NotEvaluatedError: no turn is classified."""
    inputs, missing = _read_inputs(options)
    with open_tables(options) as (settings, table_of):
        following = Following(
            settings=settings.loop.distribution,
            now=options.now,
            app=settings.loop.app,
            classifier=options.classifier,
            fixtures=inputs,
        )
        found = find_distribution(table_of, following)
    if found is None:
        whose = f" by a classifier {options.classifier}" if options.classifier else ""
        raise NotEvaluatedError(
            f"no turn is classified{whose}", hint="gate-action loop ingest and loop classify come before"
        )
    found = replace(found, notes=(*found.notes, *missing))
    record = find_record(options, found.classifier_digest)
    return correct_shares(found, record.quality.labels) if record else found


def _read_inputs(options: DistributionOptions) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the fixtures; and why there are none: what goes wrong can be followed before there is a first fixture."""
    try:
        return tuple(_fixture_inputs(options)), ()
    except ConfigError as error:
        reason = str(error).splitlines()[-1].strip()
        return (), (f"no input drift: {reason}",)


def _fixture_inputs(options: DistributionOptions) -> Iterator[str]:
    """Of every gate of the file, as they lie there."""
    files = FolderFiles(options.repository)
    for gate_id in list_gates(files, options.config):
        config = load_config(files, options.config, gate_id)
        for fixture in load_suite(open_sources(config, os.environ), files).fixtures:
            if text := input_text(fixture.input):
                yield text


def encode_distribution(distribution: Distribution) -> str:
    """The figures, with ``schema_version``. Inputs of users are left out."""
    document = msgspec.to_builtins(distribution)
    if document["novelty"]:
        del document["novelty"]["examples"]
    return msgspec.json.format(msgspec.json.encode({"schema_version": 1, **document}), indent=2).decode()


def write_page(distribution: Distribution, path: Path) -> None:
    from gate_action.report.loop.distribution_html import render_distribution

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_distribution(distribution), encoding="utf-8")
