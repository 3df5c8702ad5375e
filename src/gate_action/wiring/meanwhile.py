"""Loads what tells the report while builds that take their time are waited for: later, somebody would wait for it."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

_TOLD_WITH = (
    "gate_action.comparison.decision",
    "gate_action.wiring.telling",
    "gate_action.wiring.github.publishing",
    "gate_action.report.rich_page",
)
_SOON_S = 0.05
"""Time to send the first calls in."""


def _load() -> None:
    for module in _TOLD_WITH:
        with suppress(ImportError):  # whoever needs it says so
            import_module(module)
    from gate_action.report.html import prepare_html

    prepare_html()


def load_for_telling(has_answers: Callable[[], bool], load: Callable[[], None] = _load) -> None:
    """Begins soon, once the first calls are sent. Not where ``has_answers`` by then: two threads that both have work
    take turns, and lose more by it than they save. Returns at once.
    """

    def begin() -> None:
        if not has_answers():
            threading.Thread(target=load, name="meanwhile").start()

    asyncio.get_running_loop().call_later(_SOON_S, begin)
