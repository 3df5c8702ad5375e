"""Main's score on rows that are proposed: of a stored run that has measured exactly these rows, or measured now."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from itertools import islice
from pathlib import Path

from gate_action.clients.git.repository import GitError, GitFiles
from gate_action.codec.baselines import RecordError, decode_baseline
from gate_action.config.loading import list_gates, load_config
from gate_action.config.settings import Config
from gate_action.errors import GateError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Role
from gate_action.model.protocols import Files
from gate_action.model.run import EvalRun
from gate_action.model.score import Score, Scored
from gate_action.wiring.objects import build_named

_ANCESTORS = 20
_MOST_RUNS = 10
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class MainScores:
    """Of one job: it may propose several times, and measures each row once."""

    config: str
    repository: Path
    environ: Mapping[str, str] = field(repr=False)
    is_measured: bool = False
    """What no stored run has measured is measured now: it costs what the application's answers cost."""
    _known: dict[tuple[str, str], float | None] = field(default_factory=dict)
    """By base and row's digest; None: it could not be measured, and is not tried again."""

    def find(self, files: Files, rows: Sequence[Fixture], changed: Mapping[str, bytes]) -> Mapping[str, float]:
        """Row id -> score of the first gate: a row that several gates would measure has no one score."""
        config = load_config(files, self.config, list_gates(files, self.config)[0])
        found = dict(find_scores(config, files, rows, self.environ, self.repository))
        if not self.is_measured or not isinstance(files, GitFiles):
            return found
        keys = {row.id: (files.revision.sha, row.digest) for row in rows if row.id not in found}
        new = [row for row in rows if row.id in keys and keys[row.id] not in self._known]
        if new:
            measured = self._measure(config, files, new, changed)
            self._known |= {keys[row.id]: measured.get(row.id) for row in new}
        known = {row: self._known[key] for row, key in keys.items()}
        return found | {row: score for row, score in known.items() if score is not None}

    def _measure(
        self, config: Config, files: GitFiles, rows: Sequence[Fixture], changed: Mapping[str, bytes]
    ) -> Mapping[str, float]:
        """A build that does not start leaves rows unmeasured: their page says so, and the log why."""
        from gate_action.wiring.commands.measuring import Subject, measure_rows  # few jobs run the application

        subject = Subject(base=files, config=self.config, gate=config.gate_id if config.top else "", files=changed)
        try:
            scores = measure_rows(self.repository, subject, rows, self.environ)
        except (GateError, GitError) as error:
            _log.warning("main's score on the rows could not be measured: %s", error)
            return {}
        return _means(scores, {row.id for row in rows}, _primary(config))


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
    found: dict[str, float] = {}
    for run in runs:
        same = {name for name, digest in wanted.items() if run.fixtures.get(name) == digest} - found.keys()
        found |= _means(run.scores, same, _primary(config))
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


def _primary(config: Config) -> set[str]:
    return {metric.name for metric in config.metrics if metric.role is Role.PRIMARY}


def _means(scores: Iterable[Scored], names: set[str], metrics: set[str]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for scored in scores:
        if scored.key.fixture_id in names and scored.metric in metrics and isinstance(scored.result, Score):
            values.setdefault(scored.key.fixture_id, []).append(scored.result.value)
    return {name: sum(scores) / len(scores) for name, scores in values.items()}
