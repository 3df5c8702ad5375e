"""Loads what the report is drawn with while trials wait for their builds: afterwards, somebody would wait for it."""

import threading
from importlib import import_module

from gate_action.report.html import prepare_html


def load_meanwhile() -> None:
    """Returns at once."""
    threading.Thread(target=_load, name="renderers").start()


def _load() -> None:
    import_module("gate_action.report.rich_page")
    prepare_html()
