"""``gate-action loop classify``: say of each turn that somebody complained of what went wrong."""

from typing import TYPE_CHECKING, Any

import click

from gate_action.cli.loop.options import loop_options
from gate_action.errors import ExitCode

if TYPE_CHECKING:
    from gate_action.loop.classify.classifying import Passed
    from gate_action.loop.classify.rows import Line
    from gate_action.wiring.loop.classifying import Classified

_MOST_CAUSES = 3
_BAR = 24
"""Columns of the longest bar."""


@click.command(name="classify")
@loop_options
@click.option("--max-calls", type=click.IntRange(min=1), help="Model calls of this pass. Default: gate.yaml's.")
@click.option("--max-cost-usd", type=click.FloatRange(min=0), help="US dollars of this pass. Default: gate.yaml's.")
@click.option("--by-rules", is_flag=True, help="Ask no model, though gate.yaml names one.")
def command(**options: Any) -> int:
    """Label the turns that somebody complained of and that this classifier has not labelled yet.

    By the model that gate.yaml names under loop.classify, else by rules, which need no key and say `unknown` where
    words alone do not tell. Each answer is written before the next one counts: a pass that ends early is gone on with
    by the next.
    """
    from gate_action.cli.loop.progress import open_progress
    from gate_action.report.escape import plain
    from gate_action.wiring.loop.classifying import ClassifyOptions, classify

    with open_progress() as progress:
        classified = classify(ClassifyOptions(**options), progress)
    _print_table(classified)
    for line in _describe(classified):
        click.echo(plain(line))
    passed = classified.passed
    is_undone = passed.failed or passed.failure or passed.canary or passed.is_stuck
    return ExitCode.NOT_EVALUATED if is_undone else ExitCode.PASS


def _print_table(classified: "Classified") -> None:
    from rich.table import Table
    from rich.text import Text

    from gate_action.cli.drawing import show
    from gate_action.report.escape import plain

    summary = classified.summary
    if not summary.turns:
        return
    most = max(one.turns for one in summary.counts)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("label")
    for name in ("turns", "share", "users"):
        table.add_column(name, justify="right")
    table.add_column("corrected" if classified.record else "")
    table.add_column("")
    for one in summary.counts:
        bar = "█" * round(_BAR * one.turns / most)
        share = f"{100 * one.turns / summary.turns:.0f} %"
        style = "" if one.turns else "dim"
        corrected = _say_corrected(one.label, one.turns, classified)
        cells = (plain(one.label), str(one.turns), share, str(one.voices), corrected)
        table.add_row(*map(Text, cells), Text(bar, style="cyan"), style=style)
    show(table)


def _say_corrected(label: str, turns: int, classified: "Classified") -> str:
    """The share without the classifier's errors."""
    if classified.record is None:
        return ""
    from gate_action.comparison.statistics.classifiers import correct_prevalence

    told = correct_prevalence(turns, classified.summary.turns, classified.record.quality.labels.get(label)).corrected
    return "-" if told is None else f"{100 * told.value:.0f} % ({100 * told.low:.0f}..{100 * told.high:.0f})"


def _describe(classified: "Classified") -> list[str]:
    passed, line, summary = classified.passed, classified.line, classified.summary
    done = f"{passed.asked} turns asked, {passed.recalled} known already, {summary.turns} labelled in all"
    lines = [f"{classified.classifier} ({classified.digest[:19]}): {done}"]
    if record := classified.record:
        lines.append(f"  corrected: by people's labels of {record.quality.turns} turns, with 95 % intervals")
    elif summary.turns:
        lines.append("  not measured against people: shares are the classifier's own (judge label --turns)")
    for cause, count in passed.causes.most_common(_MOST_CAUSES):
        lines.append(f"  unknown, {count}: {cause}")
    lines += _describe_line(passed, line)
    if notice := summary.notice:
        names = ", ".join(f"{name} ({count})" for name, count in notice.names) or "no names were proposed"
        lines.append(f"the labels do not fit: {notice.other} of {notice.failures} failures are `other`: {names}")
        lines.append("  -> add a mode under loop.classify.modes, or mend the rubric (docs/loop-classify.md)")
    if passed.spent:
        ended = "not done" if passed.is_stuck else "ended early"
        lines.append(f"{ended}: {passed.spent}" + ("" if passed.is_stuck else "; the next pass goes on here"))
    if passed.canary:
        lines.append(f"not done: a canary failed: {passed.canary}; {passed.done} turns of earlier batches are kept")
        lines.append("  -> use a model that can do this, or mend the rubric: canaries stand in its file")
    if passed.failure:
        lines.append(f"not done: {passed.failed} turns had no answer: {passed.failure}")
    return lines


def _describe_line(passed: "Passed", line: "Line") -> list[str]:
    told = (
        (passed.invented_quotes, "modes had a quote that is not in the turn: not counted as present"),
        (line.capped, "turns left out: their users have max_turns_per_user a week already"),
        (line.nameless, "turns have no user: people are told apart by conversation at best"),
    )
    return [f"  {count} {words}" for count, words in told if count]
