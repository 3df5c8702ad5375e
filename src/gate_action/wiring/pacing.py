"""The doors of one run: of each build and of each judge's model, and which of them have one provider behind them."""

import random
from collections.abc import Callable, Mapping
from dataclasses import field
from urllib.parse import urlsplit

from gate_action.config.settings import TargetSettings
from gate_action.engine.pacing import Door, Minute, Provider
from gate_action.model.dataclass import dataclass
from gate_action.model.metric import Limits
from gate_action.model.trial import Arm


@dataclass(slots=True, kw_only=True)
class Doors:
    """Opens them: one a build, one a judge's model."""

    limits: Limits
    jitter: Callable[[], float] = field(default_factory=lambda: random.Random().random)  # noqa: S311  # a pause, no secret
    _providers: dict[str, Provider] = field(default_factory=dict)
    _judges: dict[str, Door] = field(default_factory=dict)

    def of_builds(self, target: TargetSettings) -> Mapping[Arm, Door]:
        """Slots of their own; what a minute allows, they share."""
        pace = self.limits.pace
        minute = Minute(pace)
        return {arm: self._open(pace.concurrency, minute, provider_of(target, arm)) for arm in Arm}

    def of_judge(self, model: str) -> Door:
        pace = self.limits.judge
        if model not in self._judges:
            self._judges[model] = self._open(pace.concurrency, Minute(pace), provider_of_model(model))
        return self._judges[model]

    def _open(self, slots: int, minute: Minute, provider: str) -> Door:
        return Door(slots, minute, self._providers.setdefault(provider, Provider()), self.jitter)


def provider_of(target: TargetSettings, arm: Arm) -> str:
    """Whom a build's 429 tells of: the model's provider where gate.yaml names it, or the host where it is deployed.

    Builds that the gate starts have the same keys, so the same providers.
    """
    url = target.options.get("url")
    if isinstance(url, Mapping):
        return urlsplit(str(url.get(str(arm)))).netloc
    model = target.options.get("model")
    return provider_of_model(model) if isinstance(model, str) else "target"


def provider_of_model(model: str) -> str:
    """``openai`` of ``openai/gpt-4o-mini``, as litellm names models."""
    return model.partition("/")[0]
