"""The options that every command of the loop has."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)

ENGINE = click.option(
    "--engine", default="", envvar="GATE_LOOP_ENGINE", help="Read the tables from this engine: a URL as ibis takes it."
)
"""For analyses: they read."""

_OPTIONS = (
    click.option("--repository", type=FOLDER, default=".", help="Where gate.yaml lies."),
    click.option("--config", default="gate.yaml", show_default=True, help="The gate's file."),
    click.option(
        "--store",
        type=FILE,
        help="The loop's store, as it lies there. Default: brought from the home that gate.yaml calls state.",
    ),
)


def loop_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds them: ``repository``, ``config`` and ``store``, as wiring's LoopOptions takes them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
