"""A run's purse: its bounds, its prices, what earlier runs have spent, and where its own spending is written down."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field, replace
from datetime import UTC

from gate_action.config.settings import Config
from gate_action.engine.budget import TARGET, Purse
from gate_action.engine.shards import share_budget, share_spent
from gate_action.errors import ConfigError, StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.protocols import BaselineStore, SpendingLedger
from gate_action.model.spending import Price, Spending, SpentBefore
from gate_action.model.trial import Unmeasured
from gate_action.wiring.history import Forecast
from gate_action.wiring.places import RunPlace

TOLD_EVERY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The purse of one run, and the ledger that it goes into."""

    purse: Purse
    run: Spending
    ledger: SpendingLedger | None
    telling: "asyncio.Task[None] | None" = None
    """Writes down what was spent so far, now and then."""
    _writing: threading.Lock = field(default_factory=threading.Lock)

    async def keep_telling(self, every_s: float = TOLD_EVERY_S) -> None:
        """Until it is cancelled: a run that is killed has paid all the same. A store that fails is told at the end."""
        told = 0
        while True:
            await asyncio.sleep(every_s)
            if self.purse.calls != told:
                told = self.purse.calls
                with suppress(StoreError):
                    await asyncio.to_thread(self.write_down)

    def close(self, warn: Callable[[str], None], announce: Callable[[str], None], foretold: Forecast | None) -> None:
        """At the run's end, however it ends: into the ledger, and the error of the forecast to those who wait."""
        if self.telling is not None:
            self.telling.cancel()
        try:
            self.write_down()
        except StoreError as error:
            warn(f"what this run spent is not in the ledger: {error}")
        blind = sorted({payer.arm or payer.priced_as for payer in self.purse.untold})
        if blind and self.purse.budget.bounds_money:
            warn(f"budget bounds money, and nothing told what calls of {', '.join(blind)} cost: they are not counted")
        if foretold is not None:
            announce(say_outcome(self.purse, foretold))

    def write_down(self) -> None:
        """What the run has spent so far. Raises StoreError."""
        if self.ledger is None or not self.purse.calls:
            return
        with self._writing:
            spent = Spending(
                run_id=self.run.run_id,
                gate_id=self.run.gate_id,
                month=self.run.month,
                pull_request=self.run.pull_request,
                calls=self.purse.calls,
                cost_usd=self.purse.cost_usd,
            )
            self.ledger.add_spending(spent)


def open_account(config: Config, store: BaselineStore | None, run: Spending, part: float | None = None) -> Account:
    """``part``: of the suite that this machine measures as one of several; the merge writes down what all have spent.

    Raises ConfigError: a bound over several runs, and no store that keeps what they spent; StoreError.
    """
    ledger, before = None, SpentBefore()
    if config.budget.over_runs != (None, None):  # else nobody asks, and a job that may only read need not write
        ledger = open_ledger(store)
        if ledger is None:
            name = "max_cost_usd_per_pr" if config.budget.over_runs[0] is not None else "max_cost_usd_per_month"
            problem = config.problem(("budget", name), "no baseline store keeps what earlier runs have spent")
            raise ConfigError(
                "the budget of several runs cannot be kept",
                problems=(problem,),
                hint="name a store under baselines:, or bound each run with max_cost_usd",
            )
        before = ledger.spent_before(run)
    now = asyncio.get_running_loop().time
    if part is None:
        purse = Purse(budget=config.budget, prices=prices_of(config), before=before, now=now)
        account = Account(purse=purse, run=run, ledger=ledger)
        return replace(account, telling=asyncio.create_task(account.keep_telling())) if ledger else account
    budget, before = share_budget(config.budget, part), share_spent(before, part)
    return Account(purse=Purse(budget=budget, prices=prices_of(config), before=before, now=now), run=run, ledger=None)


def open_ledger(store: object) -> SpendingLedger | None:
    """None: this store keeps runs only."""
    return store if isinstance(store, SpendingLedger) else None


def prices_of(config: Config) -> Mapping[str, Price]:
    """gate.yaml's; trials of a prompt are calls of its model."""
    model: object = config.target.options.get("model")
    if TARGET not in config.prices and isinstance(model, str) and model in config.prices:
        return {**config.prices, TARGET: config.prices[model]}
    return config.prices


def spending_of(place: RunPlace, config: Config, environ: Mapping[str, str]) -> Spending:
    """Nothing yet: whose it will be. The pull request is asked for where a bound over several runs keeps a ledger."""
    return Spending(
        run_id=place.run_id,
        gate_id=config.gate_id,
        month=f"{place.started_at.astimezone(UTC):%Y-%m}",
        pull_request=pull_request_of(environ) if config.budget.over_runs != (None, None) else 0,
    )


def pull_request_of(environ: Mapping[str, str]) -> int:
    """Its number, on a runner; 0: none."""
    from gate_action.clients.github.workflow import load_event  # few budgets are a pull request's
    from gate_action.sinks.destination import destination

    try:
        return destination(load_event(environ)).pull_request
    except ConfigError:  # told where the report is published
        return 0


def say_outcome(purse: Purse, foretold: Forecast) -> str:
    """The error of the forecast, in one line."""
    made = f"forecast: {purse.calls} calls were made of at most {foretold.calls}"
    if foretold.unit != "calls":
        made = f"forecast: {purse.calls} calls were made in at most {foretold.calls} {foretold.unit}"
    if isinstance(foretold.cost_usd, Unmeasured):
        told = f"{purse.cost_usd:.2f} USD were told" if purse.cost_usd else "and none was told"
        return f"{made}; no cost was forecast, {told}"
    error = f" ({purse.cost_usd / foretold.cost_usd - 1:+.0%})" if foretold.cost_usd else ""
    return f"{made}, for {purse.cost_usd:.2f} USD of {foretold.cost_usd:.2f}{error}"
