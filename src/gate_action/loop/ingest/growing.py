"""A trace that was read before, and what was read of it now -> the trace as it is. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from gate_action.loop.ingest.packing import give_back, is_known
from gate_action.loop.ingest.seam import Part

_SPANS_KEPT = 20_000
"""Of one trace, the earliest: a trace that never ends must not cost more with every pass."""

Texts = Sequence[tuple[str, Mapping[str, str]]]
"""Of a trace's turns: the span's id, and what the trace has left to it, by name."""


class Grown(NamedTuple):
    trace: Mapping[str, Part]
    """By span."""
    is_cut: bool
    """Are there more spans than are kept?"""


def grow(
    known: dict[str, Part], now: dict[str, Part], find_texts: Callable[[], Texts], texts_now: Texts
) -> Grown | None:
    """``known``: what was kept of the trace; ``now``: what is read. Either may have left texts to its turn, which
    get them back: ``find_texts`` is asked for those of ``known``. None: nothing is new, or the turn that had the texts
    was erased, and what comes late must not bring it back.
    """
    news = [span_id for span_id, part in now.items() if not is_known(part, known.get(span_id))]
    if not news:
        return None
    if _has_left(known) and not _give_back(known, find_texts()):
        return None
    if _has_left(now):
        _give_back(now, texts_now)
    grown = known | {span_id: now[span_id] for span_id in news}
    if len(grown) <= _SPANS_KEPT:
        return Grown(grown, is_cut=False)
    return Grown({part.span_id: part for part in sorted(grown.values(), key=_begin)[:_SPANS_KEPT]}, is_cut=True)


def _has_left(trace: Mapping[str, Part]) -> bool:
    return any(part.left is not None for part in trace.values())


def _give_back(trace: Mapping[str, Part], texts: Texts) -> bool:
    """Was there a turn?"""
    for span_id, told in texts:
        give_back(trace, span_id, told)
    return bool(texts)


def _begin(part: Part) -> tuple[int, str]:
    return part.start_us, part.span_id
