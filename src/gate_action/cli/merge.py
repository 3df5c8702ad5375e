"""``gate-action merge``: decides where several machines have measured round one."""

import os
from pathlib import Path
from typing import Any

import click

from gate_action.cli.judging import FOLDER, judging_options
from gate_action.cli.progress import open_watcher


@click.command(name="merge")
@click.argument("folders", type=FOLDER, nargs=-1, required=True, metavar="FOLDER...")
@judging_options
def command(folders: tuple[Path, ...], **options: Any) -> int:
    """Judge head against base where `run --shard` has measured round one.

    Each FOLDER is what a shard left, or holds one such folder a shard. All must be there, of this very comparison; of a
    shard that was measured again the newest attempt counts. Whatever else the decision asks for is run here. The
    exit code is the verdict's: the same as of one run without shards.
    """
    from gate_action.wiring.options import RunOptions
    from gate_action.wiring.run import run_gate

    return run_gate(RunOptions(**options, shards=folders), os.environ, open_watcher)
