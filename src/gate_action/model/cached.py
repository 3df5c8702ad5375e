"""What a cache keeps of trials: what they came to, never what a build said."""

from gate_action.model.dataclass import dataclass
from gate_action.model.score import NotScored, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedTrial:
    """One attempt that had an output. The build and its parameters name the pack that it lies in."""

    fixture: str
    """The fixture's digest, which covers its id."""
    attempt: int
    output: str
    """The output's digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedScore:
    """What an evaluator said of an output, by content. The evaluator names the pack that it lies in.

    The attempt belongs to it: a judge wavers, and one word of its that stood for several attempts would look like as
    many.
    """

    of: CachedTrial
    result: Score | NotScored
    """A score, or that the metric does not apply: what could not be judged is not kept."""
