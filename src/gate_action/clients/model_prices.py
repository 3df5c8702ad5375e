"""litellm's list of prices, read as the file that it is: importing litellm takes a second. Asks no network."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import msgspec

from gate_action.model.dataclass import dataclass
from gate_action.model.spending import Price

_log = logging.getLogger(__name__)

_LIST = "model_prices_and_context_window_backup.json"
_MILLION = 1_000_000


class _Listed(msgspec.Struct):
    input_cost_per_token: float | None = None
    output_cost_per_token: float | None = None


def load_prices() -> Mapping[str, Price]:
    """Model -> its list price. Empty where litellm (the extra ``llm``) is not installed, or has no such list."""
    found = find_spec("litellm")
    if found is None or found.origin is None:
        return {}
    path = Path(found.origin).parent / _LIST
    try:
        listed = msgspec.json.decode(path.read_bytes(), type=dict[str, _Listed], strict=False)
    except (OSError, msgspec.MsgspecError) as error:
        _log.warning("litellm's list of prices cannot be read: %s", error)
        return {}
    return {
        name: Price(
            usd_per_million_input_tokens=_MILLION * one.input_cost_per_token,
            usd_per_million_output_tokens=_MILLION * (one.output_cost_per_token or 0.0),
        )
        for name, one in listed.items()
        if one.input_cost_per_token is not None
    }


@dataclass(kw_only=True)
class PriceBook:
    """gate.yaml's prices, and behind them litellm's, which are read when the first model is not among those."""

    given: Mapping[str, Price] = field(default_factory=dict)
    load: Callable[[], Mapping[str, Price]] = load_prices

    def find(self, model: str) -> Price | None:
        """``model`` as litellm names it; prices stand under that, or under the name without the provider's."""
        names = (model, model.partition("/")[2])
        return self._find(self.given, names) or self._find(self._listed, names)

    @cached_property
    def _listed(self) -> Mapping[str, Price]:
        return self.load()

    @staticmethod
    def _find(prices: Mapping[str, Price], names: tuple[str, ...]) -> Price | None:
        return next((prices[name] for name in names if name in prices), None)
