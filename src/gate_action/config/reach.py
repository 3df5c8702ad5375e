"""Can this suite reach what gate.yaml asks for? Bars that no data could reach, metrics that nothing feeds."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from datetime import date
from typing import NamedTuple

from gate_action import plugins
from gate_action.codec.options import build
from gate_action.codec.positions import Path, near_miss
from gate_action.comparison.statistics.bounds import CONFIDENCE, zero_flip_bound
from gate_action.config.settings import Config
from gate_action.config.simulating import find_simulation_problems
from gate_action.errors import Problem
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Slice, Suite
from gate_action.model.metric import CHECKS, Metric, Role
from gate_action.model.picking import having
from gate_action.report.words import counted

_LOOK_EVERY = 1_000


class Reach(NamedTuple):
    problems: tuple[Problem, ...]
    """What makes the gate pointless: refuse it."""
    warnings: tuple[Problem, ...]
    """What the gate can do less of than its reader would think."""


class _Finding(NamedTuple):
    problem: Problem
    is_warning: bool


@dataclass(slots=True)
class _Scored:
    """A metric, and what is known of the fixtures that it can score."""

    metric: Metric
    applies_to: Callable[[Fixture], bool]
    units: set[str] = field(default_factory=set)
    has_critical: bool = False

    @property
    def clusters(self) -> int:
        return len(self.units)


def check_reach(config: Config, suite: Suite) -> Reach:
    """``suite``: what the gate runs on. Evaluators are asked what they apply to; nothing is run."""
    scored = _find_applicable(config, suite)
    findings = [
        *_missed_bars(config, scored, suite),
        *_protected_slices(config, suite),
        *_idle_critical(config, scored, suite),
        *_small_budget(config, suite),
    ]
    return Reach(
        problems=(
            *(finding.problem for finding in findings if not finding.is_warning),
            *find_simulation_problems(config, suite),
        ),
        warnings=tuple(finding.problem for finding in findings if finding.is_warning),
    )


def find_expired(suite: Suite, today: date) -> tuple[Problem, ...]:
    """Fixtures whose date has passed: somebody should look whether they still say what is right."""
    return tuple(
        Problem(
            path=fixture.place.path if fixture.place else fixture.id,
            line=fixture.place.line if fixture.place else None,
            field="expires",
            message=f"fixture {fixture.id!r} was to be reviewed by {fixture.expires}",
            hint="review it, then move the date or remove the fixture",
        )
        for fixture in suite.fixtures
        if fixture.expires and date.fromisoformat(fixture.expires) < today
    )


def smallest_p(clusters: int, trials: int) -> float:
    """The smallest one-sided mid-p that a blocked permutation can give: all flips one way (STATISTICS, 3)."""
    ways = math.comb(2 * trials, trials)
    return 0.5 * math.exp(-clusters * math.log(ways))  # of a large suite 0.0: the power itself outgrows a float


def clusters_for_alpha(alpha: float, trials: int) -> int:
    """So many clusters let ``smallest_p`` be at most ``alpha``."""
    return max(1, math.ceil(math.log(0.5 / alpha) / math.log(math.comb(2 * trials, trials))))


def clusters_for_margin(margin: float) -> int:
    """So many clusters without a single flip show a drop below ``margin``."""
    return math.ceil(math.log(1 - CONFIDENCE) / math.log(1 - margin))


def _find_applicable(config: Config, suite: Suite) -> tuple[_Scored, ...]:
    """Once so many fixtures were looked at that every bar is reached, more of them change nothing: those of a large
    suite lie on the disk.
    """
    scored = tuple(_Scored(metric, _applies_to(metric)) for metric in config.metrics)
    for count, fixture in enumerate(suite.fixtures, start=1):
        whole = fixture.whole
        for one in scored:
            if one.applies_to(whole):
                one.units.add(fixture.unit)
                one.has_critical |= fixture.is_critical
        if count % _LOOK_EVERY == 0 and not any(_missed_bars(config, scored, suite)):
            break
    return scored


def _applies_to(metric: Metric) -> Callable[[Fixture], bool]:
    if metric.name == CHECKS:
        return lambda fixture: bool(fixture.checks)
    evaluator: object = build(plugins.find("evaluators", metric.evaluator), metric.options)
    applies_to: Callable[[Fixture], bool] = getattr(evaluator, "applies_to", lambda _: True)
    return applies_to


def _missed_bars(config: Config, scored: Sequence[_Scored], suite: Suite) -> Iterator[_Finding]:
    """Each of them is reached with enough clusters, and stays reached with more."""
    yield from _unfed(config, scored, suite)
    yield from _unreachable_alpha(config, scored)
    yield from _unbreakable_floors(config, scored)
    yield from _wide_margins(config, scored)


def _unfed(config: Config, scored: Sequence[_Scored], suite: Suite) -> Iterator[_Finding]:
    for one in scored:
        if not one.clusters:
            needs = "has checks of its own" if one.metric.name == CHECKS else f"has what {one.metric.evaluator} needs"
            message = f"would score nothing: of {counted(len(suite.fixtures), 'fixture')} none {needs}"
            hint = "give fixtures what it needs, by docs/evaluators.md, or remove the metric"
            yield _error(config, ("metrics", one.metric.name), message, hint)


def _unreachable_alpha(config: Config, scored: Sequence[_Scored]) -> Iterator[_Finding]:
    """Holm gives each of several primary metrics its share of alpha_global only."""
    policy = config.policy
    primary = [one for one in scored if one.metric.role is Role.PRIMARY]
    for one in primary:
        alpha = policy.alpha_global / len(primary)
        smallest = smallest_p(one.clusters, policy.trials)
        if not one.clusters or smallest <= alpha:
            continue
        message = (
            f"no drop could block: {counted(one.clusters, 'cluster')} with {counted(policy.trials, 'trial')}"
            f" give p = {smallest:.2g} at best, and a block needs {alpha:.2g}"
        )
        hint = f"it takes {clusters_for_alpha(alpha, policy.trials)} clusters, or more trials"
        blocks_otherwise = one.metric.floor is not None or one.has_critical
        tell = _warning if blocks_otherwise else _error
        yield tell(config, ("metrics", one.metric.name), message, hint)


def _unbreakable_floors(config: Config, scored: Sequence[_Scored]) -> Iterator[_Finding]:
    """A floor breaks when the upper bound of head's mean is below it; of a mean of 0 that bound is still above 0."""
    for one in scored:
        floor = one.metric.floor
        if floor is None or not one.clusters:
            continue
        lowest = zero_flip_bound(one.clusters)
        if floor <= lowest:
            message = f"never breaks: if all {one.clusters} clusters fail, the mean's upper bound is still {lowest:.2f}"
            hint = f"raise the floor above {lowest:.2f}, or add fixtures"
            yield _error(config, ("metrics", one.metric.name, "floor"), message, hint)


