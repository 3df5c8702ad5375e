"""What a run works with, broken at one step: the run is gone before that step, or after it and before it could tell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_STEPS = frozenset({
    "look", "peek", "files", "own", "measure", "says", "push", "delete", "bring_pulls", "tell_author",
    "find_pulls", "create_pull", "update_pull", "add_labels", "find_removed_labels", "fetch_closer", "fetch_last_word",
})  # fmt: skip


class KilledError(BaseException):
    """As SIGKILL: nothing may catch it and go on."""


@dataclass
class Steps:
    """Shared by all that is broken."""

    last: int = -1
    """The step that breaks; -1: none."""
    is_done: bool = False
    """Is it carried out before the run is gone?"""
    before: Callable[[str], None] = lambda name: None  # by default nobody comes between
    count: int = 0

    def take(self, name: str, step: Callable[..., Any], *given: Any, **named: Any) -> Any:
        self.before(name)
        number, self.count = self.count, self.count + 1
        if number == self.last and not self.is_done:
            raise KilledError(name)
        done = step(*given, **named)
        if number == self.last:
            raise KilledError(name)
        return done


class Breaking:
    """Hands on all that is asked of ``whole``, and counts its steps."""

    def __init__(self, whole: Any, steps: Steps) -> None:
        self._whole, self._steps = whole, steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._whole, name)
        if name not in _STEPS:
            return found
        return lambda *given, **named: self._steps.take(name, found, *given, **named)
