"""``gate-action loop cluster``: find turns that fail in the same way."""

from typing import TYPE_CHECKING, Any

import click

from gate_action.cli.loop.options import loop_options

if TYPE_CHECKING:
    from gate_action.wiring.loop.clustering import Clustered


@click.command(name="cluster")
@loop_options
@click.option("--cycle", default="", help="Id of this cycle. Default: the time.")
@click.option("--until", type=click.DateTime(), help="End of the window, UTC. Default: now.")
def command(**options: Any) -> int:
    """Group the failed turns of the last weeks by what went wrong, within each label.

    Works on what the classifier of gate.yaml has labelled. A cluster keeps its id from cycle to cycle as long as its
    turns stay together; splits and merges are told.
    """
    from gate_action.wiring.loop.clustering import ClusterOptions, cluster

    _print(cluster(ClusterOptions(**options)))
    return 0


def _print(found: "Clustered") -> None:
    from rich.table import Table
    from rich.text import Text

    from gate_action.cli.drawing import show
    from gate_action.report.escape import plain

    if found.told:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for name in ("cluster", "label", "title"):
            table.add_column(name, no_wrap=name != "title")
        for name in ("turns", "users"):
            table.add_column(name, justify="right")
        table.add_column("")
        for one in found.told:
            news = f"{one.change} {one.other}".strip()
            its = one.cluster
            cells = (its.cluster_id, its.label, its.title, str(len(one.turns)), str(one.voices), news)
            table.add_row(*(Text(plain(cell)) for cell in cells))  # a title may look like rich's own markup
        show(table)
    click.echo(
        f"cycle {found.cycle.cycle_id}, {found.cycle.since:%Y-%m-%d} to {found.cycle.until:%Y-%m-%d}:"
        f" {sum(bool(one.turns) for one in found.told)} clusters by {found.method};"
        f" {found.alone} failed turns are in none"
    )
