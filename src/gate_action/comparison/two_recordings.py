"""Two recordings -> what the two-run rule is handed: the suite, what only one of them has, and what does not match."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from gate_action.codec.recordings import Recording
from gate_action.comparison.sentences import say_count
from gate_action.errors import ConfigError, Problem
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture

_MOST_NAMED = 5


class Arms(NamedTuple):
    base: Recording
    head: Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The fixtures to compare. ``comparable``: those whose base rows count."""

    fixtures: tuple[Fixture, ...]
    new_ids: frozenset[str]
    removed: tuple[Fixture, ...]
    comparable: frozenset[str]
    warnings: tuple[str, ...]


def match_fixtures(arms: Arms, *, common_only: bool) -> Matched:
    """Raises ConfigError: nothing shared, or an item that is in two clusters or categories.

    Where both arms tell their whole suites, a fixture that only one has was added or removed. Otherwise, and where a
    fixture was edited in between, its scores on the other arm are missing, unless ``common_only`` leaves it out.
    """
    base, head = (_known(arm) for arm in arms)
    shared = base & head
    if not shared:
        raise ConfigError(
            f"{arms.base.label} and {arms.head.label} share no item: there is nothing to compare",
            hint=f"base has {_name(base)}; head has {_name(head)}",
        )
    fixtures, edited = _join_fixtures(arms), _edited(arms, shared)
    has_suites = arms.base.digests is not None and arms.head.digests is not None
    lone = frozenset() if has_suites else base ^ head
    new = head - base - lone
    kept = shared | new | lone
    if common_only:
        kept -= edited | lone
    notes = (
        (edited, f"edited in between, so base's scores of them {'are left out' if common_only else 'are missing'}"),
        (lone, f"only one of the two runs has them: {'left out' if common_only else 'missing in the other'}"),
    )
    return Matched(
        fixtures=tuple(fixtures[name] for name in sorted(kept)),
        new_ids=new,
        removed=tuple(arms.base.fixtures[name] for name in sorted(base - head - lone)),
        comparable=kept - edited - new,
        warnings=tuple(f"{note}: {_name(names)}" for names, note in notes if names),
    )


def choose_metrics(arms: Arms, wanted: Iterable[str]) -> tuple[str, ...]:
    """The metrics to compare, by name. Raises ConfigError for one that only one of the two runs has."""
    base, head = set(arms.base.metrics), set(arms.head.metrics)
    chosen = set(wanted) or base | head
    lacking = sorted(chosen - (base & head))
    if lacking:
        shared = ", ".join(sorted(base & head))
        raise ConfigError(
            f"the metric {lacking[0]!r} has no scores in {_lacks(arms, lacking[0])}",
            hint=f"choose with --metric; both have: {shared}" if shared else _say_metrics(arms),
        )
    return tuple(sorted(chosen))


def check_alike(arms: Arms) -> tuple[str, ...]:
    """Warnings about how the two were made. Raises ConfigError where other evaluators scored them."""
    one, other = arms.base.fingerprint, arms.head.fingerprint
    if one is None or other is None:
        return ()
    if one.evaluators != other.evaluators:
        raise ConfigError(
            "the two runs were scored by different evaluators, so their scores say nothing of the builds",
            hint="score both by one gate.yaml; prompts, models and versions of judges count",
        )
    if one.target != other.target:
        return ("the two runs were made in different ways of running (target in gate.yaml): that is compared too",)
    return ()


def _known(arm: Recording) -> frozenset[str]:
    return frozenset(arm.fixtures if arm.digests is not None else arm.items)


def _edited(arms: Arms, shared: frozenset[str]) -> frozenset[str]:
    base, head = arms.base.digests, arms.head.digests
    if base is None or head is None:
        return frozenset()
    return frozenset(name for name in shared if base[name] != head[name])


def _join_fixtures(arms: Arms) -> dict[str, Fixture]:
    """Head's where both know one; cluster and slices of whichever tells them. Raises ConfigError where both differ."""
    joined = {**arms.base.fixtures, **arms.head.fixtures}
    digests = arms.head.digests
    if arms.base.digests is not None and digests is not None:
        # A baseline record knows ids and digests only: where head is one, base may still have the fixture's row.
        bare = {name for name, fixture in arms.head.fixtures.items() if fixture.digest != digests[name]}
        return joined | {name: arms.base.fixtures[name] for name in bare & arms.base.fixtures.keys()}
    problems = []
    for name in arms.base.fixtures.keys() & arms.head.fixtures.keys():
        base, head = arms.base.fixtures[name], arms.head.fixtures[name]
        if base.cluster and head.cluster and base.cluster != head.cluster:
            problems.append(_contradiction(arms, name, f"cluster {base.cluster!r}", f"{head.cluster!r}"))
        if base.slices and head.slices and base.slices != head.slices:
            problems.append(_contradiction(arms, name, _spell(base), _spell(head)))
        joined[name] = replace(head, cluster=head.cluster or base.cluster, slices=head.slices or base.slices)
    if problems:
        ordered = sorted(problems, key=lambda problem: problem.message)[:_MOST_NAMED]
        raise ConfigError("the two runs contradict each other", problems=tuple(ordered))
    return joined


def _contradiction(arms: Arms, name: str, base: str, head: str) -> Problem:
    return Problem(path=arms.head.label, message=f"item {name!r} is in {base} in {arms.base.label}, and here in {head}")


def _spell(fixture: Fixture) -> str:
    return ", ".join(map(str, fixture.slices))


def _say_metrics(arms: Arms) -> str:
    return "; ".join(f"{arm.label} has {', '.join(sorted(arm.metrics)) or 'none'}" for arm in arms)


def _lacks(arms: Arms, metric: str) -> str:
    without = [arm.label for arm in arms if metric not in arm.metrics]
    return " and ".join(without)


def _name(names: Iterable[str]) -> str:
    ordered = sorted(names)
    more = ", ..." if len(ordered) > _MOST_NAMED else ""
    return f"{say_count(len(ordered), 'item')} ({', '.join(ordered[:_MOST_NAMED])}{more})"
