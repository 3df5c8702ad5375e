"""The stage that settles a suspicion of a few fixtures: they are run again side by side, then the mean is placed."""

from collections.abc import Iterator

from gate_action.comparison.rounds import side_by_side
from gate_action.comparison.screen_confirm.docket import Docket
from gate_action.comparison.screen_confirm.screen import measure_fall, measure_move
from gate_action.model.spent import LookKind
from gate_action.model.trial import Arm, TrialKey


def retry_targets(docket: Docket) -> Iterator[list[TrialKey]]:
    """The targets once more: most that luck alone made end here, for the fewest calls.

    Head alone against base's stored rows; where these are too few, both builds.
    """
    names = _targeted(docket)
    yield side_by_side(names, [1]) if docket.is_thin else [TrialKey(name, Arm.HEAD, 1) for name in names]
    yield from docket.settle()
    for metric, target in _targets(docket).items():
        if docket.is_thin:
            panel = docket.ledger.panel(metric, target, [1], [1])
        else:
            panel = docket.ledger.cheap_panel(metric, target, [1])
        docket.inquiries[metric].has_open_target = measure_fall(panel) >= docket.target_z


def confirm_targets(docket: Docket) -> Iterator[list[TrialKey]]:
    """Looks at fresh trials of both builds, more of them from look to look."""
    course, futile = docket.course, (*docket.course.target_futile, 0.0)
    for trials, share, give_up in zip(course.target_trials, course.target_shares, futile, strict=True):
        targets, attempts = _targets(docket), range(1, trials + 1)
        if not targets or docket.confirmed:
            return
        yield side_by_side(_targeted(docket), attempts)
        yield from docket.settle()
        panels = {m: docket.ledger.panel(m, target, attempts, attempts) for m, target in targets.items()}
        docket.looker.look(LookKind.TARGET, panels, trials, share)
        for metric in targets:
            inquiry = docket.inquiries[metric]
            inquiry.has_open_target = inquiry.p_at(LookKind.TARGET, trials) <= give_up


def place_means(docket: Docket) -> Iterator[list[TrialKey]]:
    """A broken target under a risen mean is ``mixed``: rounds go on until it shows on which side the mean lies."""
    while docket.rounds[Arm.HEAD] < docket.most_mean_rounds and _has_open_mean(docket):
        yield from docket.next_round(is_beside=docket.is_thin)


def _has_open_mean(docket: Docket) -> bool:
    broken = [look.metric for look in docket.confirmed if look.kind is LookKind.TARGET]
    panels = [docket.cheap_panel(metric, docket.rounds[Arm.HEAD]) for metric in broken]
    return any(abs(measure_move(panel)) < docket.course.mean_z for panel in panels)


def _targets(docket: Docket) -> dict[str, tuple[str, ...]]:
    return {i.metric: i.suspicion.target for i in docket.inquiries.values() if i.has_open_target}


def _targeted(docket: Docket) -> list[str]:
    return sorted({name for target in _targets(docket).values() for name in target})
