"""The stage that settles a suspicion of the whole suite: rounds of all paired fixtures, then looks at fresh ones."""

from collections.abc import Iterator

from gate_action.comparison.rounds import side_by_side
from gate_action.comparison.screen_confirm.docket import Docket
from gate_action.comparison.screen_confirm.inquiry import Inquiry
from gate_action.comparison.screen_confirm.screen import look as look_at
from gate_action.model.spent import LookKind
from gate_action.model.trial import Arm, TrialKey


def try_whole_suite(docket: Docket) -> Iterator[list[TrialKey]]:
    """The way that base's stored rows allow."""
    yield from _run_beside(docket) if docket.is_thin else _screen_rounds(docket)


def _screen_rounds(docket: Docket) -> Iterator[list[TrialKey]]:
    """Head's rounds against cheap rows, as long as they stay suspicious; then the same rounds of base."""
    course, has_looked_early = docket.course, False
    while open_ones := docket.suspicious(course.screen_level(docket.rounds[Arm.HEAD])):
        rounds = docket.rounds[Arm.HEAD]
        if rounds >= docket.plan.policy.trials:
            break
        if not has_looked_early and docket.suspicious(course.early_p):
            has_looked_early = True
            yield from _look_overall(docket, rounds, course.overall_shares[0], course.last_p)
            if docket.confirmed:
                return
        yield from docket.next_round(is_beside=False)
        _screen_again(docket, open_ones)
    if open_ones and docket.suspicious(course.last_p):
        yield from _confirm_overall(docket)


def _confirm_overall(docket: Docket) -> Iterator[list[TrialKey]]:
    course, first = docket.course, docket.rounds[Arm.HEAD]
    yield from _look_overall(docket, first, course.overall_shares[1], course.last_p)
    is_open = any(i.p_at(LookKind.OVERALL, first) <= course.overall_futile for i in docket.inquiries.values())
    if is_open and not docket.confirmed and first < docket.most_rounds:
        yield from _look_overall(docket, docket.most_rounds, course.overall_shares[2], course.last_p)


def _run_beside(docket: Docket) -> Iterator[list[TrialKey]]:
    """Both builds round by round, as long as all rows together stay suspicious: each round may also confirm."""
    course, most = docket.course, docket.most_rounds
    looks = course.thin_looks(most)
    while open_ones := docket.suspicious(course.thin_level(docket.rounds[Arm.HEAD], most)):
        rounds = docket.rounds[Arm.HEAD]
        if docket.rounds[Arm.BASE] < rounds:
            yield from docket.catch_up()
            _screen_again(docket, open_ones)
            continue
        if rounds in looks:
            yield from _look_overall(docket, rounds, looks[rounds], 1.0)
        if docket.confirmed or rounds >= most:
            return
        yield from docket.next_round(is_beside=True)
        _screen_again(docket, open_ones)


def _screen_again(docket: Docket, inquiries: list[Inquiry]) -> None:
    for inquiry in inquiries:
        inquiry.cheap_p = look_at(docket.cheap_panel(inquiry.metric, docket.rounds[Arm.HEAD]), docket.suspect_z).p_value


def _look_overall(docket: Docket, rounds: int, share: float, level: float) -> Iterator[list[TrialKey]]:
    yield side_by_side(docket.paired, range(rounds))
    yield from docket.settle()
    docket.rounds.update({Arm.BASE: rounds, Arm.HEAD: max(docket.rounds[Arm.HEAD], rounds)})
    attempts, names = range(rounds), [inquiry.metric for inquiry in docket.suspicious(level)]
    panels = {name: docket.ledger.panel(name, docket.paired, attempts, attempts) for name in names}
    docket.looker.look(LookKind.OVERALL, panels, rounds, share)
