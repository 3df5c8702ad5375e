"""Main's score on proposed rows, measured now: its build is run on them, as on a first run. Decides, keeps nothing."""

import asyncio
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gate_action.clients.git.fast_import import spell_commit
from gate_action.clients.git.repository import Git, GitError, GitFiles
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.gate import Loaded, walk_round_one
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture
from gate_action.model.score import Scored
from gate_action.model.trial import Arm, Trial
from gate_action.wiring.around import ended_orphans, temporary_folder, within
from gate_action.wiring.hands import Hands
from gate_action.wiring.interrupts import stopped_by_signals
from gate_action.wiring.options import RunOptions
from gate_action.wiring.run import Run

_BEFORE, _PROPOSED = "refs/gate/before", "refs/gate/proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The proposed files on top of the base, and which gate of its gate.yaml scores them; empty: it has but one."""

    base: GitFiles
    config: str
    gate: str
    files: Mapping[str, bytes]


def measure_rows(
    repository: Path, subject: Subject, rows: Iterable[Fixture], environ: Mapping[str, str]
) -> tuple[Scored, ...]:
    """All scores of ``rows`` on the base's build. Raises GateError, GitError: it could not be measured.

    ``repository``: the job's checkout, which has the base's commit and is left as it is.
    """
    with tempfile.TemporaryDirectory(prefix="gate-action-rows-") as folder:
        top = Path(folder)
        before, proposed = _commit(top / "repository", repository, subject)
        options = RunOptions(
            repository=top / "repository",
            base=before,
            head=proposed,
            config=subject.config,
            gate=subject.gate or None,
            run_folder=top / "run",
        )
        run = Run(options=options, environ=environ, clock=lambda: datetime.now(UTC))
        wanted = frozenset(row.id for row in rows)
        with temporary_folder() as builds, ended_orphans():
            return asyncio.run(run.begin(builds, _Nobody(), partial(_measure, run, wanted)))


async def _measure(run: Run, wanted: frozenset[str], hands: Hands) -> tuple[Scored, ...]:
    def choose(loaded: Loaded) -> frozenset[str]:
        return wanted & {fixture.id for fixture in loaded.suite.fixtures}

    async with stopped_by_signals(), within(hands.judged.config.limits.run_timeout_s):
        await walk_round_one(hands.walk(), run.walked, choose)
    finished = hands.engine.finished if hands.engine else ()
    return tuple(scored for one in finished if one.trial.key.arm is Arm.HEAD for scored in one.scores)


def _commit(own: Path, repository: Path, subject: Subject) -> tuple[str, str]:
    """In a repository of our own, which borrows the checkout's objects: a commit without a gate, so that the other one,
    the base with the proposed files, is judged alone.
    """
    source, sha = Git.find(repository), subject.base.revision.sha
    try:
        source.run("cat-file", "-e", f"{sha}^{{tree}}")
    except GitError as error:
        raise NotEvaluatedError(
            f"the checkout has no commit {sha[:12]}, which the pull request is for",
            hint="check the default branch out in the same job, with fetch-depth: 0",
        ) from error
    objects = source.run("rev-parse", "--path-format=absolute", "--git-path", "objects").decode().strip()
    own.mkdir()
    git = Git(own)
    git.run("init", "--quiet", f"--object-format={'sha256' if len(sha) == 64 else 'sha1'}")  # noqa: PLR2004  # hex digits
    (own / ".git" / "objects" / "info" / "alternates").write_text(f"{objects}\n", encoding="utf-8")
    try:
        spelled = [
            spell_commit("Nothing yet\n", ref=_BEFORE, parent=None, files={}, known={}),
            spell_commit("The base with its new rows\n", ref=_PROPOSED, parent=sha, files=subject.files, known={}),
        ]
    except ValueError as error:
        raise ConfigError(f"the proposed rows cannot be measured: {error}") from error
    git.run("fast-import", "--quiet", "--force", "--date-format=now", given=b"".join(spelled))
    return _resolve(git, _BEFORE), _resolve(git, _PROPOSED)


def _resolve(git: Git, ref: str) -> str:
    return git.run("rev-parse", ref).decode().strip()


class _Nobody:
    """A Watcher for whom nobody waits: the cycle tells when it is done."""

    def asked(self, requests: int) -> None: ...

    def started(self, arm: Arm) -> None: ...

    def ended(self, arm: Arm) -> None: ...

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None: ...

    def so_far(self, decision: Decision) -> None: ...
