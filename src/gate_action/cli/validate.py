"""``gate-action validate``: what is wrong with a gate, before anything is run or spent."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gate_action.wiring.commands.validation import ValidGate

_NATIVE, _CONTAINER = "native", "container"


@click.command(name="validate")
@click.option(
    "--repository", type=click.Path(file_okay=False, path_type=Path), default=".", help="Where gate.yaml lies."
)
@click.option("--revision", help="Read this commit instead of the files as they lie on disk.")
@click.option("--config", default="gate.yaml", show_default=True, help="The gate's file.")
@click.option("--gate", help="Only this of several gates in the file.")
@click.option("--way", type=click.Choice([_NATIVE, _CONTAINER]), help="Also check that the target can run this way.")
def command(repository: Path, revision: str | None, config: str, gate: str | None, way: str | None) -> int:
    """Check gate.yaml, the fixtures and whether the thresholds can be reached; run nothing.

    Every fault is told in one go, with file, line and column. Exit code 0: it can run; 2: it cannot.
    """
    from gate_action.errors import ConfigError
    from gate_action.report.escape import plain
    from gate_action.wiring.commands.validation import check_way, find_files, validate

    gates = validate(find_files(repository, revision), config, gate, os.environ, datetime.now(UTC).date())
    if problems := tuple(problem for one in gates for problem in check_way(one.config, way or _NATIVE)):
        raise ConfigError(f"the target cannot run in the {way}", problems=problems)
    for one in gates:
        click.echo(plain(_summary(one)))
        for warning in one.warnings:
            click.echo(plain(f"  warning: {warning}"))
    return 0


def _summary(gate: "ValidGate") -> str:
    from gate_action.report.words import counted

    fixtures = gate.suite.fixtures
    clusters = counted(len({fixture.unit for fixture in fixtures}), "cluster")
    slices = counted(len({part for fixture in fixtures for part in fixture.slices}), "slice")
    metrics = ", ".join(f"{metric.name} ({metric.role})" for metric in gate.config.metrics)
    return (
        f"{gate.config.gate_id}: valid. {counted(len(fixtures), 'fixture')} in {clusters}, {slices}; "
        f"target {gate.config.target.kind}; metrics {metrics}"
    )
