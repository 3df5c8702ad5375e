"""Two runs that lie on disk, ours or another harness's, from paths to the exit code. Runs and spends nothing."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from gate_action import __version__
from gate_action.clients.files import FolderFiles
from gate_action.clients.recordings import load_recording
from gate_action.comparison.plan import Plan
from gate_action.comparison.procedure import TwoRuns
from gate_action.comparison.two_recordings import Arms, Matched, check_alike, choose_metrics, match_fixtures
from gate_action.config.loading import load_config
from gate_action.config.settings import Config
from gate_action.engine.judge_standing import bar_unmeasured
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.errors import ConfigError, GateError
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.fixture import Suite
from gate_action.model.metric import Metric, Policy, Role
from gate_action.model.report import Report
from gate_action.model.trial import Arm
from gate_action.sinks.files import FilesSink
from gate_action.sinks.publishing import publish_all
from gate_action.wiring.github.publishing import tell
from gate_action.wiring.judge_records import load_records
from gate_action.wiring.refusals import decision_for

_FAR_APART = timedelta(hours=6)
_FROM_TABLE = "recorded"
"""Stands for the evaluator where the scores were made elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """The command line of `gate-action compare`. ``policy``: thresholds that were given, by field of Policy."""

    base: Path
    head: Path
    base_arm: Arm = Arm.HEAD
    head_arm: Arm = Arm.HEAD
    config: Path | None = None
    gate: str | None = None
    metrics: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    pass_at: Mapping[str, float] = field(default_factory=dict)
    """By metric; the empty name stands for all others."""
    policy: Mapping[str, object] = field(default_factory=dict)
    common_only: bool = False
    out: Path | None = None

    @property
    def reproduce(self) -> str:
        """The command line that makes this comparison again."""
        flags = {"alpha_global": "--alpha"}
        words = [str(self.base), str(self.head)]
        words += [f"--{name}-arm=base" for name in ("base", "head") if getattr(self, f"{name}_arm") is Arm.BASE]
        words += [f"--{name}={value}" for name in ("config", "gate") if (value := getattr(self, name))]
        words += [f"--metric={name}" for name in self.metrics] + [f"--secondary={name}" for name in self.secondary]
        words += [f"--pass-at={name}={bar}" if name else f"--pass-at={bar}" for name, bar in self.pass_at.items()]
        words += [f"{flags.get(name, '--' + name.replace('_', '-'))}={value}" for name, value in self.policy.items()]
        words += ["--common"] if self.common_only else []
        return shlex.join(["gate-action", "compare", *words])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    decision: Decision
    plan: Plan | None = None
    gate_id: str = "compare"
    warnings: tuple[str, ...] = ()


