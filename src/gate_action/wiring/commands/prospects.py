"""One's own gate before a pull request meets it: what its suite can find, and how often it blocks without a reason."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from gate_action.clients.git.repository import Git
from gate_action.comparison.choosing import choose_procedure
from gate_action.comparison.plan import Plan
from gate_action.comparison.selftest import FEWEST_TRIALS, run_selftest
from gate_action.comparison.statistics.power import ASSUMED_VARIANCES, assume_spread, spreads_of, tabulate
from gate_action.config.loading import load_config
from gate_action.engine.judge_standing import bar_unmeasured
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.forecast import GateRecord, Prospect, Spread
from gate_action.model.run import EvalRun
from gate_action.model.trial import Unmeasured
from gate_action.wiring.history import ANCESTORS, cost_of_call, find_history, make_fingerprint, measured_js
from gate_action.wiring.judge_records import load_records
from gate_action.wiring.objects import build_named
from gate_action.wiring.simulating import digest_users
from gate_action.wiring.suites import load_suite, open_sources

if TYPE_CHECKING:
    from gate_action.model.protocols import BaselineStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ProspectOptions:
    """What `gate-action power` and `selftest` share."""

    repository: Path = Path()
    revision: str = "HEAD"
    config: str = "gate.yaml"
    gate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """The table of one metric; several where the variance is assumed."""

    spread: Spread
    prospects: tuple[Prospect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    plan: Plan
    runs: tuple[EvalRun, ...]
    js: Mapping[str, float]
    is_recorded: bool


def show_power(
    options: ProspectOptions, environ: Mapping[str, str], cost_usd: float | None = None
) -> tuple[Power, ...]:
    """One table a metric that may block; one for each assumed variance where nothing is stored."""
    standing = _find_standing(options, environ)
    fixtures = standing.plan.judged
    price = cost_of_call(standing.runs) if cost_usd is None else cost_usd
    measured = spreads_of(fixtures, standing.plan.primary, standing.runs, standing.js)
    if any(spread.runs for spread in measured):
        spreads = measured
    else:
        spreads = tuple(assume_spread("assumed", len(fixtures), variance) for variance in ASSUMED_VARIANCES)
    return tuple(Power(spread=spread, prospects=tabulate(spread, len(fixtures), price)) for spread in spreads)


def try_gate(options: ProspectOptions, environ: Mapping[str, str], *, pairs: int, seed: int) -> GateRecord:
    """Raises ConfigError: too little is stored to draw from."""
    standing = _find_standing(options, environ)
    if not standing.runs:
        raise ConfigError(
            "no stored run of this gate was found: there is nothing to draw from",
            hint="set baselines in gate.yaml, and run with --store-run on the default branch",
        )
    record = run_selftest(
        standing.plan,
        standing.runs,
        lambda plan: choose_procedure(plan, is_recorded=standing.is_recorded),
        pairs=pairs,
        seed=seed,
    )
    if record is None:
        raise ConfigError(
            f"{len(standing.runs)} stored runs hold fewer than {FEWEST_TRIALS} trials of a typical fixture",
            hint="let more pushes to the default branch store their runs",
        )
    return record


def _find_standing(options: ProspectOptions, environ: Mapping[str, str]) -> _Standing:
    git = Git.find(options.repository)
    revision = git.resolve(options.revision)
    files = git.files(revision)
    config = load_config(files, options.config, options.gate)
    suite = load_suite(open_sources(config, environ), files)
    defaults = JudgeDefaults(model=config.judge.model if config.judge else "", files=files)
    scorer = build_scorer(config.metrics, suite, defaults, path=config.path)
    records = load_records(files, config)
    runs: tuple[EvalRun, ...] = ()
    if config.baselines is not None:
        named = build_named("baselines", config.baselines.name, config.baselines.options, environ, git.repository)
        fingerprint = make_fingerprint(config, suite, scorer, revision, users=digest_users(config, files))
        runs = find_history(cast("BaselineStore", named), git.first_parents(revision, ANCESTORS), fingerprint)
    metrics = bar_unmeasured(config.metrics, scorer, records)
    return _Standing(
        plan=Plan(fixtures=suite.fixtures, metrics=metrics, policy=config.policy, stored=runs),
        runs=runs,
        js=measured_js(records),
        is_recorded=config.target.kind == "recorded",
    )


def say_price(cost: float | Unmeasured) -> str:
    return "not known" if isinstance(cost, Unmeasured) else f"{cost:,.2f} USD"
