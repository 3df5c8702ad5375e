"""The parts of one trace -> its turns. Pure: the same parts in any order give the same turns.

A turn is the outermost span that answers: an agent, or a model call that no agent encloses. Model calls below it are
its steps. Model calls side by side are one turn as long as the user has not said something new between them: that is
how a tool loop looks where nobody traced the agent.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from gate_action.loop.ingest.seam import Part
from gate_action.loop.ingest.times import utc
from gate_action.model.loop import Turn

_ANSWERING = frozenset({"agent", "model"})
_FINAL = frozenset({"final_answer", "final_output"})
_AGENTS = 100
"""How many are asked whether they go on around a span without a parent."""
_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Assembled:
    turn: Turn
    steps: tuple[str, ...]
    """Ids of the spans that it was made of, apart from its own."""


def make_turn_id(trace_id: str, span_id: str) -> str:
    """The key of a turn in the store."""
    own = f"{trace_id}\0{span_id}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(own).hexdigest()[:_ID_LENGTH]


def assemble(parts: Iterable[Part]) -> list[Assembled]:
    """Of one trace. Empty: nothing in it answers anybody. Takes time in proportion to the number of parts."""
    ordered = sorted(parts, key=lambda part: (part.start_us, part.span_id))
    outer = _find_outer(ordered)
    tops = [part for part in ordered if part.kind in _ANSWERING and not outer[part.span_id]]
    if not tops:
        return []
    groups = list(_group(tops, {} if all(part.input for part in tops) else _find_asked_within(ordered, outer)))
    owner = {part.span_id: group[0].span_id for group in groups for part in group}
    rest: dict[str, list[Part]] = defaultdict(list)
    for part in ordered:
        if part.kind and part.span_id not in owner:
            above = _climb(part.span_id, outer, owner)
            rest[owner[above] if above else _latest_before(part, groups)].append(part)
    around = [part for part in ordered if not part.kind]
    return [_assemble_one(group, rest[group[0].span_id], around) for group in groups]


def _find_outer(parts: list[Part]) -> dict[str, str]:
    """Span id -> the next span around it that answers; empty: there is none."""
    above = _find_parents(parts)
    answering = {part.span_id: part for part in parts if part.kind in _ANSWERING}
    return {part.span_id: _climb(above.get(part.span_id, ""), above, answering) for part in parts}


def _climb(span_id: str, above: dict[str, str], wanted: Collection[str]) -> str:
    """The first that is ``wanted``, from ``span_id`` on upwards; empty: none is. Later ways are shorter for it."""
    way: list[str] = []
    while span_id and span_id not in wanted:
        way.append(span_id)
        span_id = above.get(span_id, "")
    for passed in way:
        above[passed] = span_id
    return span_id


def _find_parents(parts: list[Part]) -> dict[str, str]:
    """Span id -> the span above it. Where the parent was not recorded, it is the shortest agent that goes on around."""
    known = {part.span_id for part in parts}
    agents = sorted((part for part in parts if part.kind == "agent"), key=lambda one: one.end_us - one.start_us)
    above: dict[str, str] = {}
    for part in parts:
        if part.parent_id in known:
            above[part.span_id] = part.parent_id
        elif part.parent_id:
            around = (one.span_id for one in agents[:_AGENTS] if _goes_on_around(one, part))
            above[part.span_id] = next(around, "")
    safe: set[str] = set()
    for part in parts:
        _cut_ring(part.span_id, above, safe)
    return above


def _goes_on_around(outer: Part, inner: Part) -> bool:
    begin = (outer.start_us, -outer.end_us, outer.span_id) < (inner.start_us, -inner.end_us, inner.span_id)
    return begin and inner.end_us <= outer.end_us


def _cut_ring(span_id: str, above: dict[str, str], safe: set[str]) -> None:
    """Spans that are each other's parents: the earliest of them is the top."""
    way: dict[str, None] = {}
    at = span_id
    while at and at not in safe and at not in way:
        way[at] = None
        at = above.get(at, "")
    if at in way:
        ring = list(way)[list(way).index(at) :]
        above[min(ring)] = ""
    safe.update(way)


def _latest_before(part: Part, groups: list[list[Part]]) -> str:
    """The turn during which a span beside it began: a tool, or a retrieval that came first."""
    owners = [group[0] for group in groups if group[0].start_us <= part.start_us] or [groups[0][0]]
    if part.kind == "retrieval":  # what is retrieved is for the call that follows
        owners = [group[0] for group in reversed(groups) if group[0].start_us >= part.start_us] or owners
    return owners[-1].span_id


