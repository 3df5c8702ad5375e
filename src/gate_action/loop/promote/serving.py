"""The review's page on this machine's own address."""

from collections.abc import Callable
from functools import partial
from typing import Any

from gate_action.loop import serving
from gate_action.loop.attention import Stopwatch
from gate_action.loop.promote.page import render
from gate_action.loop.promote.session import Session
from gate_action.model.promotion import Proposal, Review


def review_in_browser(
    proposal: Proposal, reviewer: str, tell: Callable[[str], Any], stopwatch: Stopwatch
) -> tuple[Review, ...]:
    """Serves until the person finishes; ``tell`` is given the address to open. Ctrl-C ends it, and nothing counts."""
    session = Session(proposal, reviewer, stopwatch)
    with open_server(session) as server:
        tell(f"review {len(proposal.candidates)} candidates at {server.address} (Ctrl-C leaves without writing)")
        while not session.is_finished:
            server.handle_request()
    return tuple(session.reviews)


def open_server(session: Session) -> serving.PageServer:
    return serving.open_server(session, partial(render, session))
