"""A week of customers at the support bot: they ask, they look at the answer, and some say what they think of it.

A process of its own, since it runs one release of the bot: `demo_loop.py` starts it. The bot is instrumented with
gate_action_capture, like any application would be; the customers know what is right, and tire of saying so.
"""

import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support_bot.app import answer

from gate_action_capture import configure, model_call, record_feedback, shutdown

GREETINGS = ("", "Hi! ", "So, ", "Could you? ", "May I? ", "About this: ", "And now: ", "For us: ")
WRONG = ("That is not true.", "That is simply not true.", "Not true, that is.")
REFUSED = ("Why can't you answer this?", "It refuses a harmless question.", "Why won't you tell me?")
MISSED = ("Not what I asked.", "You misunderstood my question.")
WISH = "It would be nice if you could mend zips."
NEW, WISHES, GRUMPY, SILENT, PRAISES, CORRECTS = 0.1, 0.4, 0.02, 0.3, 0.15, 0.3
"""How likely a customer asks something new, wishes it were there, grumbles at anything, says nothing of a wrong answer,
praises a right one, and tells what would have been right.
"""

LOOKUPS = 3
"""How much likelier a look-up is asked than another question: spring comes, and tents are rented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What `demo_loop.py` asks for, as JSON on the command line."""

    file: str
    release: str
    customers: int
    seed: int
    questions: list[dict[str, Any]]
    """``question``, ``facts``, ``locale``, ``kind``."""
    new: list[str]
    """Questions that nobody asked before."""


def main(week: Week) -> int:
    chance = random.Random(week.seed)
    configure(file=week.file, service="support-bot", release=week.release)
    for number in range(week.customers):
        for visit in range(chance.choice((1, 1, 2))):
            ask(week, chance, user=f"customer-{number}", conversation=f"{week.seed}-{number}-{visit}")
    shutdown()
    return 0


def ask(week: Week, chance: random.Random, *, user: str, conversation: str) -> None:
    """One question, its answer, and perhaps a word on it."""
    is_new = bool(week.new) and chance.random() < NEW
    asked = {"question": chance.choice(week.new), "facts": [], "locale": "en", "kind": "new"}
    if not is_new:
        asked = chance.choices(week.questions, [LOOKUPS if one["kind"] == "lookup" else 1 for one in week.questions])[0]
    text = chance.choice(GREETINGS) + asked["question"]
    slices = {"locale": asked["locale"], "kind": asked["kind"]}
    with model_call(
        text, model="bm25", conversation_id=conversation, user_id=user, slices=slices, consent=True
    ) as call:
        reply = answer({"question": text, "locale": asked["locale"]})
        for tool in reply["tool_calls"]:
            call.tool(tool["name"], tool["arguments"])
        call.context(reply["context"])
        call.output(reply["output"]["answer"])
    comment = complaint(reply["output"], asked, chance)
    if comment:
        correction = "; ".join(asked["facts"]) if chance.random() < CORRECTS else ""
        record_feedback(
            trace_id=call.trace_id, name="thumb", value=0, comment=comment, correction=correction, user_id=user
        )
    elif chance.random() < PRAISES:
        record_feedback(trace_id=call.trace_id, name="thumb", value=1, user_id=user)


def complaint(output: dict[str, Any], asked: dict[str, Any], chance: random.Random) -> str:
    """What a customer writes under the answer; empty: nothing."""
    if asked["kind"] == "new":
        return WISH if chance.random() < WISHES else ""
    if chance.random() < GRUMPY:
        return chance.choice(MISSED)
    is_right = all(fact.lower() in output["answer"].lower() for fact in asked["facts"])
    if is_right or chance.random() < SILENT:
        return ""
    return chance.choice(REFUSED if output["refused"] else WRONG)


if __name__ == "__main__":
    sys.exit(main(Week(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
