"""The doors of the house, on one page: whatever does I/O stands behind one of these and is handed in by wiring."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import field
from typing import IO, ClassVar, Protocol, runtime_checkable

from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture, Json, JsonObject, Suite
from gate_action.model.metric import Limits
from gate_action.model.report import Report
from gate_action.model.run import Baseline, Build, EvalRun, Fingerprint, NoBaseline, Revision
from gate_action.model.score import NotScored, Score, Scored
from gate_action.model.spending import Spending, SpentBefore
from gate_action.model.trial import Attempt, Output, Trial, TrialRequest, Usage


class Files(Protocol):
    """The files of one revision (a git tree) or of a folder. Paths are relative, with forward slashes."""

    @property
    def label(self) -> str:
        """What messages call it, e.g. ``a1b2c3d4e5`` or the folder's path."""
        ...

    def find(self, pattern: str) -> tuple[str, ...]:
        """Paths of files that are ``pattern``, lie below it, or match it as a glob; sorted. No symlink is followed."""
        ...

    def read(self, path: str) -> bytes:
        """The content. Raises ConfigError if there is no such file."""
        ...

    def open(self, path: str) -> IO[bytes]:
        """The same from a file that is read as far as it is wanted: a large suite is never held. It can be rewound."""
        ...


class Source(Protocol):
    """SEAM 1. Where fixtures come from: a frozen dataclass whose fields are its options in gate.yaml."""

    def load(self, files: Files) -> Suite:
        """All fixtures of this source, every fault told in one ConfigError. ``files``: the revision that decides."""
        ...


class Try(Protocol):
    """One open build: tries a fixture once. Never raises for the target's own failures: they are a TrialError."""

    def __call__(self, fixture: Fixture, attempt: int) -> Awaitable[Attempt]: ...


class Target(Protocol):
    """SEAM 2. What runs a build: a frozen dataclass whose fields are its options in gate.yaml."""

    @property
    def needs_folder(self) -> bool:
        """Does it need a checkout of each revision? A class may say so for all of its objects."""
        ...

    def open(self, build: Build, limits: Limits) -> AbstractAsyncContextManager[Try]:
        """Starts the build and stops it at the end. Raises TargetStartError when it does not start.

        The engine owns a trial's time-out and cancels the try: the target then ends what it started for it.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A model's answer to a judge."""

    text: str
    usage: Usage = field(default_factory=Usage)


class Complete(Protocol):
    """A model call, handed to evaluators that need one."""

    def __call__(
        self, messages: Sequence[Mapping[str, str]], *, model: str, schema: JsonObject | None = None
    ) -> Awaitable[Completion]:
        """Raises ProviderError when the provider cannot answer after its retries."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """A model's vectors, one a text."""

    vectors: tuple[tuple[float, ...], ...]
    usage: Usage = field(default_factory=Usage)


class Embed(Protocol):
    """Asks a model for the vectors of texts."""

    def __call__(self, texts: Sequence[str], *, model: str) -> Awaitable[Embeddings]:
        """In the order of ``texts``. Raises ProviderError."""
        ...


class Call(Protocol):
    """Calls a function of the repository, in a child, from base's checkout."""

    def __call__(self, function: str, payload: JsonObject) -> Awaitable[Json]:
        """``function`` is ``package.module:name``. Raises CallError."""
        ...


class ProviderError(Exception):
    """A model provider did not answer, refused, or answered what cannot be read. Nobody's build is to blame.

    ``is_transient``: another call may succeed, not before ``retry_after_s`` if the provider told so.
    """

    is_transient: bool = False
    retry_after_s: float | None = None


class CallError(Exception):
    """A function of the repository is not there, raised, or did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationContext:
    """What an evaluator is handed."""

    fixture: Fixture
    output: Output
    complete: Complete
    call: Call


class Evaluator(Protocol):
    """SEAM 3. Scores one output: a frozen dataclass whose fields are its options in gate.yaml."""

    version: ClassVar[str]
    """Changed whenever equal input may score differently: scores of two versions are not compared."""

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored | Awaitable[Score | NotScored]: ...


class BaselineStore(Protocol):
    """Where earlier runs are kept."""

    def find(self, commits: Sequence[Revision], fingerprint: Fingerprint) -> Baseline | NoBaseline:
        """Runs of the first of ``commits`` (nearest first) that has any of this fingerprint, pooled."""
        ...

    def save(self, run: EvalRun) -> None:
        """Adds a complete run. Saving the same run twice changes nothing."""
        ...


class Shelf(Protocol):
    """Small files under names with slashes, kept for later runs: they are added, and never changed.

    Every method raises StoreError.
    """

    def place(self, name: str) -> str:
        """What messages call a file."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """Of the files below ``folder``, sorted, from the shelf's top; none where there is no such folder."""
        ...

    def read(self, names: Sequence[str]) -> tuple[bytes, ...]:
        """The files' contents, in order."""
        ...

    def add(self, files: Mapping[str, bytes]) -> None:
        """All of them. A name that is there already stays as it is."""
        ...


Revise = Callable[[str, bytes], bytes | None]
"""From a file's name and content to what shall stand there: the same, another content, or None for nothing."""


@runtime_checkable
class RevisableShelf(Shelf, Protocol):
    """A shelf from which a person can be taken out: the one reason to change what was written down."""

    def revise(self, change: Revise) -> tuple[str, ...]:
        """Every file is put to ``change``; returns the names of those that it changed. Raises StoreError."""
        ...


class RecordKeeper(Protocol):
    """A baseline store that keeps other records too: evidence, verdicts, spending."""

    @property
    def shelf(self) -> Shelf: ...


@runtime_checkable
class SpendingLedger(Protocol):
    """What runs have spent, kept beside the baselines: a BaselineStore that can keep it is one too.

    Runs that go on at the same time do not see each other's last calls: together they may spend more than a bound
    by what they have in flight.
    """

    def spent_before(self, run: Spending) -> SpentBefore:
        """By other runs of ``run``'s gate: for its pull request (0 where it has none), and in its month."""
        ...

    def add_spending(self, run: Spending) -> None:
        """Replaces what was told of the same ``run_id``: a run tells it again and again. Raises StoreError."""
        ...


class Procedure(Protocol):
    """Asks for trials and is told of them; when it asks for nothing more, it decides. Pure."""

    def ask(self) -> Sequence[TrialRequest]: ...

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None: ...

    def decide(self) -> Decision: ...


class Sink(Protocol):
    """Where a report is published. What goes wrong there is a warning, never a verdict."""

    name: ClassVar[str]

    def publish(self, report: Report) -> None: ...
