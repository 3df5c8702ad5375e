"""Loads what a run ends with while trials wait for their builds: afterwards, somebody would wait for it."""

import threading
from importlib import import_module

_AT_THE_END = (
    "gate_action.comparison.decision",
    "gate_action.wiring.telling",
    "gate_action.wiring.github.publishing",
    "gate_action.report.rich_page",
)


def load_meanwhile() -> None:
    """Returns at once."""
    threading.Thread(target=_load, name="renderers").start()


def _load() -> None:
    for module in _AT_THE_END:
        import_module(module)
    from gate_action.report.html import prepare_html

    prepare_html()
