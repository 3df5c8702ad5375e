"""Tells blocking work of a task that its run was told to stop. Knows no signal."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_STOP: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


@contextmanager
def stopped_by(event: threading.Event) -> Iterator[None]:
    """Inside, in this task and in what it starts, ``is_stopped`` is whether ``event`` is set."""
    token = _STOP.set(event)
    try:
        yield
    finally:
        _STOP.reset(token)


def is_stopped() -> bool:
    event = _STOP.get()
    return event is not None and event.is_set()
