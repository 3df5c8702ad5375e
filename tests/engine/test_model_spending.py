"""What a build spent at its model providers, whatever it tells of itself."""

import pytest

from gate_action.engine.model_spending import at_least, sum_uses
from gate_action.model.spending import ModelUse, Price
from gate_action.model.trial import Unmeasured, Usage

PRICES = {"openai/tiny": Price(usd_per_million_input_tokens=1.0, usd_per_million_output_tokens=4.0)}
TINY = ModelUse(model="openai/tiny", usage=Usage(input_tokens=1_000_000, output_tokens=500_000))


def test_the_calls_of_a_try_are_summed_each_at_its_models_price():
    seen = sum_uses([TINY, TINY], PRICES.get)
    assert (seen.input_tokens, seen.output_tokens, seen.cost_usd) == (2_000_000, 1_000_000, 6.0)


def test_where_all_was_replayed_nothing_was_spent():
    seen = sum_uses([], PRICES.get)
    assert (seen.input_tokens, seen.output_tokens, seen.cost_usd) == (0, 0, 0.0)


@pytest.mark.parametrize(
    ("use", "cost"),
    [
        (ModelUse(model="openai/tiny", usage=Usage()), Unmeasured.UNPRICED),
        (ModelUse(model="own/model", usage=Usage(input_tokens=1, output_tokens=1)), Unmeasured.UNPRICED),
        (ModelUse(model="", usage=Usage()), Unmeasured.NOT_REPORTED),
    ],
)
def test_one_call_that_nobody_can_price_leaves_the_sum_without_a_value(use: ModelUse, cost: Unmeasured):
    assert sum_uses([TINY, use], PRICES.get).cost_usd is cost


def test_a_build_that_tells_less_than_was_seen_is_not_believed():
    seen = Usage(input_tokens=10, output_tokens=20, cost_usd=0.5)
    assert at_least(Usage(latency_s=1.0), seen) == Usage(latency_s=1.0, input_tokens=10, output_tokens=20, cost_usd=0.5)
    assert at_least(Usage(input_tokens=0, output_tokens=0, cost_usd=0.0), seen) == seen
    more = Usage(input_tokens=11, output_tokens=21, cost_usd=0.6)  # it asks others too
    assert at_least(more, seen) == more
    assert at_least(more, Usage(cost_usd=Unmeasured.UNPRICED)) == more
