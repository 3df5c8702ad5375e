"""A group of commands by name, each imported when it is wanted: `--help` imports none of them."""

import importlib
from typing import Any

import click


class LazyGroup(click.Group):
    """``commands_by_name``: what `--help` says of each. ``module``: where one is, ``{}`` standing for its name."""

    def __init__(self, *arguments: Any, commands_by_name: dict[str, str], module: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._told = commands_by_name
        self._module = module

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's shape
        return list(self._told)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as above
        if cmd_name not in self._told:
            return None
        found = importlib.import_module(self._module.format(cmd_name.replace("-", "_")))
        command: click.Command = found.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # as above
        with formatter.section("Commands"):
            formatter.write_dl(list(self._told.items()))
