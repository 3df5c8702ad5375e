"""``gate-action publish``: for the privileged half of a pair of workflows."""

import os
from pathlib import Path

import click

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(name="publish")
@click.option(
    "--repository", type=FOLDER, default=".", help="The clone: the default branch, as this job checked it out."
)
@click.option("--config", default="gate.yaml", show_default=True, help="The gate's file; its gates are looked for.")
@click.option("--gate", help="Only this of several gates in the file.")
@click.option("--out", type=FOLDER, help="Where the report files go. Default: .gate/<gate id> in the repository.")
@click.option("--dry-run", is_flag=True, help="Write every payload that would be published to <out>/payloads instead.")
def command(**options: object) -> int:
    """Publish what an unprivileged run reported of itself, neutral and marked as its own word.

    For a job on `workflow_run`, after the run of a fork's or of Dependabot's pull request, which could write nothing.
    The artifact gate-report-<gate id> of that run holds its report.json. Exit code 0: published; 2: not a job that may;
    3: no report that can be used.
    """
    from gate_action.wiring.commands.reporting import ReportedOptions, publish_reported

    return publish_reported(ReportedOptions(**options), os.environ)  # type: ignore[arg-type]  # click checked them
