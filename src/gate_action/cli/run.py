"""``gate-action run``: the main job."""

import os
from pathlib import Path

import click

from gate_action.cli.progress import open_watcher

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(name="run")
@click.option("--repository", type=FOLDER, default=".", help="The clone to judge. Default: the current folder's.")
@click.option("--base", help="The commit to compare with. Default: the merge-base with the default branch.")
@click.option("--head", help="The commit to judge. Default: the checked-out one.")
@click.option("--base-rule", help="How base was found, for the report; set by the action.")
@click.option("--config", default="gate.yaml", show_default=True, help="The gate's file, read from base's revision.")
@click.option("--gate", help="Which of several gates in the file.")
@click.option("--out", type=FOLDER, help="Where the report files go. Default: .gate/<gate id> in the repository.")
@click.option("--run-folder", type=FOLDER, help="Where the run is written down. Default: a new private folder.")
@click.option(
    "--resume", is_flag=True, help="Go on with the interrupted run in --run-folder: no finished call is made again."
)
@click.option("--publish/--no-publish", default=False, help="Publish on GitHub what the environment allows.")
@click.option("--dry-run", is_flag=True, help="Write every payload that would be published to <out>/payloads instead.")
@click.option(
    "--fork", is_flag=True, help="This run has no secrets (a fork's or Dependabot's): a missing key is policy."
)
@click.option("--store-run", is_flag=True, help="Add head's complete run to the baseline store.")
def command(**options: object) -> int:
    """Judge head against base on the fixtures.

    Both revisions are built in their own checkouts and run side by side; gate.yaml, fixtures and evaluators are base's.
    The exit code is the verdict's.
    """
    from gate_action.wiring.options import RunOptions
    from gate_action.wiring.run import run_gate

    return run_gate(RunOptions(**options), os.environ, open_watcher)  # type: ignore[arg-type]  # click checked them
