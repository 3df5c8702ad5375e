"""``gate-action power``: what one's own suite can find, before a call is spent."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gate_action.model.forecast import Spread
    from gate_action.wiring.commands.prospects import Power


@click.command(name="power")
@click.option("--repository", type=click.Path(file_okay=False, path_type=Path), default=".", help="The clone.")
@click.option("--revision", default="HEAD", show_default=True, help="The commit whose gate and fixtures count.")
@click.option("--config", default="gate.yaml", show_default=True, help="The gate's file.")
@click.option("--gate", help="Which of several gates in the file.")
@click.option(
    "--cost-per-call", type=click.FloatRange(min=0), help="US dollars of one trial. Default: of the stored runs."
)
def command(cost_per_call: float | None, **options: Any) -> int:
    """Show the drop that this suite finds with 80 % power: with 1, 3 and 5 trials, as it is and twofold and fourfold.

    The variance is that of main's stored runs; where none are stored, three usual ones are assumed, and said to be.
    `drop found` is what the gate finds, which ends early where nothing looks wrong; `all calls` is what a test of all
    those calls side by side would find. Exit code 0.
    """
    from gate_action.wiring.commands.prospects import ProspectOptions, show_power

    for power in show_power(ProspectOptions(**options), os.environ, cost_per_call):
        click.echo(_title(power.spread))
        click.echo(_table(power))
    return 0


def _title(spread: "Spread") -> str:
    source = f"of {spread.runs} stored runs" if spread.runs else "assumed: no run is stored"
    judged = f"; the judge's J {spread.j:.2f} shrinks every drop" if spread.j < 1 else ""
    return f"{spread.metric}: call-to-call variance s2 {spread.variance:.3f} ({source}){judged}"


def _table(power: "Power") -> str:
    from gate_action.wiring.commands.prospects import say_price

    lines = ["  fixtures  trials   drop found    all calls      calls  cost"]
    for prospect in power.prospects:
        size = f"{prospect.fixtures:>8,}  {prospect.trials:>6}"
        drops = f"{_drop(prospect.drop):>11}  {_drop(prospect.side_by_side):>11}"
        lines.append(f"  {size}  {drops}  {prospect.calls:>9,}  {say_price(prospect.cost_usd)}")
    return "\n".join([*lines, ""])


def _drop(drop: float | None) -> str:
    """``unknown`` where no stored trial varied; ``none`` where not even a complete loss would be found."""
    if drop is None:
        return "unknown"
    return "none" if drop >= 1 else f"{100 * drop:.1f} points"
