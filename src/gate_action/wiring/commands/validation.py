"""Checks a gate without running anything: file, fixtures, evaluators, way of running, thresholds."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import cast

from gate_action import plugins
from gate_action.clients.files import FolderFiles
from gate_action.clients.git.repository import Git
from gate_action.codec.options import build
from gate_action.config.loading import list_gates, load_config
from gate_action.config.reach import check_reach, find_expired
from gate_action.config.settings import Config
from gate_action.engine.judge_standing import bar_unmeasured
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.errors import ConfigError, Problem
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Suite
from gate_action.model.protocols import Files, Target
from gate_action.wiring.judge_records import load_records
from gate_action.wiring.simulating import load_instructions
from gate_action.wiring.suites import load_suite, open_sources

CONTAINER_PROGRAMS = frozenset({"bash", "git", "python", "python3", "sh"})
"""What the image has. A test compares it with the image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidGate:
    """A gate that can run."""

    config: Config
    suite: Suite
    warnings: tuple[Problem, ...]


def find_files(repository: Path, revision: str | None) -> Files:
    """The work tree as it lies on disk, or a commit's files."""
    if revision is None:
        return FolderFiles(repository)
    git = Git.find(repository)
    return git.files(git.resolve(revision))


def validate(
    files: Files, path: str, gate_id: str | None, environ: Mapping[str, str], today: date
) -> tuple[ValidGate, ...]:
    """Every gate of the file, or the one named. Raises ConfigError."""
    chosen = (gate_id,) if gate_id else list_gates(files, path)
    return tuple(_validate_one(files, load_config(files, path, gate), environ, today) for gate in chosen)


def check_way(config: Config, way: str) -> tuple[Problem, ...]:
    """Why the target cannot run in ``way`` (``container`` or ``native``); empty: it can."""
    if way != "container":
        return ()
    target = cast("Target", build(plugins.find("targets", config.target.kind), config.target.options))
    programs = tuple(getattr(target, "programs", ()))
    if config.target.setup:
        programs += config.target.setup.run[:1]
    missing = sorted({program for program in programs if "/" not in program and program not in CONTAINER_PROGRAMS})
    if not missing:
        return ()
    problem = config.problem(
        ("target",),
        f"the container has no {', '.join(missing)}, and cannot see what the workflow installed",
        hint="use the native action (uses: .../native), which runs in the job's own environment; "
        "or an http target with urls; or recorded outputs of an earlier step",
    )
    return (problem,)


def _validate_one(files: Files, config: Config, environ: Mapping[str, str], today: date) -> ValidGate:
    suite = load_suite(open_sources(config, environ), files)
    if config.target.simulate:
        load_instructions(config.target.simulate, files)
    judge = JudgeDefaults(model=config.judge.model if config.judge else "", files=files)
    scorer = build_scorer(config.metrics, suite, judge, path=config.path)
    metrics = bar_unmeasured(config.metrics, scorer, load_records(files, config))
    barred = tuple(
        config.problem(("metrics", metric.name), f"only warns: {metric.barred}") for metric in metrics if metric.barred
    )
    reach = check_reach(config, suite)
    if reach.problems:
        raise ConfigError(f"gate {config.gate_id!r} asks for what no data could show", problems=reach.problems)
    return ValidGate(config=config, suite=suite, warnings=(*reach.warnings, *barred, *find_expired(suite, today)))
