"""Keepers at a moment that the test sets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gate_action.clients.stores.homes import Home
from gate_action.clients.stores.sealing import Seal
from gate_action.loop.state.keeping import Keeper

Town = Callable[[], Home]
"""Opens the same home for one more job."""
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass
class Job:
    """One job's way to the home, and what it told."""

    home: Home
    by: str = "us"
    at: datetime = NOON
    secret: str = "correct horse battery"
    told: list[str] = field(default_factory=list)

    @property
    def keeper(self) -> Keeper:
        return Keeper(
            home=self.home,
            seal=Seal(self.secret, cost=2),
            by=self.by,
            lease=timedelta(hours=1),
            now=lambda: self.at,
            warn=self.told.append,
        )

    def write(self, content: bytes) -> None:
        with self.keeper.writing() as path:
            path.write_bytes(content)

    def read(self) -> bytes | None:
        with self.keeper.reading() as path:
            return path.read_bytes() if path.exists() else None
