"""The order in which trials are asked for: both builds meet the same hour, and neither always comes first."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from gate_action.model.dataclass import dataclass
from gate_action.model.trial import Arm, TrialKey, TrialRequest


def side_by_side(names: Sequence[str], attempts: Iterable[int]) -> list[TrialKey]:
    """Attempt by attempt, fixture by fixture, both builds."""
    return [
        TrialKey(name, arm, attempt)
        for attempt in attempts
        for place, name in enumerate(names)
        for arm in alternate(place + attempt)
    ]


def alternate(place: int) -> tuple[Arm, Arm]:
    """The build that goes first alternates: neither has the advantage of a warm cache or a fresh rate limit."""
    return (Arm.BASE, Arm.HEAD) if place % 2 == 0 else (Arm.HEAD, Arm.BASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRounds(Sequence[TrialRequest]):
    """Every fixture on every build, attempt by attempt, fixture by fixture; each request is made when it is taken."""

    names: Sequence[str]
    arms: tuple[Arm, ...]
    """One or both."""
    attempts: int
    fresh: bool = True

    @overload
    def __getitem__(self, place: int) -> TrialRequest: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[TrialRequest, ...]: ...
    def __getitem__(self, place: int | slice) -> "TrialRequest | tuple[TrialRequest, ...]":
        if isinstance(place, slice):
            return tuple(self[at] for at in range(*place.indices(len(self))))
        if not 0 <= place < len(self):
            raise IndexError(place)
        count, turn = divmod(place, len(self.arms))
        attempt, at = divmod(count, len(self.names))
        arm = self.arms[turn] if len(self.arms) == 1 else alternate(at + attempt)[turn]
        return TrialRequest(key=TrialKey(self.names[at], arm, attempt), fresh=self.fresh)

    def __iter__(self) -> Iterator[TrialRequest]:
        for attempt in range(self.attempts):
            for at, name in enumerate(self.names):
                for arm in self.arms if len(self.arms) == 1 else alternate(at + attempt):
                    yield TrialRequest(key=TrialKey(name, arm, attempt), fresh=self.fresh)

    def __len__(self) -> int:
        return len(self.names) * len(self.arms) * self.attempts


def count_arms(requests: Sequence[TrialRequest]) -> dict[Arm, int]:
    """Requests of each build."""
    if isinstance(requests, WholeRounds):
        return {arm: len(requests.names) * requests.attempts * (arm in requests.arms) for arm in Arm}
    counts = Counter(request.key.arm for request in requests)
    return {arm: counts[arm] for arm in Arm}
