"""Input drift: which share of each week's turns, and of each slice, no fixture is near."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from gate_action.codec.json_text import parse_json
from gate_action.codec.positions import TextError
from gate_action.loop.follow.novelty import TfIdfNearness, build_nearness, input_text
from gate_action.loop.follow.weeks import week_name
from gate_action.loop.intervals import rate_of
from gate_action.model.distribution import Novelty, Share

if TYPE_CHECKING:
    import ibis

_EXAMPLES = 5
_FEWEST_IN_SLICE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    by_week: Mapping[str, Share]
    novelty: Novelty


def draw_inputs(turns: "ibis.Table", per_week: int) -> list[dict[str, Any]]:
    """``turn_id, unit, week, weight, input``: at most ``per_week`` turns of each week. A turn's id is a digest,
    so the first ones by it are a uniform draw, and the same one on every engine.
    """
    import ibis

    with_input = turns.filter(turns.input != "")
    placed = with_input.mutate(
        place=ibis.row_number().over(ibis.window(group_by=with_input.week, order_by=with_input.turn_id))
    )
    drawn = placed.filter(placed.place < per_week).select("turn_id", "unit", "week", "weight", "input")
    rows: list[dict[str, Any]] = drawn.order_by(["week", "turn_id"]).to_pyarrow().to_pylist()
    return rows


def find_drift(
    rows: Sequence[Mapping[str, Any]],
    fixtures: Sequence[str],
    slices: Mapping[str, Sequence[str]],
    near: float,
) -> Drift | None:
    """``slices``: turn id -> ``dimension=value``. None: too few fixtures, or no turn."""
    texts = [_text_of(row["input"]) for row in rows]
    nearness = build_nearness(fixtures, texts, near) if rows else None
    if nearness is None:
        return None
    distances = nearness.distances(texts)
    is_new = distances > nearness.threshold
    by_week: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        by_week[_week_of(row)].append(place)
    last = by_week[max(by_week)]
    return Drift(
        by_week={week: _share(rows, is_new, places) for week, places in sorted(by_week.items())},
        novelty=_novelty(
            nearness,
            len(set(fixtures)),
            _by_slice(rows, is_new, last, slices),
            _farthest(texts, distances, last, nearness),
        ),
    )


def _novelty(
    nearness: TfIdfNearness, fixtures: int, by_slice: Mapping[str, Share], examples: tuple[str, ...]
) -> Novelty:
    return Novelty(fixtures=fixtures, threshold=nearness.threshold, by_slice=by_slice, examples=examples)


def _by_slice(
    rows: Sequence[Mapping[str, Any]], is_new: Any, places: Sequence[int], slices: Mapping[str, Sequence[str]]
) -> Mapping[str, Share]:
    found: dict[str, list[int]] = defaultdict(list)
    for place in places:
        for name in slices.get(rows[place]["turn_id"], ()):
            found[name].append(place)
    shares = {name: _share(rows, is_new, own) for name, own in found.items() if len(own) >= _FEWEST_IN_SLICE}
    return dict(sorted(shares.items(), key=lambda one: (-one[1].value, one[0])))


def _share(rows: Sequence[Mapping[str, Any]], is_new: Any, places: Sequence[int]) -> Share:
    """Weighed, with users (else conversations) as units."""
    units: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for place in places:
        counted = units[rows[place]["unit"]]
        counted[0] += rows[place]["weight"] * is_new[place]
        counted[1] += rows[place]["weight"]
    return rate_of(np.array(list(units.values())), np.ones(len(units), dtype=np.int64))


def _farthest(texts: Sequence[str], distances: Any, places: Sequence[int], nearness: TfIdfNearness) -> tuple[str, ...]:
    ordered = sorted(places, key=lambda place: (-distances[place], texts[place]))
    beyond = [texts[place] for place in ordered if distances[place] > nearness.threshold]
    return tuple(dict.fromkeys(beyond))[:_EXAMPLES]


def _week_of(row: Mapping[str, Any]) -> str:
    week = row["week"]
    return week_name(datetime(week.year, week.month, week.day))  # noqa: DTZ001  # UTC, without a zone


def _text_of(text: str) -> str:
    """A turn's input is plain text, or JSON where it is no text."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return input_text(parse_json(text).value) or text
    except TextError:
        return text
