"""What a model may answer a classifier, and a model that answers by a function of the record."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gate_action.loop.classify.rubric import load_default, read_rubric
from gate_action.model.fixture import Json, JsonObject
from gate_action.model.protocols import Completion, ProviderError
from gate_action.model.rubric import Rubric

RUBRIC: Rubric = read_rubric(load_default(), "rubric.yaml")
CANARY_TEXTS = {str(canary.record["input"]): min(canary.labels) for canary in RUBRIC.canaries}


def answer(label: str, *, sentence: str = "It went wrong.", name: str = "", **quotes: str) -> dict[str, Any]:
    """Each mode with a quote is present."""
    modes = {mode: {"present": mode in quotes, "quote": quotes.get(mode, "")} for mode in RUBRIC.mode_names}
    return {"modes": modes, "sentence": sentence, "proposed_name": name, "label": label}


def honest(record: JsonObject) -> dict[str, Any]:
    """Knows the canaries; of all else it says ``missed_intent``, with the whole input as its quote."""
    text = str(record["input"])
    label = CANARY_TEXTS.get(text, "missed_intent")
    return answer(label, **({label: text} if label in RUBRIC.mode_names else {}))


@dataclass(slots=True, kw_only=True)
class RecordModel:
    """A Complete. ``records`` are those that it was asked about, canaries apart."""

    says: Callable[[JsonObject], Json | ProviderError]
    records: list[JsonObject] = field(default_factory=list)
    canaries: list[str] = field(default_factory=list)
    messages: list[Sequence[Mapping[str, str]]] = field(default_factory=list)

    async def __call__(
        self, messages: Sequence[Mapping[str, str]], *, model: str, schema: JsonObject | None = None
    ) -> Completion:
        assert schema is not None
        record = json.loads(messages[-1]["content"])
        self.messages.append(messages)
        if record["input"] in CANARY_TEXTS:
            self.canaries.append(record["input"])
        else:
            self.records.append(record)
        said = self.says(record)
        if isinstance(said, ProviderError):
            raise said
        return Completion(text=said if isinstance(said, str) else json.dumps(said))
