"""How a figure is written: percent and points, p, counts, money, time; how a text is cut. Absence is a dash."""

from typing import Final

from gate_action.model.comparison import Interval
from gate_action.model.trial import Unmeasured

MINUS: Final = "\N{MINUS SIGN}"
DASH: Final = "\N{EM DASH}"
_SMALLEST_P: Final = 0.0001
_SMALLEST_COST: Final = 0.0001
_UNMEASURED: Final = {
    Unmeasured.NOT_REPORTED: f"{DASH} (not reported)",
    Unmeasured.UNPRICED: f"{DASH} (no price known)",
}


def rate(value: float | None) -> str:
    """``81.0%`` for 0.81."""
    return DASH if value is None else f"{value * 100:.1f}%"


def points(value: float | None) -> str:
    """A difference of rates in percentage points, signed: ``+3.7``."""
    if value is None:
        return DASH
    figure = f"{abs(value) * 100:.1f}"
    if figure == "0.0":
        return figure
    return f"{MINUS if value < 0 else '+'}{figure}"


def size_in_points(value: float) -> str:
    """The size of a difference, unsigned: ``3.7 points``."""
    return f"{abs(value) * 100:.1f} points"


def interval(bounds: Interval | None) -> str:
    return DASH if bounds is None else f"{points(bounds.low)} to {points(bounds.high)}"


def p_value(value: float | None) -> str:
    """Two significant digits: ``0.032``; ``< 0.0001`` for anything smaller."""
    if value is None:
        return DASH
    return f"< {_SMALLEST_P}" if value < _SMALLEST_P else f"{value:.2g}"


def counted(number: int, noun: str) -> str:
    """``1 fixture``, ``3,000 fixtures``; nouns that take an s only."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def usd(value: float | Unmeasured) -> str:
    if isinstance(value, Unmeasured):
        return _UNMEASURED[value]
    if 0 < value < _SMALLEST_COST:
        return f"< {_SMALLEST_COST} USD"
    return f"{value:.4f} USD" if 0 < value < 1 else f"{value:,.2f} USD"


def tokens(value: int | Unmeasured) -> str:
    return _UNMEASURED[value] if isinstance(value, Unmeasured) else f"{value:,}"


def seconds(value: float | Unmeasured) -> str:
    """``340 ms``, ``1.2 s``, ``3 min 20 s``."""
    if isinstance(value, Unmeasured):
        return _UNMEASURED[value]
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if round(value, 1) < 60:  # noqa: PLR2004  # seconds of a minute
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, the last one an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def clip(text: str, *, characters: int, lines: int) -> str:
    """The text's beginning, and under it how much more there is."""
    kept = "\n".join(text[:characters].split("\n")[:lines])
    rest = len(text) - len(kept)
    return f"{kept}\n… {counted(rest, 'more character')}" if rest else kept
