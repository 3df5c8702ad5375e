"""The ledger: a cycle's list becomes lines, and lines over cycles tell whether something is closing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from gate_action.loop.classify.sentences import clean_sentence
from gate_action.loop.intervals import difference_of
from gate_action.loop.prioritize.asked import Prioritizing
from gate_action.loop.prioritize.prioritizing import define
from gate_action.model.comparison import Interval
from gate_action.model.distribution import Share
from gate_action.model.priority import Course, Followed, Item, LedgerLine, Priorities


def lines_of(priorities: Priorities, asked: Prioritizing) -> tuple[LedgerLine, ...]:
    """Of every item, the muted ones too."""
    return tuple(_line(item, priorities, asked) for item in priorities.items)


def _line(item: Item, priorities: Priorities, asked: Prioritizing) -> LedgerLine:
    plan = item.addressability
    return LedgerLine(
        cycle=priorities.cycle,
        at=asked.now.replace(microsecond=0),
        since=priorities.since.replace(microsecond=0),
        until=priorities.until.replace(microsecond=0),
        cluster=item.item_id,
        mode=item.label,
        # It goes into git, and a model or users' words made it.
        title=clean_sentence(item.title) or item.item_id,
        status=item.status,
        definition=define(priorities.classifier_digest, item.item_id, priorities.measure, asked.settings, asked.app),
        classifier=priorities.classifier_digest,
        measure=priorities.measure,
        rate=round(item.rate.value, 9),
        low=round(item.rate.interval.low, 9),
        high=round(item.rate.interval.high, 9),
        turns=item.turns,
        users=item.users,
        severity=round(item.severity.value, 4),
        level=item.severity.level,
        lever=plan.lever,
        chance=plan.chance,
        effort_days=plan.effort_days,
        score=round(item.score.value, 6),
        rank=item.rank,
        p_top=item.p_top,
        standing=item.standing,
    )


def append_cycle(ledger: Iterable[LedgerLine], cycle: Sequence[LedgerLine]) -> tuple[LedgerLine, ...]:
    """The cycle's lines at the end; a cycle that is told again replaces its own lines, and no other's."""
    told = {line.cycle for line in cycle}
    return (*(line for line in ledger if line.cycle not in told), *cycle)


def join_ledgers(held: Sequence[LedgerLine], kept: Iterable[LedgerLine]) -> tuple[LedgerLine, ...]:
    """``held``, and at its end, by time, the cycles of ``kept`` that it lacks."""
    known = {line.cycle for line in held}
    return (*held, *sorted((line for line in kept if line.cycle not in known), key=lambda line: (line.at, line.cycle)))


def follow_ledger(ledger: Iterable[LedgerLine]) -> tuple[Followed, ...]:
    """Each item over the cycles of its last definition: the last rate against the first. Largest last rate first."""
    by_item: dict[str, list[LedgerLine]] = defaultdict(list)
    for line in sorted(ledger, key=_when):
        by_item[line.cluster].append(line)
    followed = [_follow(lines) for lines in by_item.values()]
    return tuple(sorted(followed, key=lambda one: (-one.rates[-1].value, one.cluster)))


def _when(line: LedgerLine) -> tuple[datetime, str]:
    return line.until, line.cycle


def _follow(lines: Sequence[LedgerLine]) -> Followed:
    last = lines[-1]
    same = [line for line in lines if line.definition == last.definition]
    rates = tuple(Share(line.rate, Interval(line.low, line.high)) for line in same)
    difference = difference_of(rates[0], rates[-1]) if len(rates) > 1 else None
    return Followed(
        cluster=last.cluster,
        mode=last.mode,
        title=last.title,
        measure=last.measure,
        cycles=tuple(line.cycle for line in same),
        rates=rates,
        difference=difference,
        course=_course(difference),
        redefined=len(lines) - len(same),
    )


def _course(difference: Share | None) -> Course:
    if difference is None:
        return Course.NEW
    if difference.interval.high < 0:
        return Course.CLOSING
    return Course.GROWING if difference.interval.low > 0 else Course.OPEN
