"""The ranked list in sentences and cells: the same ones in the terminal, in Markdown and on the page."""

from typing import NamedTuple

from gate_action.model.priority import Followed, Item, Measure, Priorities, Standing
from gate_action.report import words

_PER = 1000
_UNITS = {
    Measure.PER_TURN: "per 1,000 turns",
    Measure.REPORTED: "reported per 1,000 turns",
    Measure.OF_COMPLAINTS: "share of complaints",
}
_STANDINGS = {Standing.SAFETY: "safety first", Standing.PINNED: "pinned", Standing.RANKED: "", Standing.MUTED: "muted"}


class Row(NamedTuple):
    """One item as it is shown."""

    rank: str
    ranks: str
    """``2 to 4`` where its place is open, else empty."""
    title: str
    item_id: str
    mark: str
    rate: str
    reach: str
    """The rate's interval."""
    users: str
    severity: str
    why: str
    """Level, who set it, and the measured lifts."""
    lever: str
    plan: str
    """Chance and effort."""
    score: str
    p_top: str
    note: str


def unit(priorities: Priorities) -> str:
    return _UNITS[priorities.measure]


def say_headline(priorities: Priorities) -> str:
    ranked = [item for item in priorities.items if item.rank]
    if not ranked:
        return "Nothing that goes wrong is ranked."
    sure = sum(item.p_top >= 0.9 for item in ranked[: priorities.top])  # noqa: PLR2004  # nine draws of ten
    shown = min(priorities.top, len(ranked))
    if shown == len(ranked):
        return f"{words.counted(len(ranked), 'thing')} went wrong, all within the top {priorities.top}."
    return (
        f"The top {priorities.top} of {words.counted(len(ranked), 'thing')} that went wrong;"
        f" {sure} of them belong there in 9 of 10 draws or more."
    )


def say_window(priorities: Priorities) -> str:
    return (
        f"{priorities.since:%Y-%m-%d} to {priorities.until:%Y-%m-%d}: {priorities.turns:,} turns"
        f" that stand for {priorities.stands_for:,.0f}; classifier {priorities.classifier}"
        f" ({priorities.classifier_digest[:19]}); score = {priorities.formula}"
    )


def say_ties(priorities: Priorities) -> tuple[str, ...]:
    told = [f"{first} to {last} are not separable: their order is chance." for first, last in priorities.ties]
    if not priorities.is_cut_clear:
        told.append(
            f"{priorities.top} and {priorities.top + 1} are not separable:"
            f" which of them is in the top {priorities.top} is open."
        )
    return tuple(told)


def make_row(item: Item, priorities: Priorities) -> Row:
    severity, plan = item.severity, item.addressability
    first, last = item.ranks
    lifts = [f"{name} {words.points(lift.value)} points" for name, lift in severity.lifts.items()]
    low, high = (_rate(bound, priorities.measure) for bound in item.rate.interval)
    level = f"level {severity.level} ({severity.set_by})"
    note = f"{item.muted.reason} (until {item.muted.until})" if item.muted else item.note
    return Row(
        rank=str(item.rank) if item.rank else words.DASH,
        ranks=f"{first} to {last}" if first != last else "",
        title=item.title,
        item_id=item.item_id,
        mark=", ".join(filter(None, _marks(item))),
        rate=_rate(item.rate.value, priorities.measure),
        reach=f"{low} to {high}",
        users=f"{item.turns:,} / {item.users:,}",
        severity=f"{severity.value:.1f}",
        why=", ".join([level, *lifts]),
        lever=plan.lever,
        plan=f"{words.rate(plan.chance).replace('.0%', '%')} in {plan.effort_days:g} d",
        score=_figure(item.score.value),
        p_top=words.DASH if not item.rank else f"{item.p_top * 100:.0f}%",
        note=note,
    )


def _marks(item: Item) -> tuple[str, ...]:
    label = item.label if item.item_id != item.label else ""
    return label, _STANDINGS[item.standing], "reopened" if item.status == "reopened" else ""


def _rate(value: float, measure: Measure) -> str:
    return _figure(value * _PER) if measure is not Measure.OF_COMPLAINTS else words.rate(value)


def _figure(value: float) -> str:
    """Three significant digits at the most."""
    if value >= 100:  # noqa: PLR2004  # three digits before the point
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004  # as above


def say_difference(one: Followed) -> str:
    """Last - first with its interval, in the unit of ``say_rate``."""
    if one.difference is None:
        return words.DASH
    low, high = one.difference.interval
    scale = 100 if one.measure is Measure.OF_COMPLAINTS else _PER
    figures = [f"{value * scale:+.1f}".replace("-", words.MINUS) for value in (one.difference.value, low, high)]
    return f"{figures[0]} ({figures[1]} to {figures[2]})"


def say_rate(value: float, one: Followed) -> str:
    return words.rate(value) if one.measure is Measure.OF_COMPLAINTS else f"{value * _PER:.1f}"
