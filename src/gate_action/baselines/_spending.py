"""What runs have spent, on a shelf: a file a telling, whose name says it all. Knows no budget."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from gate_action.errors import StoreError
from gate_action.model.protocols import Shelf
from gate_action.model.spending import Spending, SpentBefore

_NAME = re.compile(
    r"spending/[^/]+/(?P<month>\d{4}-\d\d)/(?P<pull>\d+)/(?P<run>[^/]+)\.(?P<calls>\d+)\.(?P<micro>\d+)\.json"
)
_MILLION = 1_000_000


class _Told(NamedTuple):
    run_id: str
    month: str
    pull_request: int
    calls: int
    cost_usd: float


def add_spending(shelf: Shelf, run: Spending) -> None:
    """Another telling of the same run goes beside the first: files are never changed. Raises StoreError."""
    micro = round(run.cost_usd * _MILLION)
    name = f"{_folder(run)}/{run.month}/{run.pull_request}/{run.run_id}.{run.calls}.{micro}.json"
    shelf.add({name: msgspec.json.encode(run) + b"\n"})


def spent_before(shelf: Shelf, run: Spending) -> SpentBefore:
    """By the names alone. Of the tellings of one run the one with most calls counts. Raises StoreError."""
    latest: dict[str, _Told] = {}
    for told in _tellings(shelf, run):
        known = latest.get(told.run_id)
        if told.run_id != run.run_id and (known is None or (told.calls, told.cost_usd) > (known.calls, known.cost_usd)):
            latest[told.run_id] = told
    others = latest.values()
    own = [told.cost_usd for told in others if run.pull_request and told.pull_request == run.pull_request]
    return SpentBefore(
        pull_request_usd=sum(own), month_usd=sum(told.cost_usd for told in others if told.month == run.month)
    )


def _tellings(shelf: Shelf, run: Spending) -> Iterator[_Told]:
    for name in shelf.names(_folder(run)):
        found = _NAME.fullmatch(name)
        if found is None:
            raise StoreError(f"{shelf.place(name)} is not what a run has spent", hint="delete the file")
        cost = int(found["micro"]) / _MILLION
        yield _Told(found["run"], found["month"], int(found["pull"]), int(found["calls"]), cost)


def _folder(run: Spending) -> str:
    return f"spending/{run.gate_id}"
