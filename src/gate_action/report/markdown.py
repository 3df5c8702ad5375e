"""The view as Markdown for GitHub: comment, check run, job summary. Sheds sections to keep within a budget."""

from typing import Final

from gate_action.report import markdown_tables as tables
from gate_action.report.budget import PageBudget, Section, fit
from gate_action.report.escape import (
    SafeMarkdown,
    bold,
    fill,
    hidden_marker,
    join,
    markdown_block,
    markdown_code,
    markdown_text,
)
from gate_action.report.markdown_cards import card
from gate_action.report.markdown_gate import gate_sections
from gate_action.report.parts import Headline, Tone, View
from gate_action.report.words import clip, counted, shorten

COMMENT: Final = PageBudget()
CHECK_SUMMARY: Final = PageBudget(characters=65_000)
JOB_SUMMARY: Final = PageBudget(characters=900_000, bytes=1_000_000)

_NOTHING: Final = SafeMarkdown("")
_CARDS: Final = (20, 10, 5, 3, 1)
_ROWS: Final = (50, 20, 10, 5)


def render_markdown(view: View, budget: PageBudget = COMMENT, *, marker: str = "") -> SafeMarkdown:
    """The page, within any budget of 6,000 characters or more.

    ``marker`` (an HTML comment, or nothing) is its first line and is never shed.
    """
    sections = [
        *_top(view, marker),
        *gate_sections(view.gate),
        *_metrics(view),
        *_slices(view),
        *_groups(view),
        *_cards(view),
        *_usage(view),
        *_missed(view),
        *_warnings(view),
        *_reproduce(view),
        _facts(view),
    ]
    return fit(sections, budget)


def _top(view: View, marker: str) -> list[Section]:
    first = hidden_marker(marker)
    lead = [first] if first else []
    verdict = (
        join([*lead, _title(view.gate_id, view.headline), _sentence(view.headline.sentence)]),
        join(
            [*lead, _title(shorten(view.gate_id, 50), view.headline), _sentence(shorten(view.headline.sentence, 200))]
        ),
    )
    return [
        Section(name=SafeMarkdown("the verdict's sentence"), importance=100, forms=verdict),
        *_behind(view.headline),
        Section(name=SafeMarkdown("scope"), importance=85, forms=(_scope(view), _NOTHING)),
    ]


def _behind(headline: Headline) -> list[Section]:
    """What the sentence rests on, and the reasons beside it."""
    sections = []
    if headline.detail:
        forms = (
            markdown_block(headline.detail, "console"),
            markdown_block(clip(headline.detail, characters=600, lines=8)),
        )
        sections.append(Section(name=SafeMarkdown("details"), importance=88, forms=(*forms, _NOTHING)))
    if headline.further:
        brief = [shorten(sentence, 200) for sentence in headline.further]
        lists = (tables.bullets(headline.further), *(tables.bullets(brief[:most]) for most in (10, 3)))
        sections.append(Section(name=SafeMarkdown("further reasons"), importance=68, forms=(*lists, _NOTHING)))
    return sections


def _title(gate_id: str, headline: Headline) -> SafeMarkdown:
    title = fill(
        "## {sign} {word} · {gate}",
        sign=tables.SIGNS[headline.tone],
        word=markdown_text(headline.word),
        gate=markdown_text(shorten(gate_id, 100)),
    )
    tags = markdown_text(", ".join(headline.tags))
    return fill("{title} ({tags})", title=title, tags=tags) if tags else title


def _scope(view: View) -> SafeMarkdown:
    builds = [
        fill("{arm} {sha}", arm=markdown_text(build.label), sha=markdown_code(build.value)) for build in view.builds
    ]
    return join([markdown_text(view.summary), *builds], " · ")


def _sentence(sentence: str) -> SafeMarkdown:
    return bold(markdown_text(sentence))


