"""Earlier runs in an object store that speaks S3. How long objects stay is the bucket's own rule."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from gate_action.baselines._runs import find_runs, save_run
from gate_action.baselines._spending import add_spending, spent_before
from gate_action.clients.stores.object_shelf import ObjectShelf
from gate_action.clients.stores.objects import Place
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline, Revision
from gate_action.model.spending import Spending, SpentBefore


@dataclass(frozen=True, kw_only=True)
class Objects:
    """``<url>/<sha>/<digest>.json``. Keys that a pull request's job holds should only read, where that is enough."""

    url: str
    """``s3://bucket/prefix`` or ``file:///folder``."""
    endpoint: str = ""
    """Of a service that speaks S3; empty: the region's own."""
    region: str = ""
    key: str = field(default="", repr=False, metadata={"secret": True})
    secret: str = field(default="", repr=False, metadata={"secret": True})

    def __post_init__(self) -> None:
        self._place.check()

    @cached_property
    def shelf(self) -> ObjectShelf:
        return ObjectShelf(self._place)

    @property
    def _place(self) -> Place:
        return Place(url=self.url, endpoint=self.endpoint, region=self.region, key=self.key, secret=self.secret)

    def find(self, commits: Sequence[Revision], fingerprint: Fingerprint) -> Baseline | NoBaseline:
        return find_runs(self.shelf, commits, fingerprint)

    def save(self, run: EvalRun) -> None:
        save_run(self.shelf, run)

    def spent_before(self, run: Spending) -> SpentBefore:
        return spent_before(self.shelf, run)

    def add_spending(self, run: Spending) -> None:
        add_spending(self.shelf, run)
