"""How well a classifier of turns labels, measured against people. Standard library only."""

from collections.abc import Mapping
from dataclasses import field

from gate_action.model.dataclass import dataclass
from gate_action.model.judge import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelQuality:
    """One label against all others: people's label of a turn is this one (present), or another (absent)."""

    present: int
    hits: int
    """Of those present, called so by the classifier."""
    absent: int
    rejects: int
    """Of those absent, not called so."""
    sensitivity: Estimate | None
    """TPR, with Wilson's interval. None: nobody gave a turn this label."""
    specificity: Estimate | None
    """TNR. None: nobody gave a turn another label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierQuality:
    turns: int
    """That people agreed on."""
    labels: Mapping[str, LabelQuality]
    kappa: Estimate
    """Cohen's kappa of the classifier with people."""
    human_kappa: Estimate | None
    """Of two people with each other, the pair with most turns in common. None: no pair has ten."""
    human_turns: int = 0
    """Turns behind ``human_kappa``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierRecord:
    """One classifier of classifiers.lock.yaml."""

    classifier: str
    """``rules`` or the model's name."""
    labels: str
    """Digest of people's labels that it was measured on."""
    quality: ClassifierQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevalence:
    """A label's share of turns, without the classifier's errors."""

    observed: float
    corrected: Estimate | None
    """None: the classifier cannot tell this label from others, or was not measured on it."""
    why: str = ""
    """Why there is none, as a clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnVotes:
    """What people said of production's turns."""

    votes: Mapping[str, Mapping[str, str]]
    """Turn -> person -> label."""
    digests: Mapping[str, str]
    """Turn -> digest of the answer that was labelled."""
    digest: str
    """Of the votes, whatever the order and formatting of the file."""
    open_rows: int = 0
    settled: Mapping[str, str] = field(default_factory=dict)
    """Turn -> the label that most people gave."""
    ties: int = 0
