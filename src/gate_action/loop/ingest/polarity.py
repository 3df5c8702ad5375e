"""Is a statement praise or complaint? By a map of names: never by the sign of a number of an unknown scale."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PolarityRule:
    """What the values and labels of one name mean."""

    positive: tuple[str, ...] = ()
    """Labels, in small letters."""
    negative: tuple[str, ...] = ()
    at_least: float | None = None
    """From this value on it is praise."""
    at_most: float | None = None
    """Up to this value it is a complaint."""
    otherwise: int = 0
    """Where neither label nor value decides."""


_UP = ("up", "thumbs_up", "thumbs up", "thumbsup", "like", "liked", "positive", "good", "helpful", "true", "yes", "👍")
_DOWN = (
    *("down", "thumbs_down", "thumbs down", "thumbsdown", "dislike", "disliked", "negative", "bad", "unhelpful"),
    *("not helpful", "false", "no", "👎"),
)
THUMB = PolarityRule(positive=_UP, negative=_DOWN, at_least=1, at_most=0)
"""1 and up, or 0 and -1."""
STARS = PolarityRule(positive=_UP, negative=_DOWN, at_least=4, at_most=2)
"""One to five."""

DEFAULTS: Mapping[str, PolarityRule] = {
    **dict.fromkeys(("thumb", "thumbs", "thumbs_up_down", "user_feedback", "user-feedback", "like", "helpful"), THUMB),
    **dict.fromkeys(("rating", "stars", "star_rating", "csat"), STARS),
    "correction": PolarityRule(otherwise=-1),
}


@dataclass(frozen=True, slots=True)
class Polarity:
    """Rules by name, in small letters; a name without a rule is neutral."""

    rules: Mapping[str, PolarityRule]

    def of(self, name: str, value: float | None, label: str, scale: str = "") -> int:
        """-1, 0 or 1. A label that is known counts more than the value. ``scale``: what the source calls the kind of
        value, for a name without a rule of its own.
        """
        rule = self.rules.get(name.strip().lower()) or self.rules.get(scale)
        if rule is None:
            return 0
        said = label.strip().lower()
        if said in rule.positive:
            return 1
        if said in rule.negative:
            return -1
        if value is not None and rule.at_least is not None and value >= rule.at_least:
            return 1
        if value is not None and rule.at_most is not None and value <= rule.at_most:
            return -1
        return rule.otherwise
