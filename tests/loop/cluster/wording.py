"""Ways in which people say one thing."""

import random

RETURNS = (
    "It said returns are possible for {} days though the page says 14",
    "return window is {} days, not what the policy says",
    "wrong return period, it says {} days instead of fourteen",
    "The return deadline it gave was {} days, which is wrong",
)
JSON = (
    "broken json in the answer, {} parser fails",
    "not valid json output, {} missing a bracket",
    "the JSON is malformed, parser fails at {}",
    "json output invalid again, {}",
)
ORDERS = (
    "It cancelled order {} instead of mine",
    "the wrong order {} was cancelled",
    "cancelled the wrong order, {}",
)
ALONE = (
    "voice was rude to me",
    "slow today",
    "the map pointed at a lake",
    "my dog ate the box",
    "asked for tea got coffee",
    "why purple",
    "translation into klingon failed",
    "login page loops forever",
    "price of eggs unknown",
    "shipping to mars refused",
    "font is ugly",
)


def say(ways: tuple[str, ...], count: int, seed: int = 1) -> list[str]:
    chooser = random.Random(seed)
    return [chooser.choice(ways).format(chooser.choice(["7", "60", "today", "please", "30"])) for _ in range(count)]
