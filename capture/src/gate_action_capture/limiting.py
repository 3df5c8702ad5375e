"""How often one client may speak: token buckets by key, bounded in number. The clock is handed in."""

from collections import OrderedDict
from collections.abc import Callable


class Buckets:
    """``burst`` at once, then ``per_minute``. The least recently used of more than ``most`` keys is forgotten."""

    def __init__(self, per_minute: float, burst: int, clock: Callable[[], float], most: int = 10_000) -> None:
        self._per_second = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """0.0: it may speak. Else the seconds after which it may."""
        now = self._clock()
        left, since = self._left.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) * self._per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_second
        self._left[key] = (left - 1 if wait == 0 else left, now)
        while len(self._left) > self._most:
            self._left.popitem(last=False)
        return wait
