"""What one metric gave on one attempt of one arm, by fixture: packed, since there may be hundreds of thousands."""

from array import array
from typing import TypeAlias

from gate_action.comparison.arrays import Bools, Floats, Ints, np
from gate_action.model.score import NotScoredCause

Result: TypeAlias = float | NotScoredCause
_NOTHING, _SCORE, _ZERO, _ONE = 0, 1, 2, 3
_CAUSES = tuple(NotScoredCause)
_FIRST_CAUSE = 4
_CODES = {cause: _FIRST_CAUSE + place for place, cause in enumerate(_CAUSES)}
_USUAL = {0.0: _ZERO, 1.0: _ONE}
"""Most scores: their code says all."""
_RESULTS: tuple[Result | None, ...] = (None, None, 0.0, 1.0, *_CAUSES)


class Column:
    """A score, or why there is none, or nothing yet, by the fixture's place. A byte each; nine once one is between 0
    and 1.
    """

    def __init__(self, size: int) -> None:
        self._codes = bytearray(size)
        self._values: array[float] | None = None

    def has(self, place: int) -> bool:
        """Was anything told?"""
        return self._codes[place] != _NOTHING

    def put(self, place: int, value: float) -> None:
        code = _USUAL.get(value)
        if code is None:
            code = _SCORE
            if self._values is None:
                self._values = array("d", bytes(8 * len(self._codes)))
            self._values[place] = value
        self._codes[place] = code

    def put_cause(self, place: int, cause: NotScoredCause) -> None:
        self._codes[place] = _CODES[cause]

    def result(self, place: int) -> Result | None:
        """None: nothing was told."""
        code = self._codes[place]
        return self._values[place] if code == _SCORE and self._values is not None else _RESULTS[code]

    def take(self, places: Ints) -> tuple[Floats, Bools]:
        """The values at ``places``, 0 where there is no score, and where there is one."""
        codes = np.frombuffer(self._codes, np.uint8)[places]
        values = (codes == _ONE).astype(np.float64)
        if self._values is not None:
            values += np.frombuffer(self._values)[places] * (codes == _SCORE)
        return values, (codes != _NOTHING) & (codes < _FIRST_CAUSE)
