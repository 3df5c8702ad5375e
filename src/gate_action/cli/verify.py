"""``gate-action verify``: a deploy goes on only with a commit that has passed."""

import os
from pathlib import Path
from typing import Any

import click

from gate_action.errors import ConfigError

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(name="verify")
@click.option("--repository", type=_FOLDER, default=".", help="The clone to deploy from.")
@click.option("--revision", default="HEAD", show_default=True, help="The commit to deploy.")
@click.option("--config", default="gate.yaml", show_default=True, help="The gate's file, of that commit.")
@click.option("--gate", help="Which of several gates in the file.")
@click.option("--report", type=_FILE, help="A report.json or report.intoto.json to go by, instead of the store.")
@click.option("--attestation", type=_FILE, help="What `gh attestation verify --format json` printed, to go by.")
@click.option("--allow-warned", is_flag=True, help="An inconclusive verdict that did not block is good enough.")
def command(**options: Any) -> int:
    """Refuse a deploy whose commit has no passing verdict on its current fixtures.

    Exit code 0: it has one; 1: it has none, or not a passing one; 2: wrong arguments or files; 3: no store to ask.
    """
    from gate_action.report.escape import plain
    from gate_action.wiring.commands.verifying import VerifyOptions, verify_commit

    if options["report"] and options["attestation"]:
        raise ConfigError("--report and --attestation are two answers to one question", hint="give one of them")
    found = verify_commit(VerifyOptions(**options), os.environ)
    click.echo(plain(f"{'verified' if found.is_passing else 'refused'}: {found.sentence}"), err=not found.is_passing)
    if found.hint:
        click.echo(plain(f"  -> {found.hint}"), err=True)
    return 0 if found.is_passing else 1
