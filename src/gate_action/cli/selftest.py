"""``gate-action selftest``: how often this gate would have blocked what did not change."""

import os
from pathlib import Path
from typing import Any

import click


@click.command(name="selftest")
@click.option("--repository", type=click.Path(file_okay=False, path_type=Path), default=".", help="The clone.")
@click.option(
    "--revision", default="HEAD", show_default=True, help="The commit whose stored runs, and those before it."
)
@click.option("--config", default="gate.yaml", show_default=True, help="The gate's file.")
@click.option("--gate", help="Which of several gates in the file.")
@click.option(
    "--pairs", type=click.IntRange(1, 100_000), default=400, show_default=True, help="Unchanged builds drawn."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the draws.")
def command(pairs: int, seed: int, **options: Any) -> int:
    """Draw main's stored trials as pull requests that change nothing, and judge each by the real procedure.

    Prints the share that this gate would have blocked, with its 95 % interval. Nothing is run and nothing is spent.
    """
    from gate_action.report.record import say_record
    from gate_action.wiring.commands.prospects import ProspectOptions, try_gate

    record = try_gate(ProspectOptions(**options), os.environ, pairs=pairs, seed=seed)
    click.echo(say_record(record))
    return 0
