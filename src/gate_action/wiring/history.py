"""Main's stored runs, and what they tell before a call is spent: what the suite can find, and what it takes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gate_action.comparison.plan import Plan
from gate_action.comparison.statistics.power import find_reach, spreads_of
from gate_action.config.settings import Config
from gate_action.engine.scoring import Scorer, evaluator_fingerprint
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json, Suite, digest_json
from gate_action.model.forecast import Spread
from gate_action.model.judge import JudgeRecord
from gate_action.model.picking import count_units
from gate_action.model.protocols import BaselineStore
from gate_action.model.report import BaseMatch, StoredBase
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline, Revision
from gate_action.model.trial import Unmeasured
from gate_action.wiring.judged import Judged

ANCESTORS = 50
"""How many commits before base are looked up in the baseline store."""
MOST_RUNS = 10
"""Stored runs that variance and self-test rest on, the latest."""
MONTHLY = 100
"""Pull requests of a month, for the cost of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run can find and will take."""

    spreads: tuple[Spread, ...]
    fixtures: int
    clusters: int
    trials: int
    calls: int
    """At most, both arms together."""
    unit: str = "calls"
    """What is counted: of conversations nobody knows beforehand how many calls they are."""
    cost_usd: float | Unmeasured


def make_fingerprint(config: Config, suite: Suite, scorer: Scorer, policy: Revision, *, users: str = "") -> Fingerprint:
    """``policy``: the revision whose code the repository's own evaluators are. ``users``: digest of simulated ones."""
    target: dict[str, Json] = {"kind": config.target.kind, "options": config.target.options}
    return Fingerprint(
        suite=suite.digest,
        evaluators=evaluator_fingerprint(scorer, code=policy.tree),
        target=digest_json({**target, "users": users} if users else target),
    )


class Stored(NamedTuple):
    """Of base's line."""

    baseline: Baseline | NoBaseline
    """What is compared with: near enough, or none."""
    latest: tuple[EvalRun, ...] = ()
    """Whatever their commit."""


def find_stored(store: BaselineStore | None, judged: Judged, fingerprint: Fingerprint) -> Stored:
    """Raises StoreError."""
    base = judged.revisions.base
    if store is None or base is None:
        return Stored(NoBaseline(reason="no baseline store" if store is None else "no base"))
    commits = judged.git.first_parents(base, ANCESTORS)
    found = within_reach(store.find(commits, fingerprint), judged.config.policy.max_commits_older)
    return Stored(found, find_history(store, commits, fingerprint))


def find_history(store: BaselineStore, commits: Sequence[Revision], fingerprint: Fingerprint) -> tuple[EvalRun, ...]:
    """The latest ten stored runs of ``commits`` (nearest first) that are comparable. Raises StoreError."""
    runs: list[EvalRun] = []
    for commit in commits:
        found = store.find([commit], fingerprint)
        runs += found.runs if isinstance(found, Baseline) else ()
        if len(runs) >= MOST_RUNS:
            break
    return tuple(runs[:MOST_RUNS])


def is_run_of(store: BaselineStore, commit: Revision, fingerprint: Fingerprint) -> bool:
    """Is a comparable run of this very commit stored? Raises StoreError."""
    return isinstance(store.find([commit], fingerprint), Baseline)


def within_reach(found: Baseline | NoBaseline, most: int) -> Baseline | NoBaseline:
    """None where the nearest stored run is more than ``most`` commits older than base: it does not gate."""
    if isinstance(found, NoBaseline) or found.commits_older <= most:
        return found
    older = f"the nearest stored run is {found.commits_older} commits older than base"
    return NoBaseline(reason=f"{older}, more than policy.max_commits_older {most}")


def tell_base(found: Baseline | NoBaseline) -> StoredBase:
    """For the report."""
    if isinstance(found, NoBaseline):
        return StoredBase(match=BaseMatch.NONE, reason=found.reason)
    match = BaseMatch.OLDER if found.commits_older else BaseMatch.EXACT
    sha = found.runs[0].revision.sha
    return StoredBase(match=match, runs=len(found.runs), commits_older=found.commits_older, sha=sha)


def cost_of_call(runs: Sequence[EvalRun]) -> float | Unmeasured:
    """Mean US dollars of one trial in the stored runs that tell it."""
    told = [run.trial_cost_usd for run in runs if not isinstance(run.trial_cost_usd, Unmeasured)]
    return sum(told) / len(told) if told else Unmeasured.NOT_REPORTED


def forecast(plan: Plan, runs: Sequence[EvalRun], records: Mapping[str, JudgeRecord], *, calls: int) -> Forecast:
    """For the plan as it stands; variance and cost from ``runs``, assumed where there are none. ``calls``: at most."""
    cost = cost_of_call(runs)
    return Forecast(
        spreads=spreads_of(plan.judged, plan.primary, runs, measured_js(records)),
        fixtures=len(plan.judged),
        clusters=count_units(plan.judged),
        trials=plan.policy.trials,
        calls=calls,
        cost_usd=cost if isinstance(cost, Unmeasured) else cost * calls,
    )


def measured_js(records: Mapping[str, JudgeRecord]) -> dict[str, float]:
    """J of the judges that may block."""
    return {name: record.quality.j.value for name, record in records.items() if not record.quality.shortfall}


def affordable_pairs(fixtures: int) -> int:
    """Of the self-test inside a run: seconds, beside minutes of trials."""
    return max(20, min(100, 20_000 // max(fixtures, 1)))


def say_forecast(told: Forecast) -> str:
    """One line before any call is spent."""
    finds = "; ".join(f"{spread.metric} {_say_drop(spread, told)}" for spread in told.spreads)
    fixtures, clusters = f"fixture{'s' * (told.fixtures != 1)}", f"cluster{'s' * (told.clusters != 1)}"
    size = f"{told.fixtures} {fixtures} in {told.clusters} {clusters} x {told.trials}"
    return f"preflight: {size}; found with 80 % power: {finds or 'nothing may block'}; {say_cost(told)}"


def say_cost(told: Forecast) -> str:
    if isinstance(told.cost_usd, Unmeasured):
        return f"at most {told.calls} {told.unit}, cost not known"
    month = MONTHLY * told.cost_usd
    return f"at most {told.calls} {told.unit} and {told.cost_usd:.2f} USD; {MONTHLY} such pull requests {month:.0f} USD"


def _say_drop(spread: Spread, told: Forecast) -> str:
    drop = find_reach(spread, told.fixtures, trials=told.trials)
    source = (
        f"s2 {spread.variance:.3f} of {spread.runs} stored runs" if spread.runs else f"s2 {spread.variance} assumed"
    )
    if drop is None:
        return f"unknown: no stored trial varied ({source})"
    return f"a drop of {100 * drop:.1f} points ({source})" if drop < 1 else f"no drop ({source})"
