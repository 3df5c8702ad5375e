"""``gate-action run``: the main job."""

import os
from typing import TYPE_CHECKING, Any

import click

from gate_action.cli.judging import judging_options
from gate_action.cli.progress import open_watcher
from gate_action.errors import ConfigError

if TYPE_CHECKING:
    from gate_action.codec.documents import Shard


def _as_shard(_ctx: click.Context, _param: click.Parameter, value: str | None) -> "Shard | None":
    from gate_action.engine.shards import parse_shard

    return parse_shard(value) if value else None


@click.command(name="run")
@judging_options
@click.option(
    "--resume", is_flag=True, help="Go on with the interrupted run in --run-folder: no finished call is made again."
)
@click.option(
    "--shard",
    metavar="I/N",
    callback=_as_shard,
    help="Measure the I-th of N parts of round one, and decide nothing: gate-action merge does.",
)
def command(shard: "Shard | None", **options: Any) -> int:
    """Judge head against base on the fixtures.

    Both revisions are built in their own checkouts and run side by side; gate.yaml, fixtures and evaluators are base's.
    The exit code is the verdict's; with --shard it is 0 where that part was measured.
    """
    from gate_action.wiring.options import RunOptions

    if shard is not None:
        from gate_action.wiring.sharding import measure_shard

        if options["publish"]:
            raise ConfigError("a shard publishes nothing", hint="give --publish to the merge")
        return measure_shard(RunOptions(**options, shard=shard), shard, os.environ, open_watcher)
    from gate_action.wiring.run import run_gate

    return run_gate(RunOptions(**options), os.environ, open_watcher)
