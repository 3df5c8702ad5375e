"""A person's time at something, as far as it shows: from act to act, and no longer than people look without one."""

from collections.abc import Callable
from dataclasses import dataclass, field

LONGEST_S = 300.0
"""Between two acts at most: whoever does nothing for longer has gone for a coffee, and nobody can tell when."""


@dataclass(slots=True)
class Stopwatch:
    """Begun when something is shown, and told of each act: a key, a form, an answer."""

    clock: Callable[[], float]
    """Seconds, of any beginning, that never run backwards."""
    seconds: float = field(default=0.0, init=False)
    acts: int = field(default=0, init=False)
    _since: float | None = field(default=None, init=False)

    def begin(self) -> None:
        """From here on, unless it runs already."""
        if self._since is None:
            self._since = self.clock()

    def act(self) -> None:
        now = self.clock()
        if self._since is not None:
            self.seconds += min(now - self._since, LONGEST_S)
        self._since = now
        self.acts += 1