def _find_asked_within(parts: Sequence[Part], outer: Mapping[str, str]) -> Mapping[str, str]:
    """Span id -> what the first model call within it was asked: a log may tell what the call's own span does not."""
    within = (part for part in reversed(parts) if part.kind == "model" and part.input)
    return {outer[part.span_id]: part.input for part in within}


def _group(tops: Sequence[Part], asked_within: Mapping[str, str]) -> Iterator[list[Part]]:
    group: list[Part] = []
    asked = ""
    for part in tops:
        question = part.input or asked_within.get(part.span_id, "")
        is_next = bool(group) and part.kind == group[0].kind == "model" and question in {"", asked}
        if group and not is_next:
            yield group
            group, asked = [], ""
        group.append(part)
        asked = question or asked
    yield group


def _assemble_one(group: list[Part], steps: list[Part], around: list[Part]) -> Assembled:
    head = group[0]
    calls = [part for part in (*group, *steps) if part.kind == "model"]
    calls.sort(key=lambda part: (part.start_us, part.span_id))
    answers = [part for part in group if part.output] or [part for part in calls if part.output]
    everything = [head, *calls, *steps, *around]

    def first(name: str) -> str:
        return next((value for part in everything if (value := getattr(part, name))), "")

    def figure(name: str) -> int | None:
        own: int | None = getattr(head, name)
        told: list[int] = [value for part in calls if (value := getattr(part, name)) is not None]
        return own if own is not None and head.kind == "agent" else (sum(told) if told else own)

    asking = head if head.input else next((part for part in calls if part.input), head)
    answer = head if head.kind == "agent" and head.output else (answers[-1] if answers else head)
    turn = Turn(
        turn_id=make_turn_id(head.trace_id, head.span_id),
        trace_id=head.trace_id,
        span_id=head.span_id,
        conversation_id=first("conversation_id"),
        join_key=first("join_key"),
        response_id=answer.response_id or first("response_id"),
        user_key=first("user_key"),
        at=utc(head.start_us),
        app=first("app"),
        environment=first("environment"),
        release=first("release"),
        prompt_name=first("prompt_name"),
        prompt_version=first("prompt_version"),
        model=answer.model or first("model"),
        input=asking.input,
        messages=asking.messages or first("messages"),
        output=answer.output or _final_answer(steps),
        context=_joined([part.context for part in everything if part.kind and part.context]),
        tool_calls=_tool_calls(calls, steps, head),
        input_tokens=figure("input_tokens"),
        output_tokens=figure("output_tokens"),
        cost_usd=figure("cost_usd"),
        latency_s=_latency(group),
        status="error" if head.is_error or answer.is_error else "ok",
        weight=next((part.weight for part in everything if part.weight is not None), None),
        consent=first("consent"),
        source=head.source,
        dialect=answer.dialect or head.dialect,
        slices=_slices(everything),
    )
    own = {part.span_id for part in (*group, *steps)} - {head.span_id}
    return Assembled(turn, tuple(sorted(own)))


def _latency(group: list[Part]) -> float | None:
    """From the first call's beginning to the last one's end, in seconds; None: no end was told."""
    begin, end = group[0].start_us, max(part.end_us for part in group)
    return (end - begin) / 1e6 if end >= begin > 0 else None


def _final_answer(steps: list[Part]) -> str:
    """Some agents answer by a tool of that name."""
    for part in reversed(steps):
        if part.kind == "tool":
            (call, *_) = orjson.loads(part.tool_calls or "[{}]")
            if isinstance(call, dict) and call.get("name") in _FINAL:
                told = call.get("result") or call.get("arguments")
                return told if isinstance(told, str) else orjson.dumps(told).decode()
            return ""
    return ""


def _slices(parts: list[Part]) -> tuple[tuple[str, str], ...]:
    """The innermost word counts least: the turn's own span comes first."""
    found: dict[str, str] = {}
    for part in parts:
        for dimension, value in part.slices:
            found.setdefault(dimension, value)
    return tuple(sorted(found.items()))


def _tool_calls(calls: list[Part], steps: list[Part], head: Part) -> str:
    """What tools did, as their own spans tell; else what the model asked for."""
    done = _joined([part.tool_calls for part in steps if part.kind == "tool" and part.tool_calls])
    if done:
        return done
    asked = [part.tool_calls for part in calls if part.tool_calls]
    return _joined(asked or ([head.tool_calls] if head.tool_calls else []))


def _joined(lists: list[str]) -> str:
    """JSON lists, one after the other, each entry once."""
    if len(lists) <= 1:
        return lists[0] if lists else ""
    entries = {orjson.dumps(entry): None for one in dict.fromkeys(lists) for entry in orjson.loads(one)}
    return (b"[" + b",".join(entries) + b"]").decode()
