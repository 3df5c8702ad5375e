"""Pairs things off: each of one side with a different one of the other."""

from collections.abc import Callable, Sequence
from typing import TypeVar

L = TypeVar("L")
R = TypeVar("R")


def match_all(lefts: Sequence[L], rights: Sequence[R], fits: Callable[[L, R], bool]) -> L | None:
    """None if every left can have a right of its own, else the first left for which none is to be had.

    Augmenting paths, breadth first (Kuhn 1955; Berge 1957): taking the first that fits would leave some out wrongly
    where one right fits several lefts.
    """
    owner: dict[int, int] = {}
    for start in range(len(lefts)):
        came_from: dict[int, int] = {}
        free: int | None = None
        waiting = [start]
        while waiting and free is None:
            left = waiting.pop(0)
            for right in range(len(rights)):
                if right not in came_from and fits(lefts[left], rights[right]):
                    came_from[right] = left
                    if right not in owner:
                        free = right
                        break
                    waiting.append(owner[right])
        if free is None:
            return lefts[start]
        _reassign(owner, came_from, free, start)
    return None


def _reassign(owner: dict[int, int], came_from: dict[int, int], free: int, start: int) -> None:
    """Walks back from the free right: each left on the way lets go of its old right and takes the new one."""
    held = {left: right for right, left in owner.items()}
    right = free
    while True:
        left = came_from[right]
        owner[right] = left
        if left == start:
            return
        right = held[left]
