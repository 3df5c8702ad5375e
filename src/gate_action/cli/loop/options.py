"""The options that every command of the loop has."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


class _Moment(click.ParamType[datetime]):
    """An ISO 8601 time; without a zone it is UTC."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no ISO 8601 time, like 2026-11-25T09:00Z", param, ctx)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


MOMENT = _Moment()

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