def _metrics(view: View) -> list[Section]:
    if not view.metrics:
        return []
    forms = [join([tables.metric_table(view.metrics), tables.metric_notes(view.metrics)])]
    forms += [tables.metric_table(view.metrics[:most]) for most in (20, 5, 1)]
    return [Section(name=SafeMarkdown("metrics"), importance=90, forms=tuple(forms))]


def _slices(view: View) -> list[Section]:
    prominent = [row for row in view.slices if row.is_prominent]
    moved = [row for row in view.slices if row.has_moved and not row.is_prominent]
    still = len(view.slices) - len(prominent) - len(moved)
    sections = []
    if prominent:
        title = SafeMarkdown("### Slices: broken or protected")
        forms = [tables.titled(title, tables.slice_table(prominent[:most]), len(prominent) - most) for most in _ROWS]
        sections.append(Section(name=SafeMarkdown("broken slices"), importance=80, forms=(*forms, _NOTHING)))
    if moved:
        summary = f"{counted(len(moved), 'more slice' if prominent else 'slice')} moved"
        forms = [tables.folded(summary, tables.slice_table(moved[:most])) for most in (100, 20)]
        sections.append(Section(name=SafeMarkdown("slices"), importance=30, forms=(*forms, _NOTHING)))
    if still:
        unmoved = markdown_text(f"{counted(still, 'slice')} did not move.")
        sections.append(Section(name=SafeMarkdown("slices"), importance=29, forms=(unmoved, _NOTHING)))
    return sections


def _groups(view: View) -> list[Section]:
    return [
        Section(
            name=markdown_text(group.title.lower()),
            importance=70 if group.tone is Tone.BAD else 40,
            forms=(*(tables.change_group(group, most) for most in _ROWS), tables.change_group(group, 0)),
        )
        for group in view.groups
    ]


def _cards(view: View) -> list[Section]:
    if not view.cards:
        return []
    title = SafeMarkdown("### What both builds answered")
    drawn = [card(shown, is_open=at == 0) for at, shown in enumerate(view.cards[: _CARDS[0]])]
    total = len(view.cards) + view.cards_omitted
    forms = [tables.titled(title, join(drawn[:most]), total - most) for most in _CARDS]
    return [Section(name=SafeMarkdown("outputs"), importance=50, forms=(*forms, _NOTHING))]


def _missed(view: View) -> list[Section]:
    if not view.missed:
        return []
    text = join([SafeMarkdown("### What could have been missed"), tables.named(view.missed)])
    return [Section(name=SafeMarkdown("what could have been missed"), importance=60, forms=(text, _NOTHING))]


def _warnings(view: View) -> list[Section]:
    if not view.warnings:
        return []
    title = SafeMarkdown("### Warnings")
    forms = [
        tables.titled(title, tables.bullets(view.warnings[:most]), len(view.warnings) - most) for most in (20, 5, 1)
    ]
    return [Section(name=SafeMarkdown("warnings"), importance=55, forms=(*forms, _NOTHING))]


def _usage(view: View) -> list[Section]:
    parts = [tables.usage_table(view.usage)] if view.usage else []
    parts += [markdown_text(view.calls)] if view.calls else []
    if not parts:
        return []
    text = join([SafeMarkdown("### Calls and costs"), *parts])
    return [Section(name=SafeMarkdown("calls and costs"), importance=20, forms=(text, _NOTHING))]


def _reproduce(view: View) -> list[Section]:
    if not view.reproduce:
        return []
    text = join([SafeMarkdown("### Reproduce"), markdown_block(view.reproduce, "console")])
    return [
        Section(
            name=SafeMarkdown("how to reproduce"), importance=75, forms=(text, markdown_code(view.reproduce), _NOTHING)
        )
    ]


def _facts(view: View) -> Section:
    facts = tables.folded("Revisions, run and policy", tables.fact_table((*view.facts, *view.policy)))
    return Section(
        name=SafeMarkdown("revisions and policy"), importance=10, forms=(facts, tables.fact_line(view.facts), _NOTHING)
    )
