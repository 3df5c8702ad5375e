"""A watch's reading as Markdown: the body of its issue, and the comment on the merged pull request."""

from gate_action.model.watch import WatchReading
from gate_action.report.escape import (
    SafeMarkdown,
    bold,
    fill,
    hidden_marker,
    join,
    markdown_cell,
    markdown_code,
    markdown_text,
    plain,
)
from gate_action.report.watch_words import WORDS, name_window, percent, say_notes, say_slice, say_time, say_window

_MOST_TITLE = 200


def render_title(reading: WatchReading) -> str:
    """A plain line: GitHub shows titles as they are."""
    title = plain(f"Watch: {reading.pin.mode} {reading.entry.cluster_id} is {WORDS[reading.verdict]}")
    return " ".join(title.split())[:_MOST_TITLE]


def render_watch(reading: WatchReading, marker: str) -> SafeMarkdown:
    """``marker``: the hidden first line by which the page is found again."""
    parts = [
        hidden_marker(marker),
        fill("### {word}", word=bold(markdown_text(WORDS[reading.verdict].capitalize()))),
        markdown_text(f"{reading.sentence[:1].upper()}{reading.sentence[1:]}."),
        _facts(reading),
        _list([markdown_text(note) for note in say_notes(reading)]),
    ]
    if reading.history:
        parts += [SafeMarkdown("**History**"), _history(reading)]
    if reading.fixed:
        parts.append(_fixed(reading))
    return join([part for part in parts if part])


def _facts(reading: WatchReading) -> SafeMarkdown:
    entry = reading.entry
    rows = [
        ("cluster", markdown_code(entry.cluster_id)),
        ("failure mode", markdown_cell(reading.pin.mode)),
        ("slice", markdown_cell(say_slice(reading))),
        ("fix", _fix(reading)),
        ("watched since", markdown_cell(say_time(entry.deployed_at))),
        ("since the fix", markdown_cell(f"{percent(reading.after_rate)} of {reading.after_turns:,} turns")),
        ("same hours before", markdown_cell(f"{percent(reading.before_rate)} of {reading.before_turns:,} turns")),
        ("target", markdown_cell(percent(reading.target))),
        *((name_window(window.hours), markdown_cell(say_window(window))) for window in reading.windows),
    ]
    if reading.since:
        rows.append(("said since", markdown_cell(say_time(reading.since))))
    lines = [SafeMarkdown("| | |\n| --- | --- |")]
    lines += [fill("| {name} | {value} |", name=markdown_cell(name), value=value) for name, value in rows]
    return join(lines, "\n")


def _fix(reading: WatchReading) -> SafeMarkdown:
    entry = reading.entry
    commit = markdown_code(entry.commit[:10]) if entry.commit else markdown_text("unknown commit")
    if not entry.pull_request:
        return commit
    return fill("#{pull} ({commit})", pull=markdown_text(str(entry.pull_request)), commit=commit)


def _history(reading: WatchReading) -> SafeMarkdown:
    return _list([markdown_text(f"{say_time(event.at)}: {event.sentence}") for event in reading.history])


def _fixed(reading: WatchReading) -> SafeMarkdown:
    """How many. Whose they are stays out of pages that others may read: the files and the webhook tell it."""
    count = len(reading.fixed)
    said = f"{count:,} complaints of this failure were" if count > 1 else "One complaint of this failure was"
    return markdown_text(f"{said} made before the fix and can be answered now: watch.json and the webhook tell whose.")


def _list(items: list[SafeMarkdown]) -> SafeMarkdown:
    return join([fill("- {item}", item=item) for item in items], "\n")
