"""Which traces the store may have: asked for each trace that is read, so that new ones are written without a search."""

from typing import Any

_FOLDED = 50_000
"""As many new ones are kept apart: to sort a million anew with every batch would take longer than to write it."""


class Seen:
    """Hashes of 64 bits, eight bytes a trace. Two traces of one hash cost a search, and nothing else."""

    def __init__(self, hashes: Any) -> None:
        """``hashes``: a numpy array of the traces that the store has, in any order."""
        import numpy as np

        self._old = np.unique(hashes)
        self._new = self._old[:0]

    def meet(self, hashes: Any) -> Any:
        """Which of ``hashes`` were there before: an array of truth values. From now on all of them are."""
        import numpy as np

        known = _contains(self._old, hashes) | _contains(self._new, hashes)
        self._new = np.union1d(self._new, hashes)
        if len(self._new) > _FOLDED:
            self._old, self._new = np.union1d(self._old, self._new), self._old[:0]
        return known


def _contains(sorted_hashes: Any, wanted: Any) -> Any:
    import numpy as np

    if not len(sorted_hashes):
        return np.zeros(len(wanted), bool)
    places = np.searchsorted(sorted_hashes, wanted).clip(max=len(sorted_hashes) - 1)
    return sorted_hashes[places] == wanted
