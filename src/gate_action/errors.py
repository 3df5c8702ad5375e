"""Every error the gate raises on purpose, and the exit codes.

::

    GateError                   a fact, a hint, an exit code
    |-- ConfigError        2    gate.yaml, fixtures or arguments are wrong; carries every Problem found
    |-- NotEvaluatedError  3    the measurement could not be made
    |   |-- TargetStartError    a build does not set up, start or become ready
    |   |-- MissingKeyError     a secret that a target or judge needs is not set
    |   |-- PullRequestError    a pull request of ours cannot be opened or brought up to date
    |   `-- StoreError          an artifact store or the run folder fails, or content is not what was pinned
    `-- InterruptedRunError 130 Ctrl-C, SIGTERM or SIGHUP; what was measured is in the run folder

Anything else that escapes is a defect of ours: exit code 70, with a traceback.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process ends with. Documented in the README's table."""

    PASS = 0
    FAIL = 1
    BAD_CONFIG = 2
    NOT_EVALUATED = 3
    UNEXPECTED = 70
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in one place of a file that a person wrote."""

    path: str
    message: str
    line: int | None = None
    """1-based."""
    column: int | None = None
    """1-based."""
    field: str = ""
    """Dotted path inside the document, e.g. ``metrics.answer.pass_at``; empty for the whole of it."""
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        subject = f"{self.field}: " if self.field else ""
        advice = f" ({self.hint})" if self.hint else ""
        return f"{place}: {subject}{self.message}{advice}"


class GateError(Exception):
    """What happened, and what to do about it."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(GateError):
    """The user's files or arguments cannot be used. All problems are told in one go."""

    exit_code = ExitCode.BAD_CONFIG

    def __init__(self, message: str, *, problems: tuple[Problem, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {problem}" for problem in self.problems)])


class NotEvaluatedError(GateError):
    """The gate could not measure. Never a pass."""

    exit_code = ExitCode.NOT_EVALUATED


class TargetStartError(NotEvaluatedError):
    """A build does not set up, start or become ready. ``tail`` holds the child's last lines."""

    def __init__(self, message: str, *, tail: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.tail = tail


class MissingKeyError(NotEvaluatedError):
    """An environment variable that holds a secret is not set."""


class StoreError(NotEvaluatedError):
    """An artifact store cannot be reached, refuses, or holds something else than what was pinned; or the run folder
    cannot be written any more.
    """


class PullRequestError(NotEvaluatedError):
    """A pull request of ours cannot be opened or brought up to date. The next run goes on from what is there."""


class InterruptedRunError(GateError):
    """The run was told to stop. What had been measured is kept in the run folder."""

    exit_code = ExitCode.INTERRUPTED
