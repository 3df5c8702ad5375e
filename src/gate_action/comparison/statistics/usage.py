"""Seconds, dollars and tokens of head against base: the paired log ratio of fresh trials. It only warns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import exp, inf, log

from gate_action.comparison.arrays import np
from gate_action.comparison.evidence import ArmScores, Panel
from gate_action.comparison.sentences import say_count, say_p
from gate_action.comparison.statistics.blocks import Pairs, pair_arms
from gate_action.comparison.statistics.bounds import benjamini_hochberg, clustered_error
from gate_action.comparison.statistics.moments import lower_tails
from gate_action.model.fixture import Fixture
from gate_action.model.trial import NOTHING_REPORTED, Arm, Trial, TrialError, Unmeasured, Usage
from gate_action.model.usage import UsageComparison

TOLERANCE = 1.10
"""Head may take a tenth more than base."""
LEAST_DELAY_S = 0.1
"""Less is the machine's own doing: trials of one child wait for one another, so that they are no independent draws."""
FALSE_DISCOVERY_RATE = 0.10
FEWEST_CLUSTERS = 2
_Measure = Callable[[Usage], float | Unmeasured]
_Logs = dict[tuple[str, Arm], dict[int, float]]
"""Fixture and arm -> attempt -> logarithm."""


def _tokens(usage: Usage) -> float | Unmeasured:
    if isinstance(usage.input_tokens, Unmeasured):
        return usage.input_tokens
    return (
        usage.output_tokens if isinstance(usage.output_tokens, Unmeasured) else usage.input_tokens + usage.output_tokens
    )


MEASURES: Mapping[str, _Measure] = {
    "latency_s": lambda usage: usage.latency_s,
    "cost_usd": lambda usage: usage.cost_usd,
    "tokens": _tokens,
}


def compare_usage(fixtures: Sequence[Fixture], trials: Iterable[Trial]) -> tuple[UsageComparison, ...]:
    """One for each measure that both builds reported of two clusters at least; none where base was not tried now.

    ``fixtures``: those that both builds know. Only fresh trials that ended in an answer count. Head is over if it takes
    10 % more than base in the geometric mean, of time 0.1 s more as well, and that is no luck: the log ratio relabelled
    as everywhere, its tail by moments, at a false discovery rate of 10 %.
    """
    found = [
        measured
        for name, logs in _measured(trials if fixtures else ()).items()
        if logs and (measured := _compare(name, _gather(fixtures, logs))) is not None
    ]
    rejected = benjamini_hochberg([p_value for _, p_value in found], FALSE_DISCOVERY_RATE)
    return tuple(
        _tell(comparison, is_over=is_rejected and _is_much(comparison))
        for (comparison, _), is_rejected in zip(found, rejected, strict=True)
    )


def _measured(trials: Iterable[Trial]) -> dict[str, _Logs]:
    """By measure: logarithms of what was measured and is above 0, of fresh trials that were answered."""
    found: dict[str, _Logs] = {name: {} for name in MEASURES}
    for trial in trials:
        is_paid = trial.fresh and (trial.calls is None or not trial.calls.replayed)
        if not is_paid or isinstance(trial.outcome, TrialError) or trial.usage is NOTHING_REPORTED:
            continue
        for name, measure in MEASURES.items():
            value = measure(trial.usage)
            if not isinstance(value, Unmeasured) and 0.0 < value < inf:
                of_arm = found[name].setdefault((trial.key.fixture_id, trial.key.arm), {})
                of_arm[trial.key.attempt] = log(value)
    return found


def _is_much(comparison: UsageComparison) -> bool:
    is_felt = comparison.measure != "latency_s" or comparison.head - comparison.base >= LEAST_DELAY_S
    return is_felt and comparison.ratio >= TOLERANCE


def _gather(fixtures: Sequence[Fixture], logs: _Logs) -> Panel:
    """On attempts that both builds answered."""
    rows = {
        fixture.id: (logs.get((fixture.id, Arm.BASE), {}), logs.get((fixture.id, Arm.HEAD), {})) for fixture in fixtures
    }
    shared = {name: sorted(base.keys() & head.keys()) for name, (base, head) in rows.items()}
    width = max((len(attempts) for attempts in shared.values()), default=0)
    arms = []
    for place in range(2):
        values, scored = np.zeros((len(fixtures), width)), np.zeros((len(fixtures), width), bool)
        for row, fixture in enumerate(fixtures):
            for column, attempt in enumerate(shared[fixture.id]):
                values[row, column], scored[row, column] = rows[fixture.id][place][attempt], True
        arms.append(ArmScores(values=values, scored=scored, asked=scored))
    return Panel(fixtures=fixtures, base=arms[0], head=arms[1])


def _compare(measure: str, panel: Panel) -> tuple[UsageComparison, float] | None:
    pairs = pair_arms(panel)
    if pairs.cluster_count < FEWEST_CLUSTERS:
        return None
    mean = float(pairs.differences.mean())
    everyone = np.ones((len(pairs.ids), 1), bool)
    p_value = float(lower_tails(_negate(pairs), everyone)[0])
    low, high = _interval(pairs, mean)
    comparison = UsageComparison(
        measure=measure,
        base=round(exp(float(pairs.base_means.mean())), 9),
        head=round(exp(float(pairs.head_means.mean())), 9),
        ratio=round(exp(mean), 9),
        low=low,
        high=high,
        p_value=round(p_value, 9),
        fixtures=len(pairs.ids),
        is_over=False,
    )
    return comparison, p_value


def _interval(pairs: Pairs, mean: float) -> tuple[float | None, float | None]:
    """The ratio's 95 % interval: Student's on clusters, on the logarithms."""
    error = clustered_error(pairs.differences, pairs.clusters)
    if error is None:
        return None, None
    from scipy.special import stdtrit  # scipy loads only where a decision needs it

    reach = float(stdtrit(pairs.cluster_count - 1, 0.975)) * error
    return round(exp(mean - reach), 9), round(exp(mean + reach), 9)


def _negate(pairs: Pairs) -> Pairs:
    """With the signs turned, more is a drop."""
    blocks = tuple(replace(block, values=-block.values) for block in pairs.blocks)
    return replace(pairs, blocks=blocks)


def _tell(comparison: UsageComparison, *, is_over: bool) -> UsageComparison:
    change = 100 * (comparison.ratio - 1)
    interval = ""
    if comparison.low is not None and comparison.high is not None:
        interval = f", 95 % {100 * (comparison.low - 1):+.0f}..{100 * (comparison.high - 1):+.0f}"
    units = say_count(comparison.fixtures, "fixture")
    ending = f", {say_p(comparison.p_value)}; more than 10 % above base" if is_over else ""
    sentence = f"{comparison.measure} {change:+.0f} %{interval}; {units}{ending}"
    return replace(comparison, is_over=is_over, sentence=sentence)
