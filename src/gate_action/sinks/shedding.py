"""Sends a page in the longest form that GitHub takes."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from gate_action.clients.github.client import TooLongError
from gate_action.report.budget import PageBudget

T = TypeVar("T")
_SHARES = (1.0, 0.5, 0.15)
"""Of the budget, tried in turn: what GitHub counts is not quite what its documentation says."""


def send_shedding(budget: PageBudget, render: Callable[[PageBudget], str], send: Callable[[str], T]) -> T:
    """What ``send`` returns for the first page that is not refused as too long. Raises GithubError."""
    refused: TooLongError | None = None
    for share in _SHARES:
        smaller = replace(budget, characters=int(budget.characters * share), bytes=int(budget.bytes * share))
        try:
            return send(render(smaller))
        except TooLongError as error:
            refused = error
    assert refused is not None  # noqa: S101  # the loop ran, and only a refusal goes on
    raise refused
