"""What differs between two texts, by line and by word. Bounded: hostile texts cost no more than long ones."""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from gate_action.model.dataclass import dataclass

_WORD: Final = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_EDITS: Final = 160
"""Beyond this many edits two texts count as wholly different; the search takes at most its square in steps."""


_LEAST_SHARED: Final = 0.2
"""Of the longer text's length; below this every mark is noise."""


class Segment(NamedTuple):
    """A stretch of one text, and whether the other text lacks it."""

    text: str
    is_changed: bool


class DiffLine(NamedTuple):
    """``-`` is base's alone, ``+`` head's alone, a space stands in both."""

    sign: Literal["-", "+", " "]
    text: str


_LEFT_OUT: Final = DiffLine(" ", "…")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordDifference:
    base: tuple[Segment, ...]
    head: tuple[Segment, ...]


def diff_words(base: str, head: str) -> WordDifference:
    """Each text as stretches that join up to it again. Texts that share next to nothing are not marked at all."""
    ours, theirs = _WORD.findall(base), _WORD.findall(head)
    kept = _common(ours, theirs)
    shared = sum(len(ours[pair.base].strip()) for pair in kept)
    if shared < _LEAST_SHARED * max(len(base), len(head)):
        return unmarked(base, head)
    return WordDifference(
        base=_segments(ours, {pair.base for pair in kept}),
        head=_segments(theirs, {pair.head for pair in kept}),
    )


def unmarked(base: str, head: str) -> WordDifference:
    """Both texts as they are, for where marks would say nothing."""
    return WordDifference(base=(Segment(base, is_changed=False),), head=(Segment(head, is_changed=False),))


def diff_lines(base: str, head: str) -> tuple[DiffLine, ...]:
    """Lines in reading order; within a change base's come first."""
    ours, theirs = base.split("\n"), head.split("\n")
    lines: list[DiffLine] = []
    at_base = at_head = 0
    for pair in [*_common(ours, theirs), _Pair(len(ours), len(theirs))]:
        lines += [DiffLine("-", line) for line in ours[at_base : pair.base]]
        lines += [DiffLine("+", line) for line in theirs[at_head : pair.head]]
        if pair.base < len(ours):
            lines.append(DiffLine(" ", ours[pair.base]))
        at_base, at_head = pair.base + 1, pair.head + 1
    return tuple(lines)


def with_context(lines: Sequence[DiffLine], around: int) -> tuple[DiffLine, ...]:
    """The changed lines with ``around`` common lines on either side; an ellipsis stands for a stretch left out."""
    changed = [at for at, line in enumerate(lines) if line.sign != " "]
    kept = {near for at in changed for near in range(at - around, at + around + 1)}
    shown: list[DiffLine] = []
    for at, line in enumerate(lines):
        if at in kept:
            shown.append(line)
        elif not shown or shown[-1] != _LEFT_OUT:
            shown.append(_LEFT_OUT)
    return tuple(shown)


class _Pair(NamedTuple):
    """Positions of one item that both sequences hold."""

    base: int
    head: int


def _common(base: Sequence[str], head: Sequence[str]) -> list[_Pair]:
    """A longest common subsequence, in order; ends that agree are taken first, as they usually do."""
    most = min(len(base), len(head))
    start = 0
    while start < most and base[start] == head[start]:
        start += 1
    end = 0
    while end < most - start and base[-1 - end] == head[-1 - end]:
        end += 1
    middle = _shortest_edit(base[start : len(base) - end], head[start : len(head) - end])
    return [
        *(_Pair(at, at) for at in range(start)),
        *(_Pair(pair.base + start, pair.head + start) for pair in middle),
        *(_Pair(len(base) - at, len(head) - at) for at in range(end, 0, -1)),
    ]


def _shortest_edit(base: Sequence[str], head: Sequence[str]) -> list[_Pair]:
    """The greedy algorithm of E. W. Myers, "An O(ND) difference algorithm and its variations", 1986. Gives up early."""
    if not base or not head:
        return []
    furthest = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(min(len(base) + len(head), _MOST_EDITS) + 1):
        trail.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            at = _step(furthest, diagonal, edits)
            while at < len(base) and at - diagonal < len(head) and base[at] == head[at - diagonal]:
                at += 1
            furthest[diagonal] = at
            if at >= len(base) and at - diagonal >= len(head):
                return _walk_back(trail, len(base), len(head))
    return []


def _step(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    if diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]):
        return furthest[diagonal + 1]
    return furthest[diagonal - 1] + 1


def _walk_back(trail: list[dict[int, int]], base: int, head: int) -> list[_Pair]:
    pairs: list[_Pair] = []
    for edits in range(len(trail) - 1, -1, -1):
        furthest, diagonal = trail[edits], base - head
        is_insertion = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
        previous = diagonal + 1 if is_insertion else diagonal - 1
        came_from = furthest[previous]
        while base > came_from and head > came_from - previous and base > 0 and head > 0:
            base, head = base - 1, head - 1
            pairs.append(_Pair(base, head))
        base, head = came_from, came_from - previous
    return pairs[::-1]


def _segments(words: Sequence[str], kept: set[int]) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    for at, word in enumerate(words):
        is_changed = at not in kept
        if segments and segments[-1].is_changed == is_changed:
            segments[-1] = Segment(segments[-1].text + word, is_changed)
        else:
            segments.append(Segment(word, is_changed))
    return tuple(segments)
