"""A failing turn as the store tells it, and what candidates are made with."""

from datetime import datetime
from typing import Any

from gate_action.loop.promote.proposing import Bench
from gate_action.loop.scrub.scrubber import Scrubber
from gate_action.model.promotion import CorrectionSource, Failure, PromotionRules

AT = datetime(2026, 11, 2, 9, 30)  # noqa: DTZ001  # the tables' times are UTC, without a zone


def failure(number: int = 1, **told: Any) -> Failure:
    texts: dict[str, Any] = {
        "trace_id": f"{number:032x}",
        "conversation_id": "",
        "user_key": f"u{number}",
        "release": "1.4.0",
        "consent": "yes",
        "input": QUESTIONS[number % len(QUESTIONS)],
        "messages": "",
        "output": "Yes, send the cheque with your order.",
        "context": '["We take cards and transfers."]',
        "tool_calls": "",
        "comment": "",
        "correction": "",
        "correction_source": CorrectionSource.NONE,
        "cluster_id": "hallucination-payment",
        "cluster_title": "Ways to pay that do not exist",
        "mode": "hallucination",
        "quote": "send the cheque",
        "sentence": "It invented a way to pay.",
        "classifier_digest": "sha256:c",
        "cycle_id": "2026-W45",
        "slices": (("locale", "en"),),
    }
    return Failure(turn_id=f"t{number}", at=AT, complained_at=AT, **{**texts, **told})


QUESTIONS = (
    "Can I pay by cheque?",
    "Do you take American coins at the shop in Hamburg?",
    "Is there a discount when somebody pays in advance for a whole year?",
    "My company wants an invoice with a purchase number on it, who does that?",
    "What happens to the deposit if the tent comes back wet and dirty?",
)


def bench(**told: Any) -> Bench:
    rules = told.pop("rules", PromotionRules(licence="internal", expires="2027-11-02"))
    return Bench(scrubber=Scrubber(), rules=rules, sign=lambda text: f"hmac:{text[-4:]}", **told)
