"""numpy as ``np``, loaded at its first use, and the arrays that are spoken of: no call of a run waits for it."""

from typing import TYPE_CHECKING, Any, TypeAlias

__all__ = ["Bools", "Floats", "Ints", "ShortInts", "np"]

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Bools: TypeAlias = NDArray[np.bool_]
    Ints: TypeAlias = NDArray[np.int64]
    ShortInts: TypeAlias = NDArray[np.int32]
else:
    Floats = Bools = Ints = ShortInts = Any

    class _AtFirstUse:
        """What is asked of it is numpy's, and is kept."""

        def __getattr__(self, name: str) -> Any:
            import numpy as np  # 0.04 s, by which the first calls would be sent later

            found = getattr(np, name)
            setattr(self, name, found)
            return found

    np = _AtFirstUse()
