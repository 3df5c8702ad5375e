"""``gate-action compare``: the two-run decision on any two runs."""

from pathlib import Path
from typing import Any

import click

from gate_action.model.metric import OnInconclusive
from gate_action.model.trial import Arm

_ARM = click.Choice([str(arm) for arm in Arm])
PLACE = click.Path(path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
ALPHA = click.FloatRange(0.0001, 0.5, max_open=True)
"""10,000 relabellings give no smaller p: a smaller alpha would never block."""
SHARE = click.FloatRange(0.0, 1.0, max_open=True)


def _as_arm(_ctx: click.Context, _param: click.Parameter, value: str) -> Arm:
    return Arm(value)


def _as_consequence(_ctx: click.Context, _param: click.Parameter, value: str | None) -> OnInconclusive | None:
    return OnInconclusive(value) if value else None


def _as_bars(_ctx: click.Context, _param: click.Parameter, value: tuple[tuple[str, float], ...]) -> dict[str, float]:
    return dict(value)


class _PassAt(click.ParamType[tuple[str, float]]):
    """``0.8`` for all metrics, ``answer=0.8`` for one."""

    name = "[metric=]score"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        name, _, bar = str(value).rpartition("=")
        try:
            score = float(bar)
        except ValueError:
            score = 0.0
        if not 0.0 < score <= 1.0:
            self.fail(f"{bar!r} is no score in (0, 1]", param, ctx)
        return name.strip(), score


_THRESHOLDS = (
    "margin",
    "alpha_global",
    "alpha_slices",
    "min_effect",
    "min_effect_slice",
    "max_missing",
    "on_inconclusive",
    "seed",
)
"""Options that are fields of Policy."""


@click.command(name="compare")
@click.argument("base", type=PLACE)
@click.argument("head", type=PLACE)
@click.option(
    "--base-arm",
    type=_ARM,
    callback=_as_arm,
    default="head",
    show_default=True,
    help="Which arm of a run folder BASE is.",
)
@click.option(
    "--head-arm",
    type=_ARM,
    callback=_as_arm,
    default="head",
    show_default=True,
    help="Which arm of a run folder HEAD is.",
)
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), help="Metrics and policy of this gate.yaml.")
@click.option("--gate", help="Which of several gates in that file.")
@click.option("--metric", "metrics", multiple=True, help="Compare this metric only (repeatable). Default: all.")
@click.option("--secondary", multiple=True, help="This metric only warns (repeatable).")
@click.option(
    "--pass-at",
    type=_PassAt(),
    multiple=True,
    callback=_as_bars,
    help="A trial passes at this score, e.g. 0.8 or answer=0.8.",
)
@click.option("--margin", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="pass: the drop is smaller.")
@click.option("--alpha", "alpha_global", type=ALPHA, help="Error bound of the test over all items.")
@click.option("--alpha-slices", type=ALPHA, help="Error bound of the test over categories.")
@click.option("--min-effect", type=SHARE, help="A smaller drop of the mean never blocks.")
@click.option("--min-effect-slice", type=SHARE, help="A smaller drop of a category never blocks.")
@click.option("--max-missing", type=SHARE, help="More missing scores than this is no measurement.")
@click.option(
    "--on-inconclusive",
    type=click.Choice(["pass", "block"]),
    callback=_as_consequence,
    help="What an inconclusive comparison ends as.",
)
@click.option("--seed", type=click.IntRange(min=0), help="Of the relabellings.")
@click.option("--common", "common_only", is_flag=True, help="Leave out items that only one of the two runs has.")
@click.option("--out", type=FOLDER, help="Also write report.json, report.md and report.html here.")
def command(**options: Any) -> int:
    """Decide whether HEAD is worse than BASE, from two finished runs made under the same conditions.

    Each is a run folder, a baseline record, a report.json whose run folder is at hand, or a table (CSV, JSON Lines,
    Parquet) with the columns item_id, trial, score and, optionally, metric, cluster, category. Nothing is run. The exit
    code is the verdict's.
    """
    from gate_action.wiring.commands.comparing import CompareOptions, compare_runs

    policy = {name: value for name in _THRESHOLDS if (value := options.pop(name)) is not None}
    return compare_runs(CompareOptions(**options, policy=policy))
