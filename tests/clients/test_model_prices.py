"""Prices of models: gate.yaml's first, then litellm's list."""

import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec

import pytest

from gate_action.clients.model_prices import PriceBook
from gate_action.model.spending import Price

GIVEN, LISTED = Price(usd_per_call=1.0), Price(usd_per_call=2.0)


def listed() -> Mapping[str, Price]:
    return {"tiny": LISTED, "openai/other": LISTED}


@pytest.mark.parametrize(
    ("given", "model", "price"),
    [
        ({"openai/tiny": GIVEN}, "openai/tiny", GIVEN),
        ({"tiny": GIVEN}, "openai/tiny", GIVEN),
        ({}, "openai/tiny", LISTED),
        ({}, "openai/other", LISTED),
        ({"target": GIVEN}, "openai/unheard-of", None),
        ({}, "", None),
    ],
)
def test_a_price_is_found_with_the_providers_name_and_without(
    given: Mapping[str, Price], model: str, price: Price | None
):
    assert PriceBook(given=given, load=listed).find(model) is price


def test_the_list_is_not_read_where_gate_yaml_prices_all():
    def never() -> Mapping[str, Price]:
        raise AssertionError("the list was read")

    assert PriceBook(given={"tiny": GIVEN}, load=never).find("openai/tiny") is GIVEN


@pytest.mark.skipif(find_spec("litellm") is None, reason="the extra llm is not installed")
def test_litellms_list_is_read_without_litellm():
    code = (
        "import sys; from gate_action.clients.model_prices import PriceBook; book = PriceBook(); "
        "found = [book.find(name) for name in ('openai/gpt-4o-mini', 'gemini/gemini-2.5-flash', 'openai/no-such')]; "
        "print('litellm' in sys.modules, *[bool(one and one.usd_per_million_input_tokens > 0) for one in found])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "True", "False"]