def compare_runs(options: CompareOptions, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> int:
    """The verdict's exit code. Two runs that cannot be compared are told and written down as such: exit code 2."""
    started_at = clock()
    try:
        compared = _compare(options)
    except GateError as error:
        compared = _Compared(decision=decision_for(error, is_fork=False, policy=None))
    report = _report(compared, options.reproduce, started_at, clock())
    tell(report)
    if options.out is not None:
        for warning in publish_all((FilesSink(out=options.out),), report):
            click.echo(f"warning: {warning}", err=True)
    return compared.decision.exit_code


def _compare(options: CompareOptions) -> _Compared:
    config = _load_config(options)
    arms = Arms(load_recording(options.base, options.base_arm), load_recording(options.head, options.head_arm))
    warnings = (*check_alike(arms), *_warn_of_hours(arms))
    matched = match_fixtures(arms, common_only=options.common_only)
    plan = Plan(
        fixtures=matched.fixtures,
        metrics=_choose_metrics(arms, options, config),
        policy=replace(config.policy if config else Policy(), **options.policy),  # type: ignore[arg-type]  # the command checked them
        new_ids=matched.new_ids,
        removed=matched.removed,
    )
    decision = _decide(plan, arms, matched)
    gate_id = config.gate_id if config else "compare"
    barred = tuple(f"{metric.name} only warns: {metric.barred}" for metric in plan.metrics if metric.barred)
    return _Compared(decision=decision, plan=plan, gate_id=gate_id, warnings=(*warnings, *matched.warnings, *barred))


def _decide(plan: Plan, arms: Arms, matched: Matched) -> Decision:
    procedure = TwoRuns(plan)
    metrics = frozenset(metric.name for metric in plan.metrics)
    kept = frozenset(fixture.id for fixture in plan.judged)
    procedure.tell((), arms.base.tell(Arm.BASE, matched.comparable, metrics))
    procedure.tell((), arms.head.tell(Arm.HEAD, kept, metrics))
    return procedure.decide()


def _load_config(options: CompareOptions) -> Config | None:
    if options.config is None:
        return None
    files = FolderFiles(options.config.parent)
    config = load_config(files, options.config.name, options.gate)
    defaults = JudgeDefaults(model=config.judge.model if config.judge else "", files=files)
    scorer = build_scorer(config.metrics, Suite(fixtures=()), defaults, path=config.path)
    return replace(config, metrics=bar_unmeasured(config.metrics, scorer, load_records(files, config)))


def _choose_metrics(arms: Arms, options: CompareOptions, config: Config | None) -> tuple[Metric, ...]:
    """As gate.yaml says, where one is given; else as the runs were judged; else all may block."""
    told = {metric.name: metric for metric in config.metrics} if config else {}
    names = choose_metrics(arms, options.metrics or told)
    unknown = sorted({*options.secondary, *options.pass_at} - {*names, ""})
    if unknown:
        raise ConfigError(f"there is no metric {unknown[0]!r} to compare", hint=f"there are: {', '.join(names)}")
    return tuple(_as_asked(told.get(name) or _as_judged(name, arms), options) for name in names)


def _as_judged(name: str, arms: Arms) -> Metric:
    role = arms.head.roles.get(name, arms.base.roles.get(name, Role.PRIMARY))
    return Metric(name=name, evaluator=_FROM_TABLE, role=role)


def _as_asked(metric: Metric, options: CompareOptions) -> Metric:
    pass_at = options.pass_at.get(metric.name, options.pass_at.get("", metric.pass_at))
    role = Role.SECONDARY if metric.name in options.secondary else metric.role
    return replace(metric, pass_at=pass_at, role=role)


def _warn_of_hours(arms: Arms) -> tuple[str, ...]:
    """A provider may drift between two runs, and that looks like a change of the build."""
    times = [arm.started_at for arm in arms if arm.started_at]
    if len(times) < len(arms):
        return ()
    apart = abs(datetime.fromisoformat(times[1]) - datetime.fromisoformat(times[0]))
    if apart <= _FAR_APART:
        return ()
    hours = apart.total_seconds() / 3600
    return (f"the runs were made {hours:.0f} hours apart: what the provider changed in between looks like the build's",)


def _report(compared: _Compared, reproduce: str, started_at: datetime, ended_at: datetime) -> Report:
    plan = compared.plan
    judged = plan.judged if plan else ()
    return Report(
        gate_id=compared.gate_id,
        tool_version=__version__,
        run_id="",
        started_at=started_at.isoformat(timespec="seconds"),
        duration_s=(ended_at - started_at).total_seconds(),
        revisions=None,
        decision=compared.decision,
        suite_digest="",
        fixtures=len(judged),
        slices=len({one for fixture in judged for one in fixture.slices}),
        reproduce=reproduce,
        run_folder="",
        warnings=compared.warnings,
        policy=_spell_policy(plan.policy) if plan else {},
    )


def _spell_policy(policy: Policy) -> dict[str, float | str]:
    """The thresholds of the two-run rule."""
    names = ("alpha_global", "alpha_slices", "min_effect", "min_effect_slice", "margin", "max_missing", "seed")
    told = {entry.name: getattr(policy, entry.name) for entry in fields(policy) if entry.name in names}
    return {**told, "on_inconclusive": str(policy.on_inconclusive)}
