"""Main's score on rows that are proposed, where a stored run has measured exactly these rows."""

import logging
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from gate_action.clients.git.repository import GitFiles
from gate_action.codec.baselines import RecordError, decode_baseline
from gate_action.config.settings import Config
from gate_action.errors import GateError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Role
from gate_action.model.protocols import Files
from gate_action.model.run import EvalRun
from gate_action.model.score import Score
from gate_action.wiring.objects import build_named

_ANCESTORS = 20
_MOST_RUNS = 10
_log = logging.getLogger(__name__)


def find_scores(
    config: Config, files: Files, rows: Iterable[Fixture], environ: Mapping[str, str], repository: Path
) -> Mapping[str, float]:
    """Row id -> mean over the primary metrics' scores, in the newest stored run of the base that has the very row.

    A store that cannot be read leaves rows unmeasured: their page says so, and the log why.
    """
    wanted = {row.id: row.digest for row in rows}
    if config.baselines is None or not isinstance(files, GitFiles) or not wanted:
        return {}
    try:
        runs = tuple(_runs(config, files, environ, repository))
    except (GateError, RecordError) as error:
        _log.warning("main's stored runs cannot be read, so that no row shows its score: %s", error)
        return {}
    primary = {metric.name for metric in config.metrics if metric.role is Role.PRIMARY}
    found: dict[str, float] = {}
    for run in runs:
        same = {name for name, digest in wanted.items() if run.fixtures.get(name) == digest} - found.keys()
        found |= _means(run, same, primary)
    return found


def _runs(config: Config, files: GitFiles, environ: Mapping[str, str], repository: Path) -> Iterable[EvalRun]:
    """Of the base and its ancestors, the nearest first."""
    assert config.baselines is not None  # noqa: S101  # asked for by who calls this
    store = build_named("baselines", config.baselines.name, config.baselines.options, environ, repository)
    shelf = getattr(store, "shelf", None)
    if shelf is None:
        return
    commits = files.git.run("rev-list", "--first-parent", f"--max-count={_ANCESTORS}", files.revision.sha).split()
    names = (name for commit in commits for name in shelf.names(commit.decode()))
    for name in islice(names, _MOST_RUNS):
        (content,) = shelf.read([name])
        yield decode_baseline(content, name.partition("/")[2])


def _means(run: EvalRun, names: set[str], metrics: set[str]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for scored in run.scores:
        if scored.key.fixture_id in names and scored.metric in metrics and isinstance(scored.result, Score):
            values.setdefault(scored.key.fixture_id, []).append(scored.result.value)
    return {name: sum(scores) / len(scores) for name, scores in values.items()}
