"""Watches as one HTML file: a card a fix, with its curves as SVG. No script, no request."""

from collections.abc import Callable, Sequence
from datetime import datetime

from gate_action.model.dataclass import dataclass
from gate_action.model.watch import CurvePoint, WatchReading
from gate_action.report.html import render_page
from gate_action.report.watch_words import (
    TONES,
    WORDS,
    name_window,
    percent,
    say_notes,
    say_slice,
    say_time,
    say_window,
)

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 10, 24
_DAY_H = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line across the plot with its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """SVG paths and places, in pixels."""

    day: str
    day_before: str
    after: str
    band: str
    target_y: float
    target: str
    rates: tuple[Mark, ...]
    days: tuple[Mark, ...]
    described: str


def render_watches_html(readings: Sequence[WatchReading], at: datetime) -> str:
    """The whole file. Jinja escapes every value; unseen characters are spelled out."""
    cards = [
        {
            "reading": reading,
            "word": WORDS[reading.verdict],
            "tone": TONES[reading.verdict].value,
            "plot": draw_plot(reading),
            "facts": _facts(reading),
            "notes": say_notes(reading),
            "history": [(say_time(event.at), WORDS[event.verdict], event.sentence) for event in reading.history],
        }
        for reading in readings
    ]
    return render_page("watch.html", cards=cards, at=say_time(at), width=WIDTH, height=HEIGHT)


def draw_plot(reading: WatchReading) -> Plot:
    """Rates over the hours since the deployment; the band is that of the rate since then, at all looks together."""
    points = reading.curve
    rates = [rate for point in points for rate in (point.day, point.day_before, point.after) if rate is not None]
    top = max([*rates, reading.target, 0.005]) * 1.15
    hours = max([point.hours for point in points] + [float(_DAY_H)])

    def x(hour: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * hour / hours, 1)

    def y(rate: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * min(max(rate, 0.0), top) / top, 1)

    def line(name: str) -> str:
        return _path(
            [(x(point.hours), y(rate)) if (rate := getattr(point, name)) is not None else None for point in points]
        )

    days = int(hours // _DAY_H)
    every = max(1, -(-days // 8))
    return Plot(
        day=line("day"),
        day_before=line("day_before"),
        after=line("after"),
        band=_band(points, x, y),
        target_y=y(reading.target),
        target=f"target {percent(reading.target)}",
        rates=tuple(Mark(at=y(top * share), label=percent(top * share)) for share in (0.0, 0.5, 1.0)),
        days=tuple(Mark(at=x(day * _DAY_H), label=f"day {day}") for day in range(every, days + 1, every)),
        described=(
            f"The failing share of the last 24 hours over {days} days, beside the same hours before; "
            f"{percent(reading.after_rate)} since the fix, {percent(reading.before_rate)} before."
        ),
    )


def _path(places: Sequence[tuple[float, float] | None]) -> str:
    """A gap where nothing is known."""
    parts: list[str] = []
    is_down = False
    for place in places:
        if place is not None:
            parts.append(f"{'L' if is_down else 'M'}{place[0]} {place[1]}")
        is_down = place is not None
    return "".join(parts)


def _band(points: Sequence[CurvePoint], x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """Around ``after``, as far as the difference to before is known."""
    known = [
        (x(point.hours), y(point.after + point.half_width), y(point.after - point.half_width))
        for point in points
        if point.after is not None and point.half_width is not None
    ]
    if not known:
        return ""
    upper = "L".join(f"{across} {high}" for across, high, _ in known)
    lower = "L".join(f"{across} {low}" for across, _, low in reversed(known))
    return f"M{upper}L{lower}Z"


def _facts(reading: WatchReading) -> tuple[tuple[str, str], ...]:
    entry = reading.entry
    facts = [
        ("slice", say_slice(reading)),
        ("since the fix", f"{percent(reading.after_rate)} of {reading.after_turns:,} turns"),
        ("same hours before", f"{percent(reading.before_rate)} of {reading.before_turns:,} turns"),
        ("target", percent(reading.target)),
        *((name_window(window.hours), say_window(window)) for window in reading.windows),
        ("watched since", say_time(entry.deployed_at)),
    ]
    if reading.since:
        facts.append(("said since", say_time(reading.since)))
    elif reading.turns_missing is not None:
        facts.append(("turns missing", f"about {reading.turns_missing:,}"))
    if reading.fixed:
        facts.append(("complaints answered by it", f"{len(reading.fixed):,}"))
    return tuple(facts)
