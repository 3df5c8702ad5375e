"""The commands by name, each imported when it is wanted, and what happens to an error that reaches the top."""

import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from gate_action import __version__
from gate_action.cli.interrupts import signals_as_interrupts
from gate_action.cli.lazy import LazyGroup
from gate_action.cli.outlets import lasting_stderr
from gate_action.errors import ConfigError, ExitCode, GateError

_COMMANDS = {
    "compare": "Decide on two finished runs, ours or any harness's score tables; run nothing.",
    "fixtures": "Bring promoted fixtures from a store into the repository.",
    "judge": "Measure a judge against people's labels: only one that was measured may block.",
    "loop": "From what users say of production to fixtures, and on to whether a fix held.",
    "merge": "Judge head against base where shards, on several machines, have measured round one.",
    "power": "Show the drop that this suite can find, by trials and fixtures; run nothing.",
    "publish": "Tell on a fork's pull request what its own run reported; for a job on workflow_run.",
    "run": "Judge head against base on the fixtures, and end with the verdict's exit code.",
    "selftest": "Show how often this gate would have blocked what did not change, from stored runs.",
    "validate": "Check gate.yaml, the fixtures and whether the thresholds can be reached; run nothing.",
    "verify": "Refuse a deploy whose commit has no passing verdict on its current fixtures.",
}


@click.group(
    cls=LazyGroup,
    commands_by_name=_COMMANDS,
    module="gate_action.cli.{}",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="gate-action")
def gate_action() -> None:
    """A CI gate for AI applications: real regressions are blocked, noise passes.

    Exit codes: 0 pass, 1 fail, 2 bad config or fixtures, 3 not evaluated, 70 a defect of ours, 130 interrupted.
    """


def run_command(argv: Sequence[str]) -> int:
    """Runs one command. Never raises."""
    with lasting_stderr():
        return _run(argv)


def _run(argv: Sequence[str]) -> int:
    try:
        with signals_as_interrupts():
            outcome: Any = gate_action.main(args=list(argv), prog_name="gate-action", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except SystemExit:  # click's way to end where nobody reads stdout any more, with the exit code of a FAIL
        return ExitCode.INTERRUPTED
    except GateError as error:
        tell_error(error)
        return error.exit_code
    except Exception:  # noqa: BLE001  # the top: whatever is left is a defect of ours, and is said to be one
        _echo(traceback.format_exc())
        click.echo("gate-action itself failed: this is a defect of ours, not a verdict. Please report it.", err=True)
        return ExitCode.UNEXPECTED
    return int(outcome or 0)


def tell_error(error: GateError) -> None:
    """The error, every problem it carries, and what to do, on stderr."""
    is_colour = sys.stderr.isatty()
    word = "error" if isinstance(error, ConfigError) else "not evaluated"
    click.echo(f"{click.style(word, fg='red', bold=True) if is_colour else word}: ", nl=False, err=True)
    _echo(str(error))
    if error.hint:
        _echo(f"  -> {error.hint}")


def _echo(text: str) -> None:
    """To stderr, which a runner reads as well: file names and answers in ``text`` may pose as its commands."""
    from gate_action.report.escape import plain  # only where there is an error to tell

    click.echo(plain(text), err=True)
