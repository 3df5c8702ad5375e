"""``gate-action loop forget``: a person's rows and traces are removed."""

from typing import TYPE_CHECKING, Any

import click

from gate_action.cli.loop.options import loop_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gate_action.wiring.loop.forgetting import Forgotten


@click.command(name="forget")
@loop_options
@click.argument("user")
@click.option("--id", "is_id", is_flag=True, help="USER is the application's own id: its key is made of it.")
def command(user: str, *, is_id: bool, **options: Any) -> int:
    """Remove every row and trace of a person: store, fixtures, work tree, stored runs, caches. USER is a user_key.

    Tells what is out of reach, as git's history, with the command that reaches it. Exit code 3: a file that is
    somebody's own still names the person, or a store could not be reached.
    """
    from gate_action.errors import ExitCode
    from gate_action.report.escape import plain
    from gate_action.wiring.loop.forgetting import forget, key_of
    from gate_action.wiring.loop.opening import LoopOptions

    if not user.strip():
        raise click.BadParameter("an empty key is everybody's who was not named", param_hint="USER")
    forgotten = forget(LoopOptions(**options), key_of(user, is_id=is_id))
    for line in _told(forgotten):
        click.echo(plain(line))
    return ExitCode.PASS if forgotten.is_whole else ExitCode.NOT_EVALUATED


def _told(forgotten: "Forgotten") -> "Iterator[str]":
    from gate_action.report.words import counted

    if not forgotten.person.is_known and not forgotten.erased:
        yield "the store knows nothing of this person"
    for table, rows in forgotten.erased.items():
        yield f"store, {table}: {counted(rows, 'row')} removed"
    yield _say_marks(forgotten.marks)
    for place, swept in (("", forgotten.tree), *forgotten.folders.items()):
        lead = f"{place}/" if place else ""
        yield from (f"{lead}{path}: {counted(lines, 'line')} removed" for path, lines in swept.lines.items())
        yield from (f"{lead}{path}: deleted" for path in swept.deleted)
        yield from (f"{lead}{path}: still names the person, and is yours to change" for path in swept.left)
    for place, names in forgotten.shelves.changed.items():
        yield from (f"{place}: {name} does not name the person any more" for name in names)
    for place, why in forgotten.shelves.failed.items():
        yield f"{place}: not reached, and may still name the person: {why}"
    history = forgotten.history
    if history is None:
        yield "no git repository: no history"
    elif history.count:
        yield f"git's history still holds rows of the person in {counted(history.count, 'commit')}:"
        yield from (f"  {commit}" for commit in history.commits)
        yield "  to rewrite it is a decision for people: what it holds of rows are pseudonyms"
    else:
        yield "git's history holds nothing of the person"
    for one in forgotten.out_of_reach:
        yield f"out of reach: {one.what}"
        if one.command:
            yield f"  $ {one.command}"


def _say_marks(marks: int) -> str:
    if marks:
        return "what sources still hold of the person until now stays out: the store keeps keyed hashes for that"
    return "GATE_USER_KEY_SECRET is not set: nothing keeps out what sources still hold of the person"
