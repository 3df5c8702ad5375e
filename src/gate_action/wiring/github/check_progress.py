"""The check run of a run that is under way: shows how the trials go, now and then, and is ended in any case."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from types import TracebackType
from typing import TYPE_CHECKING, Self

from gate_action.engine.trials import Watcher
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Conclusion, Decision
from gate_action.model.score import Scored
from gate_action.model.trial import Arm, Trial
from gate_action.wiring.judged import Judged
from gate_action.wiring.options import RunOptions

if TYPE_CHECKING:
    from gate_action.sinks.check_progress import CheckProgress, OpenCheck

MOMENTS_S = (60.0, 300.0, 1_200.0)
"""When the check run is told of progress, in seconds after the run's start: a run of a minute shows none."""


@dataclass(slots=True, kw_only=True)
class RunProgress:
    """A context around a run. What is told before `begin`, or where nothing is published, goes nowhere."""

    options: RunOptions
    environ: Mapping[str, str] = field(repr=False)
    moments_s: Sequence[float] = MOMENTS_S
    _check: "CheckProgress | None" = None
    _line: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))
    """GitHub may take its time: trials do not wait for it."""

    def begin(self, judged: Judged, run_id: str) -> None:
        """Which gate of which commit runs. Sends nothing."""
        if not self._is_published:
            return
        from gate_action.clients.github.api import Patience, open_github  # not where nothing is published
        from gate_action.clients.github.workflow import load_event
        from gate_action.sinks.check_progress import CheckProgress
        from gate_action.sinks.destination import destination
        from gate_action.wiring.github.publishing import find_scope

        try:
            event = load_event(self.environ)
            client = open_github(self.environ, Patience(tries=1)) if event.can_write else None
        except ConfigError:  # the report's publication will warn of it, once
            return
        if client is None:
            return
        place = destination(event, find_scope(self.options.repository, self.options.config, self.environ))
        self._check = CheckProgress(
            client=client,
            destination=place,
            gate_id=judged.config.gate_id,
            head_sha=place.head_sha or judged.revisions.head.sha,
            run_id=run_id,
        )

    @property
    def opened(self) -> "OpenCheck | None":
        """For the sink that publishes the report."""
        return self._check.opened if self._check else None

    @property
    def _is_published(self) -> bool:
        return self.options.publish and not self.options.dry_run

    def watch(self, watcher: Watcher) -> Watcher:
        """The watcher, with the check run told of what it sees."""
        return _CheckWatcher(watcher, self.tell, self.moments_s) if self._is_published else watcher

    def tell(self, sentence: str) -> None:
        """One line for the check run; of many, three are shown. Returns at once."""
        if self._check is not None:
            self._line.submit(self._check.tell, sentence)

    def settle(self) -> None:
        """Waits for what was told: from here on the report speaks."""
        self._line.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """No report was published: it could not be made, or its check run was refused."""
        self.settle()
        if self._check is None:
            return
        if isinstance(error, KeyboardInterrupt):
            self._check.abandon("interrupted", conclusion=Conclusion.CANCELLED.value)
        else:
            self._check.abandon("no report could be published; see the job's log", conclusion=Conclusion.FAILURE.value)


class _CheckWatcher:
    def __init__(self, watcher: Watcher, tell: Callable[[str], None], moments_s: Sequence[float]) -> None:
        self._watcher, self._tell, self._moments_s = watcher, tell, list(moments_s)
        self._started = time.monotonic()
        self._asked = self._finished = 0

    def asked(self, requests: int) -> None:
        self._watcher.asked(requests)
        self._asked += requests

    def started(self, arm: Arm) -> None:
        self._watcher.started(arm)

    def ended(self, arm: Arm) -> None:
        self._watcher.ended(arm)

    def so_far(self, decision: Decision) -> None:
        self._watcher.so_far(decision)

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None:
        self._watcher.finished(trial, scores)
        self._finished += 1
        if self._moments_s and time.monotonic() - self._started >= self._moments_s[0]:
            del self._moments_s[0]
            self._tell(f"running: {self._finished:,} of {self._asked:,} trials")
