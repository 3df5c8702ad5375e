"""A sitting at the terminal: one turn a screen, one key a label."""

import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from gate_action.errors import ConfigError
from gate_action.loop.classify.subjects import Subject
from gate_action.loop.labelling.page import render, say_statement
from gate_action.loop.labelling.session import QUIT, Session
from gate_action.loop.serving import open_server
from gate_action.report.escape import plain

if TYPE_CHECKING:
    from gate_action.model.judge import Estimate
    from gate_action.wiring.loop.labelling import Measured

_WIDTH = 100
_MOST_LINES = 14
"""Of one part: what is longer is cut, and says so."""

GetKey = Callable[[], str]
Say = Callable[[str], None]


def sit(
    session: Session,
    get_key: GetKey = click.getchar,
    say: Say = click.echo,
    clear: Callable[[], None] = click.clear,
) -> None:
    """Until all turns are labelled or the person quits; either way what was said is kept."""
    while (subject := session.current) is not None:
        done, total = session.progress
        clear()
        say("\n".join(_screen(subject, session, f"{done} of {total} labelled")))
        key = _read_key(get_key)
        session.stopwatch.act()
        if key == QUIT:
            break
        session.press(key)  # a key without a meaning is a slip: the same turn is shown again
    done, total = session.progress
    say(f"{done} of {total} labelled" + ("" if done == total else "; the same command goes on here"))


def _read_key(get_key: GetKey) -> str:
    """Raises ConfigError: nobody can press one."""
    try:
        return get_key().lower()
    except OSError as error:
        raise ConfigError(
            "there is no terminal to press a key at", hint="--page shows the same in a browser"
        ) from error


def sit_at_page(session: Session, say: Say = click.echo) -> None:
    """The same on a page of this machine's own, until the person quits it or presses Ctrl-C."""
    with open_server(session, partial(render, session), has_script=True) as server:
        say(f"label {session.progress[1]} turns at {server.address} (quit there, or Ctrl-C: what was said is kept)")
        while not session.is_finished:
            server.handle_request()
    done, total = session.progress
    say(f"{done} of {total} labelled")


def _screen(subject: Subject, session: Session, progress: str) -> Sequence[str]:
    parts = {
        "user": subject.input,
        "answer": subject.output,
        "documents": subject.context,
        "tools": subject.tool_calls,
        **{f"feedback {place}": say_statement(one) for place, one in enumerate(subject.statements, start=1)},
    }
    lines = [click.style(f"── {progress} ".ljust(_WIDTH, "─"), dim=True)]
    for name, text in parts.items():
        if text:
            lines += _block(name, text)
    return [*lines, "", *_say_keys(session), click.style("s skip   u undo   q quit", dim=True)]


def _say_keys(session: Session) -> list[str]:
    """In columns."""
    width = max(map(len, session.labels)) + 4
    cells = [f"{click.style(key, bold=True)} {label.ljust(width)}" for key, label in session.keys.items()]
    columns = max(1, _WIDTH // (width + 2))
    return ["".join(cells[start : start + columns]).rstrip() for start in range(0, len(cells), columns)]


def _block(name: str, text: str) -> list[str]:
    wrapped = [part for line in plain(text).splitlines() for part in textwrap.wrap(line, _WIDTH - 14) or [""]]
    shown = wrapped[:_MOST_LINES]
    if len(wrapped) > _MOST_LINES:
        shown.append(f"[... {len(wrapped) - _MOST_LINES} more lines]")
    head = click.style(f"{name:<12}", fg="cyan")
    return [f"{head}  {shown[0]}" if shown else head, *(f"{'':<14}{line}" for line in shown[1:])]


def describe_measured(found: "Measured") -> list[str]:
    """A line for each label that people gave, then agreement, and what could not be used."""
    quality = found.record.quality
    lines = [f"{found.record.classifier} ({found.digest[:19]}) against people on {quality.turns} turns"]
    for label, one in quality.labels.items():
        if one.sensitivity and one.specificity:
            rates = f"TPR {_percent(one.sensitivity)} of {one.present}, TNR {_percent(one.specificity)} of {one.absent}"
            lines.append(f"  {label:<16} {rates}")
    unseen = [label for label, one in quality.labels.items() if not one.present]
    if unseen:
        lines.append(f"  never given by people: {', '.join(unseen)}")
    human = quality.human_kappa
    beside = f"; two people with each other {_figure(human)}, on {quality.human_turns} turns" if human else ""
    lines.append(f"  kappa with people {_figure(quality.kappa)}{beside}")
    left_out = (
        (found.stale, "of turns that are gone or whose answer is another"),
        (found.unclassified, "of turns that this classifier has not labelled"),
        (found.votes.ties, "on which people disagree evenly"),
        (found.votes.open_rows, "not filled in yet"),
    )
    lines += [f"  left out: {count} labels {why}" for count, why in left_out if count]
    return [*lines, f"written to {found.lock}"]


def _percent(told: "Estimate") -> str:
    return f"{100 * told.value:.0f} % ({100 * told.low:.0f}..{100 * told.high:.0f})"


def _figure(told: "Estimate") -> str:
    return f"{told.value:.2f} ({told.low:.2f}..{told.high:.2f})"
