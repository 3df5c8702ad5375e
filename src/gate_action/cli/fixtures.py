"""``gate-action fixtures``: rows of a fixture set that lie elsewhere."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gate_action.errors import ConfigError

if TYPE_CHECKING:
    from gate_action.wiring.commands.fixture_sync import Synced
    from gate_action.wiring.commands.pulling import PullOptions

FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)
_MOST_TOLD = 20


@click.group(name="fixtures")
def command() -> None:
    """Rows of a fixture set that lie elsewhere."""


@command.command(name="sync")
@click.argument("source")
@click.option("--repository", type=FOLDER, default=".", help="Where gate.yaml lies.")
@click.option("--config", default="gate.yaml", show_default=True, help="The gate's file.")
@click.option("--folder", default="", help="Where the rows come to lie. Default: gate.yaml's loop.promote.folder.")
@click.option("--check", is_flag=True, help="Write nothing; show the difference, and exit 1 if there is one.")
@click.option("--open-pr", is_flag=True, help="Keep one pull request with the new rows, instead of the work tree.")
@click.option("--measure", is_flag=True, help="With --open-pr: run main on the new rows, for the page.")
@click.option("--base", default="", help="The branch that the pull request is for. Default: the default branch.")
@click.option("--dry-run", type=click.Path(path_type=Path), help="With --open-pr: write there what would be sent.")
@click.option("--rows", type=click.IntRange(1, 1_000), default=50, show_default=True, help="At most, at a time.")
@click.option("--kilobytes", type=click.IntRange(1, 20_000), default=500, show_default=True, help="At most, at a time.")
@click.option("--allow-check", "allow_checks", multiple=True, help="Let in rows with a check of this evaluator.")
@click.option("--endpoint", default="", help="Of a service that speaks S3.")
@click.option("--region", default="", help="Of the bucket.")
@click.option("--access-key", default="", help="Name of the variable that holds it, never its value.")
@click.option("--secret-key", default="", help="Name of the variable that holds it, never its value.")
@click.option("--token", default="", help="Name of the variable with a token for https:// or another repository.")
@click.option("--workflow", default="", help="Of an artifact: the file of the workflow that uploads it.")
@click.option("--branch", default="main", show_default=True, help="Of an artifact: its workflow's branch.")
@click.option("--from-repository", default="", help="Of an artifact: owner/name. Default: this repository.")
def sync(**options: Any) -> int:
    """Bring new rows from SOURCE: a folder, https://host/rows.jsonl, s3://bucket/prefix, or actions:NAME.

    Rows that the repository has, or nearly has, or that were turned down before, stay out, and so does what could run
    code. Exit code 0: done; 1: --check found rows; 2: wrong arguments or files; 3: the store or GitHub refused.
    """
    from gate_action.loop.sync.choosing import Limits
    from gate_action.wiring.commands.fixture_sync import SyncOptions, sync_fixtures
    from gate_action.wiring.commands.store_reading import StoreAddress

    names = ("source", "endpoint", "region", "access_key", "secret_key", "token", "workflow", "branch")
    address = StoreAddress(**{name: options[name] for name in (*names, "from_repository")})
    done = sync_fixtures(
        SyncOptions(
            **{name: options[name] for name in ("repository", "config", "folder", "allow_checks")},
            address=address,
            limits=Limits(rows=options["rows"], bytes=options["kilobytes"] * 1_000),
            pull=_pull(options),
            is_check=options["check"],
            is_measured=options["measure"],
        ),
        os.environ,
    )
    _tell(done, is_check=options["check"])
    return int(options["check"] and bool(done.plan.chosen.rows))


def _pull(options: dict[str, Any]) -> "PullOptions | None":
    from gate_action.wiring.commands.pulling import PullOptions

    if not options["open_pr"]:
        if options["measure"]:
            raise ConfigError("--measure goes with --open-pr", hint="gate-action run measures what is committed")
        if options["dry_run"]:
            raise ConfigError("--dry-run goes with --open-pr", hint="--check shows what would be written here")
        return None
    if options["check"]:
        raise ConfigError("--check is about the work tree", hint="--dry-run FOLDER shows what --open-pr would send")
    return PullOptions(purpose="fixtures", base=options["base"], dry_run=options["dry_run"])


def _tell(done: "Synced", *, is_check: bool) -> None:
    from collections import Counter

    from gate_action.report.escape import plain
    from gate_action.report.words import counted

    chosen, refused = done.plan.chosen, done.offers.refused
    lines = [f"{counted(len(chosen.rows), 'new row')}, {chosen.waiting} more wait"]
    left_out = Counter(reason for _, reason in chosen.dropped)
    lines += [f"  left out, {reason}: {count}" for reason, count in sorted(left_out.items())]
    lines += [f"  refused, {one.place}: {one.reason}" for one in refused[:_MOST_TOLD]]
    lines += [f"  refused: {len(refused) - _MOST_TOLD} more"] if len(refused) > _MOST_TOLD else []
    if is_check:
        lines.append(done.difference)
    elif done.outcome is None:
        lines += [f"wrote {path}" for path in sorted(done.plan.files)]
    else:
        lines.append(f"pull request: {done.outcome.ending} {done.outcome.url} {done.outcome.told}".rstrip())
    for line in lines:
        click.echo(plain(line))
