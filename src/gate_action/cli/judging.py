"""The options that ``run`` and ``merge`` share: which comparison, where it is written down, what is published."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(file_okay=False, path_type=Path)

_OPTIONS = (
    click.option("--repository", type=FOLDER, default=".", help="The clone to judge. Default: the current folder's."),
    click.option("--base", help="The commit to compare with. Default: the merge-base with the default branch."),
    click.option("--head", help="The commit to judge. Default: the checked-out one."),
    click.option("--base-rule", help="How base was found, for the report; set by the action."),
    click.option(
        "--config", default="gate.yaml", show_default=True, help="The gate's file, read from base's revision."
    ),
    click.option("--gate", help="Which of several gates in the file."),
    click.option("--out", type=FOLDER, help="Where the report files go. Default: .gate/<gate id> in the repository."),
    click.option("--run-folder", type=FOLDER, help="Where the run is written down. Default: a new private folder."),
    click.option(
        "--evidence",
        type=FOLDER,
        help="Evidence of earlier runs of this head, signed with GATE_EVIDENCE_KEY. Default: the baseline store.",
    ),
    click.option("--publish/--no-publish", default=False, help="Publish on GitHub what the environment allows."),
    click.option(
        "--dry-run", is_flag=True, help="Write every payload that would be published to <out>/payloads instead."
    ),
    click.option(
        "--fork", is_flag=True, help="This run has no secrets (a fork's or Dependabot's): a missing key is policy."
    ),
    click.option(
        "--if-approved", is_flag=True, help="Run head only if somebody with write access approved exactly this commit."
    ),
    click.option("--all-paths", is_flag=True, help="Measure even if nothing in gate.yaml's paths changed."),
    click.option(
        "--reuse-verdict",
        is_flag=True,
        help="A tree that was gated before, against the same base, fixtures and gate, keeps its verdict.",
    ),
    click.option("--store-run", is_flag=True, help="Add head's complete run to the baseline store."),
    click.option(
        "--as-if-approved",
        is_flag=True,
        help="Take what the change does to its own gate for approved, to see what would decide. Not in a workflow.",
    ),
)


def judging_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds them to a command, in this order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
