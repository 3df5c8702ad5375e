"""One test of one panel for a drop, on rows that were made side by side. What is missing never makes a block."""

from dataclasses import replace

from gate_action.comparison.arrays import Floats, np
from gate_action.comparison.evidence import Panel
from gate_action.comparison.reading import ROUNDING
from gate_action.comparison.statistics.blocks import Pairs, pair_arms
from gate_action.comparison.statistics.convolve import exact_tails
from gate_action.comparison.statistics.relabel import draw_relabellings, relabelled_means
from gate_action.comparison.statistics.steadiness import Steadiness
from gate_action.model.dataclass import dataclass
from gate_action.model.metric import Policy

BEST_FOR_HEAD = (0.0, 1.0)
"""What missing scores of base and head are filled with before a block may rest on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """What a test for a drop found."""

    delta: float
    p_value: float
    """One-sided mid-p; 1 where nothing could be tested."""
    fixtures: int
    clusters: int


NOTHING = Drop(delta=0.0, p_value=1.0, fixtures=0, clusters=0)


def find_drop(panel: Panel, steadiness: Steadiness, policy: Policy) -> Drop:
    """The blocked permutation test over all fixtures of the panel that both arms scored.

    The statistic weighs each fixture's difference by its steadiness on stored rows. These are no part of the panel, so
    under the null hypothesis any weights are as good for the error bound; the mean difference is told without them.
    """
    pairs = pair_arms(panel)
    if not pairs.ids:
        return NOTHING
    return Drop(
        delta=float(pairs.differences.mean()),
        p_value=lower_mid_p(_weigh(pairs, steadiness.weights(pairs.ids)), policy),
        fixtures=len(pairs.ids),
        clusters=pairs.cluster_count,
    )


def find_sure_drop(panel: Panel, steadiness: Steadiness, policy: Policy) -> Drop:
    """The same with each missing score filled by the value that favours head."""
    return find_drop(panel.filled(*BEST_FOR_HEAD), steadiness, policy)


def _weigh(pairs: Pairs, weights: Floats) -> Pairs:
    """The same pairs with each fixture's scores multiplied by its weight."""
    blocks = tuple(replace(block, values=block.values * weights[block.rows][:, None]) for block in pairs.blocks)
    return replace(pairs, blocks=blocks)


def lower_mid_p(pairs: Pairs, policy: Policy) -> float:
    """Of the mean difference, by relabelling; exact for whole numbers. 1 where no two trials differ."""
    if not any((block.values != block.values[:, :1]).any() for block in pairs.blocks):
        return 1.0
    tails = exact_tails(pairs)
    if tails is not None:
        return tails.mid_p
    draws = draw_relabellings(pairs, policy.relabellings, policy.seed)
    everyone = np.ones((len(pairs.ids), 1), bool)
    relabelled = relabelled_means(pairs, everyone, draws)[:, 0]
    differences = np.zeros(len(pairs.ids))
    for block in pairs.blocks:
        differences[block.rows] = block.differences
    gap = relabelled - differences.mean()
    count = float((gap < -ROUNDING).sum()) + 0.5 * float((abs(gap) <= ROUNDING).sum())
    return count / draws.count if draws.is_complete else (count + 0.5) / (draws.count + 1)
