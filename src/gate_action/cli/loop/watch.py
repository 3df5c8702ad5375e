"""``gate-action loop watch``: does each merged fix hold? ``register`` adds those that a push brings."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gate_action.cli.loop.options import FILE, MOMENT, loop_options
from gate_action.model.watch import WatchVerdict
from gate_action.wiring.screen import look_at_screen

_FOLDER = click.Path(file_okay=False, path_type=Path)
_REGISTER = click.option(
    "--register", "folder", type=_FOLDER, help="Keeps the register in a folder, not on its branch."
)
_BAD = tuple(verdict.value for verdict in WatchVerdict if verdict is not WatchVerdict.HELD)


@click.group(name="watch", invoke_without_command=True)
@loop_options
@_REGISTER
@click.option("--at", type=MOMENT, help="Looks as of this time (ISO 8601). Default: now.")
@click.option("--out", type=_FOLDER, help="Writes watch.html and watch.json here.")
@click.option("--publish", is_flag=True, help="Tells it on GitHub and to the webhook, where the environment has them.")
@click.option("--fail-on", type=click.Choice(_BAD), multiple=True, help="Exit code 1 where any fix is said to be this.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> int:
    """Say of each watched fix: held, not_held, regressed, or undecided with the turns still missing.

    Valid however often it is looked at. Exit codes: 0 done, 1 only with --fail-on, 2 bad config, 3 not done.
    """
    if ctx.invoked_subcommand:
        ctx.obj = options
        return 0
    from gate_action.report.escape import plain
    from gate_action.report.watch_terminal import render_watches
    from gate_action.wiring.loop.opening import LoopOptions
    from gate_action.wiring.loop.watching import WatchOptions, watch

    loop = LoopOptions(**{name: options[name] for name in ("repository", "config", "store")})
    asked = WatchOptions(
        loop=loop, register=options["folder"], at=options["at"], out=options["out"], is_published=options["publish"]
    )
    result = watch(asked, os.environ, datetime.now(UTC))
    if result.readings:
        screen = look_at_screen()
        click.echo(render_watches(result.readings, screen.width, is_colour=screen.is_colour), nl=False)
    else:
        click.echo("no fix is watched: merge one whose pull request says Fixes-cluster: <id>")
    for cluster in result.unknown:
        click.echo(plain(f"{cluster}: the store knows no such cluster yet"), err=True)
    for warning in result.warnings:
        click.echo(plain(f"warning: {warning}"), err=True)
    return int(any(reading.verdict.value in options["fail_on"] for reading in result.readings))


@command.command(name="register")
@_REGISTER
@click.option("--cluster", "clusters", multiple=True, help="A cluster that the commit fixes. May be given again.")
@click.option("--commit", default="", help="The merged commit. Default: the pushed one, else the one checked out.")
@click.option("--pull", "pull_request", type=click.IntRange(min=1), default=None, help="The merged pull request.")
@click.option("--report", type=FILE, help="The gate's report.json of this push: promoted fixtures that turned count.")
@click.option("--deployed-at", type=MOMENT, help="When production got it (ISO 8601). Default: now.")
@click.option("--release", default="", help="Only turns of this release count as after.")
@click.option("--slice", "slices", multiple=True, metavar="DIMENSION=VALUE", help="Only turns of this slice count.")
@click.option("--target-share", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="Of the rate before.")
@click.option("--target-rate", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="In place of a share.")
@click.option("--days", type=click.IntRange(1, 180), help="How long it is watched.")
@click.pass_obj
def register_command(above: dict[str, Any], /, folder: Path | None, **options: Any) -> int:
    """Watch the clusters that a merged pull request fixes.

    It says ``Fixes-cluster: <id>``, or a fixture promoted from the cluster turned from failing to passing (--report).
    """
    from gate_action.report.escape import plain
    from gate_action.wiring.loop.opening import LoopOptions
    from gate_action.wiring.loop.registering import Pinned, register

    loop = LoopOptions(**{name: above[name] for name in ("repository", "config", "store")})
    pinned = Pinned(
        **{
            **options,
            "pull_request": options["pull_request"] or 0,
            "slices": tuple(_split_slice(text) for text in options["slices"]),
        }
    )
    entries = register(loop, folder or above["folder"], pinned, os.environ, datetime.now(UTC))
    for entry in entries:
        click.echo(plain(f"{entry.cluster_id}: watched from {entry.deployed_at:%Y-%m-%d %H:%M} UTC on, {entry.reason}"))
    if not entries:
        click.echo("this commit fixes no cluster: nothing to watch")
    return 0


def _split_slice(text: str) -> tuple[str, str]:
    dimension, equals, value = text.partition("=")
    if not (dimension and equals):
        raise click.BadParameter(f"{text!r} is not DIMENSION=VALUE", param_hint="--slice")
    return dimension, value
