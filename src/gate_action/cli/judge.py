"""``gate-action judge``: measure a judge against people, before it may block anybody."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gate_action.model.judge import Estimate
    from gate_action.wiring.commands.calibration import Calibrated

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)
_FIXTURES, _TURNS = 60, 50
"""How many are drawn to be labelled."""


@click.group(name="judge")
def command() -> None:
    """Measure a judge against people's labels: only a judge that was measured may block."""


@command.command(name="calibrate")
@click.argument("labels", type=FILE)
@click.option("--run", "runs", type=FOLDER, multiple=True, help="A run folder with the answers.")
@click.option("--turns", is_flag=True, help="LABELS are of production's turns: measure the loop's classifier.")
@click.option("--repository", type=FOLDER, default=".", help="Where gate.yaml lies.")
@click.option("--config", default="gate.yaml", show_default=True, help="The gate's file.")
@click.option("--store", type=FILE, help="With --turns: the loop's store.")
@click.option("--gate", help="Which of several gates in the file.")
@click.option("--metric", help="Which of several judge metrics.")
def calibrate(**options: Any) -> int:
    """Measure a judge by LABELS (docs/contracts.md, section 9), and write its entry in judges.lock.yaml.

    The judge's scores are those of the run folders; no model is called. Commit the file: it counts once it is on the
    base branch, while the judge stays the same. With --turns the classifier of `loop classify` is measured instead, on
    what it has labelled already, and its entry goes to classifiers.lock.yaml.
    """
    turns, store = options.pop("turns"), options.pop("store")
    if turns == bool(options["runs"]):
        raise click.UsageError("give --run, the folders whose answers were labelled, or --turns")
    if turns:
        from gate_action.cli.labelling import describe_measured
        from gate_action.wiring.loop.labelling import calibrate_turns
        from gate_action.wiring.loop.opening import LoopOptions

        place = LoopOptions(repository=options["repository"], config=options["config"], store=store)
        told = describe_measured(calibrate_turns(place, options["labels"]))
    else:
        from gate_action.wiring.commands.calibration import CalibrateOptions, calibrate

        told = _describe(calibrate(CalibrateOptions(**options)))
    for line in told:
        click.echo(line)
    return 0


@command.command(name="label")
@click.argument("run", type=FOLDER, required=False)
@click.option("--turns", is_flag=True, help="Label production's turns instead, here in the terminal.")
@click.option("--metric", default="", help="The judge metric whose question people answer.")
@click.option("--count", type=click.IntRange(min=1), help="Drawn at random: 60 fixtures, or 50 turns.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draw.")
@click.option("--out", type=FILE, required=True, help="The sheet to write; with --turns, the labels to add to.")
@click.option("--page", is_flag=True, help="With --turns: on a page in the browser instead of the terminal.")
@click.option("--annotator", default="", help="With --turns: who labels. Default: the user who is logged in.")
@click.option("--repository", type=FOLDER, default=".", help="With --turns: where gate.yaml lies.")
@click.option("--config", default="gate.yaml", show_default=True, help="With --turns: the gate's file.")
@click.option("--store", type=FILE, help="With --turns: the loop's store.")
def label(**options: Any) -> int:
    """Write a sheet of answers from the run folder RUN, for people to fill in `label`: pass, fail, or a failure mode.

    Both builds' answers are in it, shuffled, without saying whose they are. With --turns a person labels turns that
    `loop classify` has labelled, without seeing how: one key each, undo, and the same command goes on where it was.
    """
    turns, run = options["turns"], options["run"]
    if turns == bool(run):
        raise click.UsageError("give a run folder, or --turns")
    return _label_turns(options) if turns else _write_sheet(run, options)


def _write_sheet(run: Path, options: Mapping[str, Any]) -> int:
    from gate_action.errors import ConfigError
    from gate_action.wiring.commands.calibration import make_sheet

    out: Path = options["out"]
    count = options["count"] or _FIXTURES
    sheet = make_sheet(run, metric=options["metric"], count=count, seed=options["seed"])
    try:
        with out.open("xb") as file:
            file.write(sheet)
    except FileExistsError:
        raise ConfigError(f"{out} exists already", hint="labels are people's work: give another name") from None
    except OSError as error:
        raise ConfigError(f"{out} cannot be written: {error}") from error
    rows = sheet.count(b"\n")
    click.echo(f"{out}: {rows} answer{'s' * (rows != 1)} to label")
    return 0


def _label_turns(options: Mapping[str, Any]) -> int:
    from gate_action.cli.labelling import sit, sit_at_page
    from gate_action.wiring.loop.labelling import LabelOptions, open_session

    names = ("repository", "config", "store", "seed", "out", "annotator")
    sitting = LabelOptions(**{name: options[name] for name in names}, count=options["count"] or _TURNS)
    with open_session(sitting) as session:
        (sit_at_page if options["page"] else sit)(session)
    return 0


def _describe(found: "Calibrated") -> list[str]:
    quality, labels = found.record.quality, found.labels
    model = found.record.model or "without a model"
    lines = [
        f"{found.metric}: judge {model}, {quality.passes} labels of pass, {quality.fails} of fail",
        f"  sensitivity {_percent(quality.sensitivity)}, specificity {_percent(quality.specificity)}",
        f"  J {_figure(quality.j)}, kappa {_figure(quality.kappa)}",
    ]
    left_out = (
        (found.unmatched, "of answers that these runs do not hold"),
        (found.unjudged, "of answers that the judge could not score"),
        (labels.ties, "on which people disagree evenly"),
        (labels.open_rows, "not filled in yet"),
    )
    lines += [f"  left out: {count} labels {why}" for count, why in left_out if count]
    lines.append(f"  it only warns: {quality.shortfall}" if quality.shortfall else "  it may block")
    return [*lines, f"written to {found.lock}"]


def _percent(told: "Estimate") -> str:
    return f"{100 * told.value:.1f} % (95 % {100 * told.low:.1f}..{100 * told.high:.1f})"


def _figure(told: "Estimate") -> str:
    return f"{told.value:.2f} (95 % {told.low:.2f}..{told.high:.2f})"