def _wide_margins(config: Config, scored: Sequence[_Scored]) -> Iterator[_Finding]:
    margin = config.policy.margin
    for one in scored:
        bound = zero_flip_bound(one.clusters)
        if one.metric.role is Role.PRIMARY and one.clusters and bound > margin:
            message = (
                f"{one.metric.name} cannot pass, only end inconclusive: with {counted(one.clusters, 'cluster')} and no "
                f"change a drop of {bound:.1%} stays possible, and the margin is {margin:.1%}"
            )
            hint = f"it takes {clusters_for_margin(margin)} clusters, or a margin above {bound:.2f}"
            yield _warning(config, ("policy", "margin"), message, hint)


def _protected_slices(config: Config, suite: Suite) -> Iterator[_Finding]:
    for index, wanted in enumerate(config.policy.protected):
        at = ("policy", "protected", index)
        found = {one for fixture in suite.fixtures for one in fixture.slices if _covers(wanted, one)}
        if not found:
            known = sorted({str(one) for fixture in suite.fixtures for one in fixture.slices})
            yield _error(config, at, f"no fixture is in the slice {wanted}", near_miss(str(wanted), known))
        for one in sorted(found):
            clusters = _count_clusters([fixture for fixture in suite.fixtures if one in fixture.slices])
            smallest = smallest_p(clusters, config.policy.trials)
            if smallest > config.policy.alpha_slices:
                message = f"a break of {one} can never be shown: with {clusters} clusters p is {smallest:.2g} at best"
                needed = clusters_for_alpha(config.policy.alpha_slices, config.policy.trials)
                tell = _warning if wanted.value == "*" else _error
                yield tell(config, at, message, f"it takes {needed} clusters, or more trials")


def _idle_critical(config: Config, scored: Sequence[_Scored], suite: Suite) -> Iterator[_Finding]:
    rules = [one.applies_to for one in scored if one.metric.role is Role.PRIMARY]
    critical = having(suite.fixtures, "is_critical")
    idle = [fixture.id for fixture in critical if not any(applies_to(fixture.whole) for applies_to in rules)]
    if idle:
        shown = ", ".join(idle[:5]) + (", ..." if idle[5:] else "")
        yield _warning(
            config, ("metrics",), f"critical fixtures that no primary metric scores: {shown}", "give them checks"
        )


def _small_budget(config: Config, suite: Suite) -> Iterator[_Finding]:
    calls = 2 * len(suite.fixtures) * config.policy.trials
    most = config.budget.max_calls
    if most is not None and most < calls:
        message = f"{most} calls are less than the {calls} trials of base and head together, if neither is recorded"
        yield _warning(config, ("budget", "max_calls"), message, "raise it, or lower policy.trials")


def _covers(wanted: Slice, one: Slice) -> bool:
    return wanted.dimension == one.dimension and wanted.value in {"*", one.value}


def _count_clusters(fixtures: Sequence[Fixture]) -> int:
    return len({fixture.unit for fixture in fixtures})


def _error(config: Config, at: Path, message: str, hint: str) -> _Finding:
    return _Finding(config.problem(at, message, hint=hint), is_warning=False)


def _warning(config: Config, at: Path, message: str, hint: str) -> _Finding:
    return _Finding(config.problem(at, message, hint=hint), is_warning=True)
