"""Loads what comes next while a disk, git or a build is waited for: later, somebody would wait for it."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

_ASKED_WITH = {"http": "aiohttp"}
"""By the target's kind: what takes long to load."""
_TOLD_WITH = (
    "gate_action.comparison.decision",
    "gate_action.wiring.telling",
    "gate_action.wiring.github.publishing",
    "gate_action.report.rich_page",
)

_FIRST_CALLS_S = 0.05
"""Until then calls are sent, and few builds have answered."""


def load_for_asking(kind: str) -> None:
    """Fixtures are read, the run folder is written and checkouts are made meanwhile. Returns at once."""
    if kind in _ASKED_WITH:
        _begin(lambda: _load(_ASKED_WITH[kind]))


def load_for_telling() -> None:
    """Trials are waited for meanwhile. It begins once the first calls are sent, since two threads take turns."""
    asyncio.get_running_loop().call_later(_FIRST_CALLS_S, _begin, _load_for_telling)


def _begin(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="meanwhile").start()


def _load(module: str) -> None:
    with suppress(ImportError):  # whoever needs it says so
        import_module(module)


def _load_for_telling() -> None:
    for module in _TOLD_WITH:
        _load(module)
    from gate_action.report.html import prepare_html

    prepare_html()
