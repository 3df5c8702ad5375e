"""What a ranked list is asked for with: settings, the team's overrides, what became of users, and the day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from gate_action.config.loop.priorities import Override, PrioritiesFile
from gate_action.config.loop.prioritize import PrioritizeShape
from gate_action.loop.prioritize.lifts import Outcome
from gate_action.loop.weighing import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Prioritizing:
    """What to rank, and by what."""

    settings: PrioritizeShape
    now: datetime
    """UTC without a zone."""
    overrides: PrioritiesFile = field(default_factory=PrioritiesFile)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """User key -> what became of the user. Empty: not told."""
    app: str = ""
    classifier: str = ""

    @property
    def window(self) -> Window:
        return Window(since=self.now - timedelta(days=self.settings.days), until=self.now, app=self.app)

    @property
    def today(self) -> date:
        return self.now.date()


class Subject(NamedTuple):
    """An item, by all that something may be said of it under."""

    item_id: str
    label: str
    override: Override | None
