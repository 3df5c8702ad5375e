"""Unchanged weeks, simulated: how often is one called a shift, by the loop's test and by what others use?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2_contingency

from gate_action.loop.follow.shift import Periods, adjust_by_holm, psi, test_labels

SHARES = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05])
"""Eight labels, the six modes, other and unknown."""
SIZES = (50, 100, 500)
BASE_WEEKS = 4
DRAWS = 499
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How turns hang together within a conversation."""

    name: str
    turns: float
    """In the mean, geometric."""
    loyalty: float
    """How likely a turn has the conversation's own label."""


WORLDS = (
    World(name="one turn a conversation", turns=1.0, loyalty=1.0),
    World(name="3 turns a conversation, mostly of one label", turns=3.0, loyalty=0.8),
    World(name="8 turns a conversation, mostly of one label", turns=8.0, loyalty=0.8),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Shares of unchanged weeks."""

    world: str
    conversations: int
    all_labels: float
    """All labels together, unadjusted: p at most 0.05."""
    any_shift: float
    """What the command says: any of all labels and each label, by Holm."""
    chi2: float
    """The chi-squared test on turns, as if they were independent."""
    psi_low: float
    psi_high: float


def measure_alarms(weeks: int) -> tuple[Alarms, ...]:
    return tuple(_measure(world, size, weeks) for world in WORLDS for size in SIZES)


def _measure(world: World, size: int, weeks: int) -> Alarms:
    rng = np.random.default_rng((size, round(world.turns * 10)))
    found = np.array([_one(world, size, rng) for _ in range(weeks)], dtype=float)
    return Alarms(world=world.name, conversations=size, **dict(zip(_NAMES, found.mean(axis=0).tolist(), strict=True)))


_NAMES = ("all_labels", "any_shift", "chi2", "psi_low", "psi_high")


def _one(world: World, size: int, rng: np.random.Generator) -> list[bool]:
    base, head = _draw(world, size * BASE_WEEKS, rng), _draw(world, size, rng)
    kinds, where = np.unique(np.concatenate([base, head]), axis=0, return_inverse=True)
    times = [np.bincount(side, minlength=len(kinds)) for side in np.split(where.ravel(), [len(base)])]
    periods = Periods(kinds=kinds.astype(float), base=times[0], head=times[1])
    p_value, each = test_labels(periods, DRAWS, rng)
    early, late = periods.base_sums, periods.head_sums
    is_there = early + late > 0
    index = float(psi(early, late))
    return [
        p_value <= LEVEL,
        min(adjust_by_holm([p_value, *each.tolist()])) <= LEVEL,
        bool(chi2_contingency(np.stack([early, late])[:, is_there]).pvalue <= LEVEL),
        index > 0.1,
        index > 0.25,
    ]


def _draw(world: World, conversations: int, rng: np.random.Generator) -> np.ndarray:
    """(conversations, labels): how many turns of each."""
    own = rng.choice(len(SHARES), size=conversations, p=SHARES)
    turns = rng.geometric(1 / world.turns, size=conversations)
    counts = np.zeros((conversations, len(SHARES)), dtype=np.int64)
    loyal = rng.binomial(turns, world.loyalty)
    counts[np.arange(conversations), own] = loyal
    return counts + rng.multinomial(turns - loyal, SHARES)


def render_alarms(found: Sequence[Alarms], weeks: int) -> str:
    rows = [
        f"| {one.world} | {one.conversations} | **{one.all_labels:.1%}** | **{one.any_shift:.1%}** | {one.chi2:.1%}"
        f" | {one.psi_low:.1%} | {one.psi_high:.1%} |"
        for one in found
    ]
    error = 100 * (0.05 * 0.95 / weeks) ** 0.5
    return "\n".join(
        [
            "## False alarms on unchanged weeks",
            "",
            (
                f"A week of n conversations against the {BASE_WEEKS} before it, eight labels, nothing changed;"
                f" {weeks:,} weeks a cell (standard error {error:.1f} points at 5%), {DRAWS} relabellings. Nominal: 5%"
                " for the tests. PSI has no level: its usual limits are 0.1 and 0.25."
            ),
            "",
            "| conversations | n | all labels | any shift (Holm) | chi-squared on turns | PSI > 0.1 | PSI > 0.25 |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
            *rows,
            "",
            "`any shift` is what `loop distribution` says of a week: all labels together and each one alone, by Holm.",
        ]
    )
