"""Reports whose every text is a stranger's, by construction: no list of fields that could miss one."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from gate_action.model.judge import JudgeReport
from gate_action.model.replay import ModelCalls, Replayed
from gate_action.model.report import BaseMatch, Report, Simulated, SimulatedArm, StoredBase
from gate_action.model.spent import Look, LookKind, Spent
from gate_action.model.usage import UsageComparison
from tests.report.hostile_reports import hostile


def full() -> Report:
    """With what only some runs tell: judges, stored runs, replays, earlier looks, times, simulated users."""
    made = hostile()
    judge = JudgeReport(
        metric=made.decision.metrics[0].metric,
        model="m",
        quality=None,
        barred="why",
        corrected=None,
        base_length=None,
        head_length=None,
    )
    look = Look(
        metric="m",
        kind=LookKind.TARGET,
        trials=1,
        level=0.1,
        p_value=0.1,
        delta=0.1,
        is_rejected=True,
        fixture_ids=("f",),
    )
    slower = UsageComparison(
        measure="latency_s",
        base=1,
        head=2,
        ratio=2,
        low=1,
        high=3,
        p_value=0.01,
        fixtures=9,
        is_over=True,
        sentence="s",
    )
    users = Simulated(model="m", arms={"base": SimulatedArm(conversations=2, invalid={"echo": 1})})
    assert made.revisions is not None
    revisions = replace(made.revisions, head=replace(made.revisions.head, tree="t"))
    usage = {arm: replace(told, model_calls=ModelCalls(bought=1, digest="d")) for arm, told in made.usage.items()}
    decision = replace(
        made.decision,
        replay=Replayed(exact=1, fixtures=2, unrepeatable=("f",)),
        spent=Spent(runs=1, looks=(look,)),
    )
    stored = StoredBase(match=BaseMatch.NONE, sha="s", reason="why")
    return replace(
        made,
        revisions=revisions,
        decision=decision,
        usage=usage,
        judges=(judge,),
        stored_base=stored,
        usage_compared=(slower,),
        simulated=users,
    )


def everywhere(value: Any, text: str) -> Any:  # noqa: PLR0911  # a kind of value each
    """The same report, or part of one, with ``text`` in the place of every text: values, keys and names alike."""
    match value:
        case Enum():
            return value
        case str():
            return text
        case Mapping():
            return {f"{text}{number}": everywhere(each, text) for number, each in enumerate(value.values())}
        case tuple() if hasattr(value, "_fields"):
            return type(value)(*(everywhere(each, text) for each in value))
        case tuple() | list() | frozenset():
            return type(value)(everywhere(each, text) for each in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{each.name: everywhere(getattr(value, each.name), text) for each in fields(value)})
        case _:
            return value


def texts_of(kind: Any, seen: set[type] | None = None) -> Iterator[tuple[str, str]]:
    """Every field of ``kind``, and of what it is made of, that holds a text or texts: (class, field)."""
    known = set() if seen is None else seen
    for part in get_args(kind) if get_origin(kind) is not None else (kind,):
        if get_origin(part) is not None or not isinstance(part, type):
            yield from texts_of(part, known) if get_args(part) else ()
        elif part not in known and (is_dataclass(part) or hasattr(part, "_fields")):
            known.add(part)
            for name, hint in get_type_hints(part).items():
                if hint is str or str in get_args(hint):
                    yield part.__name__, name
                yield from texts_of(hint, known)


def texts_in(value: Any) -> Iterator[tuple[str, str]]:
    """Those of a real report that are filled."""
    match value:
        case Mapping():
            for each in value.values():
                yield from texts_in(each)
        case tuple() | list() | frozenset() if not hasattr(value, "_fields"):
            for each in value:
                yield from texts_in(each)
        case Enum() | None:
            return
        case _ if is_dataclass(value) or hasattr(value, "_fields"):
            for name in get_type_hints(type(value)):
                held = getattr(value, name)
                first = next(iter(held), "") if isinstance(held, tuple | Mapping) else held
                if isinstance(first, str) and first and not isinstance(first, Enum):
                    yield type(value).__name__, name
                yield from texts_in(held)
