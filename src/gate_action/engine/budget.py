"""What a run may spend: claimed before each call, priced and counted after it."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import NamedTuple

from gate_action.errors import NotEvaluatedError
from gate_action.model.dataclass import dataclass
from gate_action.model.metric import Budget
from gate_action.model.spending import Price, SpentBefore
from gate_action.model.trial import Trial, Unmeasured, Usage

TARGET = "target"
"""What trials are priced as in gate.yaml's ``prices``; a judge's calls are priced as their model."""
_SECONDS_A_MINUTE = 60.0
_UNKNOWN_USD = 1e-6
"""What a first call is taken to cost at least: where nothing is left, nothing is begun."""


class Payer(NamedTuple):
    """Whose calls cost alike: a build's, or a judge model's."""

    priced_as: str
    arm: str = ""


class BudgetSpentError(NotEvaluatedError):
    """The next call would go over the budget, or its price is not known. What was measured is kept."""


@dataclass(slots=True, eq=False)
class Claim:
    """Of one call that is being made."""

    payer: Payer
    cost_usd: float


@dataclass(slots=True)
class _Told:
    """What calls of one payer have cost, where that was told."""

    calls: int = 0
    cost_usd: float = 0.0


@dataclass(kw_only=True)
class Purse:
    """Counts a run's calls, money and minutes against its Budget.

    A call claims what the payer's calls have cost in the mean. Where money is bounded the first call of a payer is made
    alone, so that this is known: calls in flight can go over a bound by what they cost more than the mean, and no more.
    """

    budget: Budget
    prices: Mapping[str, Price] = field(default_factory=dict)
    before: SpentBefore = field(default_factory=SpentBefore)
    """What other runs have spent."""
    now: Callable[[], float] = time.monotonic
    """Seconds; the event loop's clock."""
    calls: int = 0
    cost_usd: float = 0.0
    untold: set[Payer] = field(default_factory=set)
    """Payers of which nothing told what an answered call cost: their calls are not among ``cost_usd``."""
    _began_at: float = field(init=False)
    _told: dict[Payer, _Told] = field(default_factory=dict)
    _open: list[Claim] = field(default_factory=list)
    _refusal: BudgetSpentError | None = None
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began_at = self.now()

    async def claim(self, payer: Payer) -> Claim:
        """Before each call. Waits while a call in flight may leave enough. Raises BudgetSpentError."""
        while True:
            self._check_count_and_time()
            if not self.budget.bounds_money:
                break
            expected = self._expected(payer)
            reserved = sum(claim.cost_usd for claim in self._open)
            if self._is_over(expected):
                raise self._over(expected)
            is_known = payer in self._told or payer in self.untold
            is_second = not is_known and any(claim.payer == payer for claim in self._open)
            if not is_second and not self._is_over(expected + reserved):
                break
            await self._wait_for_one()
        claim = Claim(payer, self._expected(payer))
        self._open.append(claim)
        self.calls += 1
        return claim

    def settle(self, claim: Claim, usage: Usage) -> Usage:
        """After each call that was answered: its usage, priced. After one that nobody can price no other is begun."""
        self._close(claim)
        price = self.prices.get(claim.payer.priced_as)
        if price is not None:
            usage = replace(usage, cost_usd=price.of(usage))
        if isinstance(usage.cost_usd, Unmeasured):
            self._note_untold(claim.payer, usage)
        else:
            self._note_cost(claim.payer, usage.cost_usd)
        return usage

    def write_off(self, claim: Claim, usage: Usage, *, is_lost: bool) -> None:
        """After each call that was not answered. ``is_lost``: it was made perhaps, so it is counted as claimed."""
        self._close(claim)
        if not isinstance(usage.cost_usd, Unmeasured):
            self._note_cost(claim.payer, usage.cost_usd)
        elif is_lost:
            self.cost_usd += claim.cost_usd

    def resume(self, trial: Trial) -> None:
        """Counts what an interrupted run has spent on a trial. No bound is looked at: it is spent."""
        self.calls += trial.tries
        if not isinstance(trial.usage.cost_usd, Unmeasured):
            self._note_cost(Payer(TARGET, trial.key.arm), trial.usage.cost_usd)

    def _check_count_and_time(self) -> None:
        limit = self.budget
        if self._refusal is not None:
            raise self._refusal
        if limit.max_calls is not None and self.calls >= limit.max_calls:
            raise BudgetSpentError(f"budget spent: {self.calls} of max_calls {limit.max_calls} calls were made")
        if limit.max_minutes is not None and self.now() - self._began_at >= limit.max_minutes * _SECONDS_A_MINUTE:
            raise BudgetSpentError(f"budget spent: max_minutes {limit.max_minutes:g} are over after {self.calls} calls")

    def _close(self, claim: Claim) -> None:
        self._open.remove(claim)
        woken, self._waiting = self._waiting, []
        for settled in woken:
            if not settled.done():
                settled.set_result(None)

    def _note_cost(self, payer: Payer, cost_usd: float) -> None:
        told = self._told.setdefault(payer, _Told())
        told.calls += 1
        told.cost_usd += cost_usd
        self.cost_usd += cost_usd

    def _expected(self, payer: Payer) -> float:
        told = self._told.get(payer)
        return told.cost_usd / told.calls if told else 0.0 if payer in self.untold else _UNKNOWN_USD

    def _bounds(self) -> Iterator[tuple[str, float, float]]:
        """Name in gate.yaml, what it allows, and what other runs have had of it."""
        limit = self.budget
        for name, most, before in (
            ("max_cost_usd", limit.max_cost_usd, 0.0),
            ("max_cost_usd_per_pr", limit.max_cost_usd_per_pr, self.before.pull_request_usd),
            ("max_cost_usd_per_month", limit.max_cost_usd_per_month, self.before.month_usd),
        ):
            if most is not None:
                yield name, most, before

    def _is_over(self, more_usd: float) -> bool:
        return any(_is_more(before + self.cost_usd + more_usd, most) for _, most, before in self._bounds())

    def _over(self, more_usd: float) -> BudgetSpentError:
        name, most, before = next(
            bound for bound in self._bounds() if _is_more(bound[2] + self.cost_usd + more_usd, bound[1])
        )
        earlier = f", {before:.4f} of them by earlier runs," if before else ""
        return BudgetSpentError(
            f"budget spent: {before + self.cost_usd:.4f} USD of {name} {most:g}{earlier} after {self.calls} calls"
            + (f"; the next would cost about {more_usd:.4f}" if more_usd > _UNKNOWN_USD else "")
        )

    def _note_untold(self, payer: Payer, usage: Usage) -> None:
        """Tokens without a price are a model that nobody priced; nothing told at all may be a build that calls none."""
        tells_tokens = not isinstance(usage.input_tokens, Unmeasured) or not isinstance(usage.output_tokens, Unmeasured)
        if self.budget.bounds_money and (usage.cost_usd is Unmeasured.UNPRICED or tells_tokens):
            self._refusal = BudgetSpentError(
                f"the price of a call of {payer.priced_as} is not known, and budget bounds money",
                hint=f"write it under prices: in gate.yaml, as {payer.priced_as}; or bound max_calls instead",
            )
        self.untold.add(payer)

    async def _wait_for_one(self) -> None:
        settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(settled)
        await settled


def _is_more(cost_usd: float, most_usd: float) -> bool:
    """Sums of cents are not exact."""
    return cost_usd > most_usd * (1 + 1e-9)
