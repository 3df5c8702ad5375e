"""Made-up traffic of a support bot as the Collector's file exporter writes it: a request a line, 30 spans a request."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SPANS_A_LINE = 30
_WORDS = re.findall(
    r"\w+",
    """order refund invoice delivery return address change cancel account password card payment late broken parcel size
    colour warranty shipping track number please when where how long can I my the a to of for is it not and with
    customer policy within days receipt original packaging exchange credit store agent help today tomorrow""",
)
START_NS = 1_760_000_000_000_000_000


class Traffic:
    """The same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._corpus = " ".join(self._random.choice(_WORDS) for _ in range(200_000))
        self._now = START_NS

    def lines(self) -> Iterator[bytes]:
        waiting: list[dict[str, Any]] = []
        while True:
            while len(waiting) < SPANS_A_LINE:
                waiting += self._trace()
            batch, waiting = waiting[:SPANS_A_LINE], waiting[SPANS_A_LINE:]
            resource = {"attributes": [_text("service.name", "shop"), _text("service.version", "r7")]}
            scope = {"scope": {"name": "shop.bot", "version": "1"}, "spans": batch}
            yield json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}).encode() + b"\n"

    def _words(self, length: int) -> str:
        begin = self._random.randrange(len(self._corpus) - length)
        return self._corpus[begin : begin + length]

    def _trace(self) -> list[dict[str, Any]]:
        """An agent with its retrieval, a tool and one or two model calls; children end, and are written, first."""
        draw = self._random
        trace, root = f"{draw.getrandbits(128):032x}", f"{draw.getrandbits(64):016x}"
        self._now += 2_000_000_000
        question, answer = self._words(200), self._words(900)
        history = [_message(role, self._words(700)) for role in ("user", "assistant") * draw.randrange(6)]
        asked = json.dumps([_message("system", self._words(3_000)), *history, _message("user", question)])
        documents = json.dumps([{"id": str(n), "content": self._words(1_500)} for n in range(4)])
        model = [_text("gen_ai.operation.name", "chat"), _text("gen_ai.request.model", "gpt-4o-mini")]
        common = [_text("gen_ai.provider.name", "openai"), _number("gen_ai.usage.input_tokens", 1_800)]
        told = [
            [_text("gen_ai.operation.name", "retrieval"), _text("gen_ai.retrieval.documents", documents)],
            [
                _text("gen_ai.operation.name", "execute_tool"),
                _text("gen_ai.tool.name", "find_order"),
                _text("gen_ai.tool.call.arguments", json.dumps({"order": draw.randrange(10**9)})),
                _text("gen_ai.tool.call.result", json.dumps({"lines": self._words(2_000)})),
            ],
            [
                *model,
                *common,
                _number("gen_ai.usage.output_tokens", 210),
                _text("gen_ai.response.id", f"r-{trace[:12]}"),
                _text("gen_ai.input.messages", asked),
                _text("gen_ai.output.messages", json.dumps([_message("assistant", answer)])),
            ],
        ]
        spans = [self._span(trace, f"{draw.getrandbits(64):016x}", root, attributes) for attributes in told]
        about = [
            _text("gen_ai.operation.name", "invoke_agent"),
            _text("gen_ai.conversation.id", f"c{draw.randrange(10**6)}"),
            _text("user.id", f"u{draw.randrange(10**5)}"),
            _text("gate.slice.locale", draw.choice(("en", "de", "fr"))),
        ]
        return [*spans, self._span(trace, root, "", about)]

    def _span(self, trace: str, own: str, parent: str, attributes: list[dict[str, Any]]) -> dict[str, Any]:
        begin = self._now + self._random.randrange(10**9)
        return {
            "traceId": trace,
            "spanId": own,
            "parentSpanId": parent,
            "name": "step",
            "kind": 1,
            "startTimeUnixNano": str(begin if parent else self._now),
            "endTimeUnixNano": str(begin + 700_000_000),
            "attributes": attributes,
            "status": {},
        }


def _message(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": content}]}


def _text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _number(key: str, value: int) -> dict[str, Any]:
    return {"key": key, "value": {"intValue": str(value)}}


def write_traffic(path: Path, size: int, seed: int = 7) -> int:
    """Writes about ``size`` bytes, and returns how many spans they hold."""
    written = lines = 0
    with path.open("wb") as stream:
        for line in Traffic(seed).lines():
            written += stream.write(line)
            lines += 1
            if written >= size:
                return lines * SPANS_A_LINE
    raise AssertionError("traffic has no end")
