"""The constants of screen and confirm: when to look again, at which level, and when to give up."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How suspicion is raised on cheap rows, and what fresh rows must show. Levels are one-sided p values.

    STATISTICS, 3. The reasons for each figure, with what was measured, are in
    docs/decisions/0008-screen-and-confirm.md and 0009-levels-of-the-screen.md.
    """

    alpha_overall: float = 0.03
    """All looks at fresh rows of whole rounds together."""
    alpha_target: float = 0.02
    """All looks at fresh rows of the target together."""
    screen_p: tuple[float, ...] = (0.12, 0.05)
    """After head's round 1, 2, ...: go on below this (the last one from there on)."""
    alone_p: float = 0.50
    """The same where no stored rows stand in for base: then each round is fresh on both builds, and may confirm."""
    early_p: float = 0.005
    """Fresh rounds of base are bought before the last round below this."""
    last_p: float = 0.05
    """Fresh rounds of base are bought after the last round below this."""
    slice_z: float = 1.4
    """A slice this far down, in standard deviations of its relabelled difference, becomes the target."""
    flips_z: float = 1.4
    """So do fixtures that flipped from pass to fail, where those that mostly pass fell so far together."""
    target_z: float = 0.9
    """The target is given up unless head, tried on it once more, is this far below base's cheap rows again."""
    target_trials: tuple[int, ...] = (2, 4, 6)
    """Fresh trials an arm at each look at the target."""
    target_shares: tuple[float, ...] = (0.3, 0.3, 0.4)
    """Of ``alpha_target``, look by look."""
    target_futile: tuple[float, ...] = (0.30, 0.15)
    """Give the target up above this, after each look but the last."""
    mean_rounds: int = 3
    """Rounds of head, or ``trials`` if more, that may show whether the mean fell or rose with a broken target."""
    mean_z: float = 1.6
    """The mean is placed when it has moved so many standard deviations."""
    overall_shares: tuple[float, ...] = (0.25, 0.50, 0.25)
    """Of ``alpha_overall``: looks before the last round together, at the last round, after further rounds."""
    overall_futile: float = 0.05
    """No further rounds above this."""
    further_rounds: int = 1
    """Rounds side by side for an open question after the last look that was due, as multiples of ``trials``."""

    def __post_init__(self) -> None:
        if len(self.target_trials) != len(self.target_shares) or len(self.target_futile) + 1 != len(self.target_trials):
            raise ValueError("each look at the target needs its trials, its share, and (but the last) its futility")
        if any(later <= sooner for sooner, later in pairwise(self.target_trials)):
            raise ValueError(f"the looks at the target need rising trials, got {self.target_trials}")
        if sum(self.target_shares) > 1 + 1e-9 or sum(self.overall_shares) > 1 + 1e-9:  # rounding
            raise ValueError("looks may spend no more than the whole of their alpha")

    def screen_level(self, rounds: int, *, is_alone: bool) -> float:
        if is_alone:
            return self.alone_p
        return self.screen_p[min(rounds, len(self.screen_p)) - 1]
