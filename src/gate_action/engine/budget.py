"""What a run may spend: claimed before each call, and counted after it."""

from dataclasses import dataclass

from gate_action.errors import NotEvaluatedError
from gate_action.model.metric import Budget
from gate_action.model.trial import Trial, Unmeasured, Usage


class BudgetSpentError(NotEvaluatedError):
    """The next call would go over the budget. What was measured is kept."""


@dataclass
class Purse:
    """Counts a run's calls and money against its Budget."""

    budget: Budget
    calls: int = 0
    cost_usd: float = 0.0

    def claim(self) -> None:
        """Before each call of a target or judge. Raises BudgetSpentError."""
        limit = self.budget
        if limit.max_calls is not None and self.calls >= limit.max_calls:
            raise BudgetSpentError(f"budget spent: {self.calls} of max_calls {limit.max_calls} calls were made")
        if limit.max_cost_usd is not None and self.cost_usd >= limit.max_cost_usd:
            raise BudgetSpentError(
                f"budget spent: {self.cost_usd:.4f} USD of max_cost_usd {limit.max_cost_usd} after {self.calls} calls"
            )
        self.calls += 1

    def spend(self, usage: Usage) -> None:
        """After each call. Raises BudgetSpentError for a call whose price is unknown while money is limited."""
        if not isinstance(usage.cost_usd, Unmeasured):
            self.cost_usd += usage.cost_usd
        elif usage.cost_usd is Unmeasured.UNPRICED and self.budget.max_cost_usd is not None:
            raise BudgetSpentError(
                "the price of a model call is not known, and budget.max_cost_usd is set",
                hint="price the model, or limit max_calls instead",
            )

    def resume(self, trial: Trial) -> None:
        """Counts what an interrupted run has spent on a trial. No bound is looked at: it is spent."""
        self.calls += trial.tries
        if not isinstance(trial.usage.cost_usd, Unmeasured):
            self.cost_usd += trial.usage.cost_usd
