"""``gate-action loop export-training``: what opened for training, for a trainer."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gate_action.cli.loop.options import loop_options


@click.command(name="export-training")
@loop_options
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="A folder for the files.")
def command(out: Path, **options: Any) -> int:
    """Write chat.jsonl and preferences.jsonl of the rows of the split train that a person corrected, with consent.

    A row that the gate judges by as well, or that is nearly such a row, is refused.
    """
    from gate_action.report.escape import plain
    from gate_action.report.words import counted
    from gate_action.wiring.loop.opening import LoopOptions
    from gate_action.wiring.loop.training import write_training

    training = write_training(LoopOptions(**options), out, datetime.now(UTC).date())
    click.echo(f"{counted(len(training.chats), 'chat')}, {counted(len(training.pairs), 'preference pair')}")
    if not training.chats and not training.left_out:
        click.echo(
            "No row has opened for training: `loop promote --split train` proposes those whose fix did not hold."
        )
    for reason, count in sorted(training.left_out.items()):
        click.echo(plain(f"  left out, {reason}: {count}"))
    if licences := [licence for licence in training.licences if licence]:
        click.echo(plain(f"licences: {', '.join(licences)}"))
    return 0
