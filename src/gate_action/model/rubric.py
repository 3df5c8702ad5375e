"""What a classifier of turns goes by: labels, their meanings and boundary examples, and rows whose label is known."""

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json, JsonObject, digest_json
from gate_action.model.loop import Aside


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMeaning:
    """One label: a mode of failure, or an aside."""

    name: str
    meaning: str
    is_it: tuple[str, ...] = ()
    """Examples near the boundary that belong to it."""
    is_not: tuple[str, ...] = ()
    """Examples near the boundary that do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A turn whose label is beyond doubt. A classifier that misses it is not to be believed."""

    name: str
    record: JsonObject
    """As ``loop.classify.record`` writes a turn."""
    labels: frozenset[str]
    """Those that are right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    version: str
    modes: tuple[LabelMeaning, ...]
    asides: tuple[LabelMeaning, ...]
    """One for each Aside."""
    canaries: tuple[Canary, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(one.name for one in (*self.modes, *self.asides))

    @property
    def mode_names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.modes)

    @property
    def failures(self) -> frozenset[str]:
        """The labels that say that something went wrong: the modes, and ``other``."""
        return frozenset(self.mode_names) | {Aside.OTHER}

    @property
    def digest(self) -> str:
        """Of all that a classifier is told of it; canaries are told to nobody."""

        def told(one: LabelMeaning) -> Json:
            return [one.name, one.meaning, list(one.is_it), list(one.is_not)]

        return digest_json(
            {
                "version": self.version,
                "modes": [told(one) for one in self.modes],
                "asides": [told(one) for one in self.asides],
            }
        )
