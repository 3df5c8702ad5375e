"""The gate's evaluators outside a run of the gate: for production's turns, in a pass or in a service's own process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from gate_action.clients.files import FolderFiles
from gate_action.clients.git.repository import Git
from gate_action.config.settings import Config
from gate_action.engine.budget import Purse
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.engine.scoring import Scorer, evaluator_digests
from gate_action.errors import ConfigError
from gate_action.loop.score.scoring import applicable
from gate_action.model.fixture import Suite
from gate_action.model.metric import CHECKS, Budget
from gate_action.model.run import PASSED_ON, Build
from gate_action.model.trial import Arm
from gate_action.wiring.judges import Judges
from gate_action.wiring.pacing import Doors


@dataclass(frozen=True, kw_only=True)
class Evaluators:
    """Those metrics of a gate that need no expected answer."""

    scorer: Scorer
    judges: Judges
    digests: Mapping[str, str]
    """By metric: of all that decides its score beside the turn."""
    passes: Mapping[str, float]
    """By metric: the score from which on a turn passes."""
    left_out: tuple[str, ...] = field(default=())
    """Metrics that can only judge where somebody said what was expected."""


@asynccontextmanager
async def open_evaluators(
    repository: Path, config: Config, budget: Budget, environ: Mapping[str, str]
) -> AsyncIterator[Evaluators]:
    """The repository's own evaluators run in a child, in the folder as it lies there. Raises ConfigError,
    MissingKeyError.
    """
    judge = JudgeDefaults(model=config.judge.model if config.judge else "", files=FolderFiles(repository))
    metrics = [metric for metric in config.metrics if metric.name != CHECKS]
    every = build_scorer(metrics, Suite(fixtures=()), judge, path=config.path)
    names = applicable(every)
    if not names:
        raise ConfigError(
            f"no metric of gate {config.gate_id} can judge an answer of which nobody said what was expected",
            hint="add one that needs none: llm_judge, refusal, regex, json_schema, contains with all_of, python",
        )
    scorer = replace(every, metrics=names, evaluators={name: every.evaluators[name] for name in names})

    async def policy() -> Build:
        seen = {name: environ[name] for name in PASSED_ON if name in environ}
        revision = Git.find(repository).resolve("HEAD")
        return Build(arm=Arm.BASE, revision=revision, folder=repository, environment=seen)

    async with AsyncExitStack() as stack:
        judges = Judges(
            config=config,
            environ=environ,
            purse=Purse(budget=budget, prices=config.prices),
            doors=Doors(limits=config.limits),
            stack=stack,
            base=policy,
        )
        judges.check(scorer)
        yield Evaluators(
            scorer=scorer,
            judges=judges,
            digests=evaluator_digests(scorer, code=_code_of(repository, scorer)),
            passes={metric.name: metric.pass_at for metric in metrics if metric.name in names},
            left_out=tuple(metric.name for metric in metrics if metric.name not in names),
        )


def _code_of(repository: Path, scorer: Scorer) -> str:
    """The tree that the repository's own evaluators are of; empty where there are none."""
    if any(getattr(named.evaluator, "runs_repository_code", False) for named in scorer.evaluators.values()):
        return Git.find(repository).resolve("HEAD").tree
    return ""
