"""``gate-action loop ingest``: reads sources into the loop's store, and tells what became of what was read."""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from gate_action.cli.loop.options import loop_options
from gate_action.report.escape import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gate_action.loop.ingest.passing import Ingested, SourceTally
    from gate_action.wiring.loop.ingest import IngestOutcome

_ALIASES = "Attributes of your own are named in loop.ingest.aliases (docs/loop-ingest.md)."


@click.command(name="ingest")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--again", is_flag=True, help="Read everything again, whatever has been read before.")
@loop_options
def command(sources: tuple[str, ...], *, again: bool, **options: Any) -> int:
    """Read turns and feedback from SOURCEs into the store: what is new since the last time.

    SOURCE is a name of loop.sources in gate.yaml, a file, a folder, a glob or s3://bucket/prefix; without any, all of
    loop.sources are read. What the files hold is told from their content.
    """
    from gate_action.cli.loop.ingest_table import watching
    from gate_action.wiring.loop.ingest import IngestRequest, run_ingest
    from gate_action.wiring.loop.opening import LoopOptions

    request = IngestRequest(
        sources=sources, is_anew=again, environ=os.environ, now=datetime.now(UTC).replace(tzinfo=None)
    )
    with watching() as watch:
        outcome = run_ingest(LoopOptions(**options), request, watch)
    return _tell(outcome)


def _tell(outcome: "IngestOutcome") -> int:
    """The closing table, and what needs a word. Returns the exit code: 3 where a source could not be read."""
    from gate_action.cli.drawing import show
    from gate_action.cli.loop.ingest_table import closing_table

    sources = outcome.ingested.sources
    show(closing_table(sources))
    for line in _say(outcome.ingested):
        click.echo(line)
    for tally in sources:
        _tell_faults(tally)
    for line in _warn(outcome):
        click.echo(plain(line), err=True)
    failures = [tally for tally in sources if tally.failure]
    for tally in failures:
        hint = f"\n  {tally.failure.hint}" if tally.failure and tally.failure.hint else ""
        click.echo(f"{tally.source}: {tally.failure}{hint}", err=True)
    return max((int(tally.failure.exit_code) for tally in failures if tally.failure), default=0)


def _say(ingested: "Ingested") -> "Iterator[str]":
    if ingested.implicit:
        yield f"{ingested.implicit:,} signals from what users did next (retry, edit, abandon, escalation)."
    if ingested.orphans:
        yield f"{ingested.orphans:,} statements in the store wait for their turn (kept, and joined when it comes)."
    if ingested.kept_out:
        yield f"{ingested.kept_out:,} spans and statements of people who were forgotten were left out."


def _warn(outcome: "IngestOutcome") -> "Iterator[str]":
    from gate_action.report.words import counted

    for tally in outcome.ingested.sources:
        if tally.is_silent:
            traces = counted(tally.traces, "trace")
            yield (
                f"{tally.source}: in {traces} no span says that it is a model call or an agent, or what it was asked"
                f" and answered. {_ALIASES}"
            )
    if outcome.ingested.wordless:
        turns = counted(outcome.ingested.wordless, "turn")
        yield (
            f"Neither what was asked nor what was answered stands in {turns} of the store: is it recorded at all?"
            f" {_ALIASES}"
        )
    if outcome.unreadable_marks:
        yield (
            f"{outcome.unreadable_marks:,} marks of people who were forgotten were made with another"
            " GATE_USER_KEY_SECRET: what sources still hold of those people is read."
        )
    if outcome.unkeyed_users:
        yield (
            f"{outcome.unkeyed_users:,} times a user was named and is not kept: GATE_USER_KEY_SECRET is not set."
            " Set it and read --again."
        )


def _tell_faults(tally: "SourceTally") -> None:
    if tally.faults:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.faults.items()))
        click.echo(f"{tally.source}: could not be read: {kinds}; the first are:", err=True)
        for fault in tally.first_faults:
            click.echo(plain(f"  {fault.place}: {fault.message}"), err=True)
