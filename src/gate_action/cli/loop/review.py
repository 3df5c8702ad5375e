"""A review in the terminal: one candidate at a time. What it shows is hostile and goes through ``plain``."""

from collections.abc import Iterator
from dataclasses import replace

import click

from gate_action.loop.attention import Stopwatch
from gate_action.loop.promote.proposing import corrected
from gate_action.loop.promote.shaping import value_of
from gate_action.loop.promote.telling import check_text, expected_text, text_of
from gate_action.model.fixture import ABSENT, Fixture, Json
from gate_action.model.promotion import Candidate, Proposal, Review, ReviewOutcome
from gate_action.report.escape import plain

_KEYS = {"a": "accept", "e": "edit the correction", "r": "reject", "s": "skip", "q": "quit"}
_LONGEST = 4_000


def review_in_terminal(proposal: Proposal, reviewer: str, stopwatch: Stopwatch) -> tuple[Review, ...]:
    """Asks until the candidates or the person are at an end; what was decided by then counts."""
    reviews: list[Review] = []
    for number, candidate in enumerate(proposal.candidates, start=1):
        click.echo(f"\n--- {number} of {len(proposal.candidates)} ---")
        stopwatch.begin()
        before = stopwatch.seconds
        review = _ask(candidate, reviewer, stopwatch)
        if review is None:
            break
        reviews.append(replace(review, seconds=stopwatch.seconds - before))
    return tuple(reviews)


def _ask(candidate: Candidate, reviewer: str, stopwatch: Stopwatch) -> Review | None:
    while True:
        for line in shown(candidate):
            click.echo(line)
        menu = ", ".join(f"[{key}] {words}" for key, words in _KEYS.items())
        key = click.prompt(menu, type=click.Choice(list(_KEYS)), show_choices=False)
        stopwatch.act()
        match key:
            case "a":
                outcome = ReviewOutcome.ACCEPTED
                return Review(candidate=candidate, outcome=outcome, reviewer=reviewer)
            case "r":
                reason = click.prompt("why")
                stopwatch.act()
                return Review(candidate=candidate, outcome=ReviewOutcome.REJECTED, reason=reason, reviewer=reviewer)
            case "e":
                edited = corrected(candidate, _edit(candidate.fixture))
                stopwatch.act()
                if edited.fixture.checks:
                    return Review(candidate=edited, outcome=ReviewOutcome.EDITED, reviewer=reviewer)
                click.echo("no check tells this correction from the failing answer: is it another one?")
            case "s":
                return Review(candidate=candidate, outcome=ReviewOutcome.SKIPPED, reviewer=reviewer)
            case _:
                return None


def _edit(fixture: Fixture) -> Json:
    before = text_of(None if fixture.expected.output is ABSENT else fixture.expected.output)
    edited = click.edit(before, require_save=False)
    return value_of((edited if edited is not None else click.prompt("the right answer")).strip())


def shown(candidate: Candidate) -> Iterator[str]:
    """What a reviewer decides by, for a terminal."""
    fixture = candidate.fixture
    parts = (
        ("cluster", candidate.title),
        ("went wrong", candidate.sentence),
        ("asked", text_of(fixture.input)),
        ("context", "\n".join(fixture.context)),
        ("answered", "" if fixture.failing_output is ABSENT else text_of(fixture.failing_output)),
        ("user said", candidate.comment),
        ("expected", expected_text(fixture)),
        ("checks", "\n".join(map(check_text, fixture.checks))),
        ("replaced", candidate.replaced),
        ("consent", fixture.consent),
    )
    for name, text in parts:
        if text:
            first, *rest = plain(text[:_LONGEST]).splitlines() or [""]
            yield f"{name:>10}  {first}"
            yield from (f"{'':>10}  {line}" for line in rest)
