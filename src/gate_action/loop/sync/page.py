"""A proposed row as a reviewer reads it: what happened, what is expected, why it was chosen, how main does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gate_action.codec.rows import encode_row
from gate_action.loop.sync.choosing import Chosen
from gate_action.loop.sync.offers import Refusal
from gate_action.model.fixture import ABSENT, Fixture, Json, Provenance, canonical_json
from gate_action.report.escape import (
    SafeMarkdown,
    bold,
    fill,
    html_code,
    join,
    markdown_block,
    markdown_cell,
    markdown_code,
    markdown_text,
)
from gate_action.report.words import counted, shorten

_LONGEST = 800
"""Characters of one text."""
_MOST_REFUSED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of the rows beside themselves."""

    source: str
    """Where they come from, in words."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Row id -> the mean score of main's stored run on it."""
    why: Mapping[str, str] = field(default_factory=dict)
    """Row id -> why it was chosen, in a sentence."""


def write_intro(chosen: Chosen, refused: Sequence[Refusal], told: Told) -> SafeMarkdown:
    parts = [
        fill(
            "{rows} from {source}. Each line that you delete on this branch is remembered as turned down once this is "
            "merged, and so is all of it if you close it; neither returns. A comment, or a label `gate-rejected: why`, "
            "says why. Nothing is ever merged by itself.",
            rows=bold(markdown_text(counted(len(chosen.rows), "fixture"))),
            source=markdown_text(told.source),
        )
    ]
    if chosen.waiting:
        waiting = markdown_text(counted(chosen.waiting, "more row"))
        parts.append(fill("{waiting} found no room here and come with the next pull request.", waiting=waiting))
    if chosen.dropped:
        counts = Counter(str(reason) for _, reason in chosen.dropped)
        reasons = join([markdown_text(f"{reason} ({count})") for reason, count in sorted(counts.items())], "; ")
        parts.append(fill("Left out: {reasons}.", reasons=reasons))
    if refused:
        parts.append(_write_refused(refused))
    return join(parts)


def write_row(fixture: Fixture, told: Told) -> SafeMarkdown:
    origin = fixture.provenance or Provenance(source="")
    mode = f", {origin.mode}" if origin.mode else ""
    critical = ", critical: a failure of it blocks" if fixture.is_critical else ""
    heading = fill(
        "<details><summary>{id} {of}</summary>",
        id=html_code(fixture.id),
        of=markdown_text(shorten(f"{fixture.cluster or origin.cluster}{mode}{critical}", _LONGEST // 4)),
    )
    parts = [heading, bold(SafeMarkdown("What happened")), _block(fixture.input)]
    if fixture.scenario is not None:
        parts += [SafeMarkdown("A simulated user goes on from there:"), _block(fixture.scenario.parts)]
    if fixture.failing_output is not ABSENT:
        parts += [SafeMarkdown("The application answered:"), _block(fixture.failing_output)]
    parts += [bold(SafeMarkdown("What is expected")), *_expected(fixture)]
    why = fill("{heading}: {why}", heading=bold(SafeMarkdown("Why it was chosen")), why=_why(fixture, origin, told))
    score = fill("{heading}: {score}", heading=bold(SafeMarkdown("Main's score on it")), score=_score(fixture, told))
    return join([*parts, why, score, SafeMarkdown("</details>")])


def _write_refused(refused: Sequence[Refusal]) -> SafeMarkdown:
    lines = [
        fill("- {place}: {reason}", place=markdown_code(one.place[:_LONGEST]), reason=markdown_cell(one.reason))
        for one in refused[:_MOST_REFUSED]
    ]
    count = markdown_text(counted(len(refused), "row"))
    heading = fill("<details><summary>{count} refused</summary>", count=count)
    more = len(refused) - len(lines)
    tail = [fill("- and {more} more", more=markdown_text(str(more)))] if more else []
    return join([heading, join([*lines, *tail], "\n"), SafeMarkdown("</details>")])


def _expected(fixture: Fixture) -> list[SafeMarkdown]:
    row = encode_row(fixture)
    parts = [_block(row["expected"])] if "expected" in row else []
    if fixture.checks:
        checks: Json = [{one.evaluator: one.options} for one in fixture.checks]
        parts += [SafeMarkdown("Its own checks:"), _block(checks)]
    if "expected" not in row:
        parts.append(SafeMarkdown("No right answer is known: it says what must not be done."))
    return parts


def _why(fixture: Fixture, origin: Provenance, told: Told) -> SafeMarkdown:
    if why := told.why.get(fixture.id, ""):
        return markdown_text(shorten(why, _LONGEST))
    names = {"cluster": origin.cluster, "mode": origin.mode, "cycle": origin.cycle, "release": origin.release}
    known = [f"{name} {value}" for name, value in names.items() if value]
    return markdown_text(", ".join(known) or "its source does not say")


def _score(fixture: Fixture, told: Told) -> SafeMarkdown:
    score = told.scores.get(fixture.id)
    return markdown_text("not measured" if score is None else f"{score:.2f}")


def _block(value: Json) -> SafeMarkdown:
    text = value if isinstance(value, str) else canonical_json(value).decode("utf-8", "replace")
    return markdown_block(shorten(text, _LONGEST))
