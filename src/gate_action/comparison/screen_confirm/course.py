"""The constants of screen and confirm: when to look again, at which level, and when to give up."""

from itertools import pairwise
from math import ceil, erfc, sqrt

from gate_action.model.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How suspicion is raised on cheap rows, and what fresh rows must show. Levels are one-sided p values.

    STATISTICS, 3. The reasons for each figure, with what was measured, are in
    docs/decisions/0008-screen-and-confirm.md, 0009-levels-of-the-screen.md and 0010-small-teams.md.
    """

    alpha_overall: float = 0.03
    """All looks at fresh rows of whole rounds together."""
    alpha_target: float = 0.02
    """All looks at fresh rows of the target together."""
    screen_p: tuple[float, ...] = (0.08, 0.04)
    """After head's round 1, 2, ...: go on below this (the last one from there on)."""
    early_p: float = 0.005
    """Fresh rounds of base are bought before the last round below this."""
    last_p: float = 0.05
    """Fresh rounds of base are bought after the last round below this."""
    suspect_z: float = 1.3
    """A slice this far down, in standard deviations of its relabelled difference, becomes the target; so do fixtures
    that flipped from pass to fail, where those that mostly pass fell so far together."""
    target_z: float = 1.0
    """The target is given up unless head, tried on it once more, is this far below base's cheap rows again."""
    target_trials: tuple[int, ...] = (2, 4, 7, 11)
    """Fresh trials an arm at each look at the target."""
    target_shares: tuple[float, ...] = (0.25, 0.25, 0.2, 0.3)
    """Of ``alpha_target``, look by look."""
    target_futile: tuple[float, ...] = (0.20, 0.08, 0.05)
    """Give the target up above this, after each look but the last."""
    mean_rounds: int = 3
    """Rounds of head, or ``trials`` if more, that show whether the mean fell or rose with a broken target; times
    ``growth``."""
    mean_z: float = 1.6
    """The mean is placed when it has moved so many standard deviations."""
    overall_shares: tuple[float, ...] = (0.25, 0.50, 0.25)
    """Of ``alpha_overall``: looks before the last round together, at the last round, after further rounds."""
    overall_futile: float = 0.03
    """No further rounds above this; below, so many more that ``trials`` were made ``growth`` times."""
    fewest_stored: int = 3
    """With fewer stored rows of a fixture, in the median, both builds are run side by side from the start."""
    alpha_thin: float = 0.02
    """Instead of ``alpha_overall`` then: no second witness, the stored rows, has to agree."""
    thin_suspect_z: float = 1.0
    """Instead of ``suspect_z`` then: one row of base and one of head hardly show a broken slice."""
    thin_target_z: float = 0.0
    """Instead of ``target_z``, of one fresh trial of either build."""
    thin_z: tuple[float, float] = (0.45, 1.9)
    """Standard deviations below which rounds side by side end: before the first (in thought), and at the last."""
    thin_parts: tuple[float, ...] = (0.25, 0.5, 1.0)
    """Looks come after such parts of the rounds that may be made."""
    thin_shares: tuple[float, ...] = (0.2, 0.3, 0.5)
    """Of ``alpha_thin``, look by look."""
    full_size: int = 150
    """Paired fixtures of a suite that shows enough in ``trials`` rounds: a smaller one may make as many trials."""
    least_growth: int = 2
    most_growth: int = 4

    def __post_init__(self) -> None:
        if len(self.target_trials) != len(self.target_shares) or len(self.target_futile) + 1 != len(self.target_trials):
            raise ValueError("each look at the target needs its trials, its share, and (but the last) its futility")
        if any(later <= sooner for sooner, later in pairwise(self.target_trials)):
            raise ValueError(f"the looks at the target need rising trials, got {self.target_trials}")
        if any(sum(shares) > 1 + 1e-9 for shares in (self.target_shares, self.overall_shares, self.thin_shares)):
            raise ValueError("looks may spend no more than the whole of their alpha")

    def screen_level(self, rounds: int) -> float:
        """Rounds against stored rows go on below this."""
        return self.screen_p[min(rounds, len(self.screen_p)) - 1]

    def growth(self, fixtures: int) -> int:
        """How many times ``trials`` a fixture may be tried for an open question."""
        return max(self.least_growth, min(self.most_growth, ceil(self.full_size / max(fixtures, 1))))

    def thin_level(self, rounds: int, most: int) -> float:
        """Rounds side by side go on below this: stricter from round to round."""
        share = rounds / most
        return 0.5 * erfc((self.thin_z[0] * (1.0 - share) + self.thin_z[1] * share) / sqrt(2.0))

    def thin_looks(self, most: int) -> dict[int, float]:
        """Rounds -> the share of alpha that a look after them may spend."""
        looks: dict[int, float] = {}
        for part, share in zip(self.thin_parts, self.thin_shares, strict=True):
            rounds = ceil(part * most - 1e-9)
            looks[rounds] = looks.get(rounds, 0.0) + share
        return looks
