"""What one metric gave on one attempt of one arm, by fixture: packed, since there may be hundreds of thousands."""

from array import array
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gate_action.model.score import NotScoredCause

Result: TypeAlias = float | NotScoredCause
_NOTHING, _SCORE = 0, 1
_CAUSES = tuple(NotScoredCause)
_FIRST_CAUSE = 2
_CODES = {cause: _FIRST_CAUSE + place for place, cause in enumerate(_CAUSES)}


class Column:
    """A score, or why there is none, or nothing yet, by the fixture's place."""

    def __init__(self, size: int) -> None:
        self._values = array("d", bytes(8 * size))
        self._states = bytearray(size)

    def has(self, place: int) -> bool:
        """Was anything told?"""
        return self._states[place] != _NOTHING

    def put(self, place: int, value: float) -> None:
        self._values[place] = value
        self._states[place] = _SCORE

    def put_cause(self, place: int, cause: NotScoredCause) -> None:
        self._states[place] = _CODES[cause]

    def result(self, place: int) -> Result | None:
        """None: nothing was told."""
        state = self._states[place]
        if state == _SCORE:
            return self._values[place]
        return None if state == _NOTHING else _CAUSES[state - _FIRST_CAUSE]

    def take(self, places: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The values at ``places``, 0 where there is no score, and where there is one."""
        is_scored = np.frombuffer(self._states, np.uint8)[places] == _SCORE
        return np.frombuffer(self._values)[places] * is_scored, is_scored
