"""Screen and confirm: cheap rows raise a suspicion, rows made side by side settle it. STATISTICS, 3."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from gate_action.comparison.bounds import holm_factors
from gate_action.comparison.comparing import compare_metrics
from gate_action.comparison.confirming import find_drop, find_sure_drop
from gate_action.comparison.course import Course
from gate_action.comparison.critical import CriticalRule, Standing
from gate_action.comparison.decision import Weighed, conclude
from gate_action.comparison.evidence import Asked, Panel
from gate_action.comparison.inquiry import Inquiry, Look, Test
from gate_action.comparison.ledger import RERUNS_FROM, Ledger
from gate_action.comparison.plan import BaseArm, Plan, Way
from gate_action.comparison.reading import ROUNDING
from gate_action.comparison.screen import look as look_at
from gate_action.comparison.screen import measure_fall, measure_move
from gate_action.comparison.screened import Confirmation, judge_screened
from gate_action.comparison.steadiness import Steadiness
from gate_action.model.decision import Calls, Decision, ReasonKind, not_evaluated
from gate_action.model.run import EvalRun
from gate_action.model.score import Scored
from gate_action.model.trial import Arm, Trial, TrialKey, TrialRequest

DEFAULT_COURSE = Course()


class ScreenAndConfirm:
    """One round of head against stored rows of base; what looks suspicious is run again, both builds side by side.

    Without stored rows base is tried once as well, and that round stands in for them.
    """

    def __init__(self, plan: Plan, stored: Sequence[EvalRun] = (), *, course: Course = DEFAULT_COURSE) -> None:
        if plan.base is not BaseArm.RUN:
            raise ValueError(f"fresh rows of base are needed to confirm, and base is {plan.base}")
        self._ledger = Ledger(plan, stored or plan.stored)
        self._plan = replace(plan, stored=())  # its rows are in the ledger
        self._course = course
        self._criticals = CriticalRule(plan=self._plan, reruns_from=RERUNS_FROM)
        self._paired = tuple(fixture.id for fixture in plan.paired)
        self._inquiries = {metric.name: Inquiry(metric=metric.name) for metric in plan.primary}
        self._steady: dict[str, Steadiness] = {}
        self._asked: set[TrialKey] = set()
        self._steps = self._walk()
        self.head_rounds = 0
        self.base_rounds = 0

    def ask(self) -> tuple[TrialRequest, ...]:
        """What is still to be tried; empty when the question is settled. No trial is asked twice."""
        for keys in self._steps:
            fresh = [key for key in keys if key not in self._asked]
            if fresh:
                self._asked.update(fresh)
                return tuple(TrialRequest(key=key) for key in fresh)
        return ()

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None:
        """In any order and any portions. Raises ValueError for what was told before or is unknown."""
        self._ledger.tell(trials, scores)

    @property
    def ceiling(self) -> int:
        """The most trials that can be asked for, both arms together."""
        policy, course = self._plan.policy, self._course
        rounds = max(policy.trials * (1 + course.further_rounds), 1 + course.target_trials[-1])
        reruns = len(self._criticals.candidates) * policy.critical_reruns
        return 2 * rounds * len(self._paired) + len(self._new_fixtures()) + reruns

    def decide(self) -> Decision:
        if not self._plan.judged:
            return not_evaluated(ReasonKind.NOTHING_MEASURED, "there is no fixture to judge")
        calls = Calls(base=self._ledger.count(Arm.BASE), head=self._ledger.count(Arm.HEAD), ceiling=self.ceiling)
        if not self._ledger.trials:
            return not_evaluated(ReasonKind.NOTHING_MEASURED, "no trial of head was made")
        evidence, asked = self._ledger.evidence, self._rows()
        judge = partial(
            judge_screened,
            plan=self._plan,
            confirmations={look.metric: self._confirmation(look) for look in self.confirmed},
            stale=frozenset(inquiry.metric for inquiry in self._inquiries.values() if inquiry.is_stale),
        )
        return conclude(
            Weighed(
                plan=self._plan,
                evidence=evidence,
                asked=asked,
                compared=compare_metrics(self._plan, evidence, asked, judge),
                criticals=self._criticals.judge(evidence),
                way=Way.SCREENED,
                calls=calls,
            )
        )

    @property
    def confirmed(self) -> tuple[Look, ...]:
        """What may block: looks at fresh rows that reject."""
        return tuple(found for inquiry in self._inquiries.values() if (found := inquiry.confirmed))

    def _steadiness(self, metric: str) -> Steadiness:
        if metric not in self._steady:
            self._steady[metric] = self._ledger.steadiness(metric)
        return self._steady[metric]

    def _rows(self) -> Asked:
        """The rows that tell of means and changes: fresh ones, where base was run for each of head's rounds."""
        new = {(f.id, arm): tuple(range(self._plan.policy.trials)) for f in self._plan.judged for arm in Arm}
        if self.base_rounds == self.head_rounds > 0:
            rounds = tuple(range(self.base_rounds))
            return new | {(name, arm): rounds for name in self._paired for arm in Arm}
        return new | dict(self._ledger.cheap_rows(self._paired, range(max(1, self.head_rounds))))

    def _confirmation(self, look: Look) -> Confirmation:
        is_target = look.test is Test.TARGET
        attempts = range(1, look.trials + 1) if is_target else range(look.trials)
        panel = self._ledger.panel(look.metric, look.fixture_ids or self._paired, attempts, attempts)
        return Confirmation(inquiry=self._inquiries[look.metric], look=look, panel=panel)

    def _walk(self) -> Iterator[list[TrialKey]]:
        """The course from the first trial to the last: yields what is to be tried, and goes on when it was told."""
        yield [*self._round(0), *self._new_fixtures()]
        yield from self._settle()
        self.head_rounds = 1
        for inquiry in self._inquiries.values():
            panel = self._ledger.cheap_panel(inquiry.metric, self._paired, [0])
            inquiry.suspicion = look_at(panel, self._steadiness(inquiry.metric), self._course)
            inquiry.cheap_p = inquiry.suspicion.p_value
            inquiry.has_open_target = bool(inquiry.suspicion.target)
        yield from self._retry_targets()
        yield from self._confirm_targets()
        yield from self._place_means() if self.confirmed else self._screen_rounds()

    def _retry_targets(self) -> Iterator[list[TrialKey]]:
        """Head alone once more on its targets: most that luck alone made end here, for the fewest calls."""
        yield [
            TrialKey(name, Arm.HEAD, 1) for name in sorted({n for target in self._targets().values() for n in target})
        ]
        yield from self._settle()
        for metric, target in self._targets().items():
            panel = self._ledger.cheap_panel(metric, target, [1])
            fall = measure_fall(panel, self._steadiness(metric))
            self._inquiries[metric].has_open_target = fall >= self._course.target_z

    def _targets(self) -> dict[str, tuple[str, ...]]:
        return {i.metric: i.suspicion.target for i in self._inquiries.values() if i.has_open_target}

    def _confirm_targets(self) -> Iterator[list[TrialKey]]:
        course, futile = self._course, (*self._course.target_futile, 0.0)
        for trials, share, give_up in zip(course.target_trials, course.target_shares, futile, strict=True):
            targets = self._targets()
            if not targets or self.confirmed:
                return
            names = sorted({name for target in targets.values() for name in target})
            attempts = range(1, trials + 1)
            yield _side_by_side(names, attempts)
            yield from self._settle()
            panels = {m: self._ledger.panel(m, target, attempts, attempts) for m, target in targets.items()}
            self._look(Test.TARGET, panels, trials, course.alpha_target * share)
            for metric in targets:
                inquiry = self._inquiries[metric]
                inquiry.has_open_target = inquiry.looks[-1].p_value <= give_up

    def _place_means(self) -> Iterator[list[TrialKey]]:
        """A broken target under a risen mean is ``mixed``: head goes on until it shows on which side its mean lies."""
        while self.head_rounds < max(self._plan.policy.trials, self._course.mean_rounds) and self._has_open_mean():
            yield self._round(self.head_rounds)
            yield from self._settle()
            self.head_rounds += 1

    def _has_open_mean(self) -> bool:
        rounds = range(self.head_rounds)
        panels = [self._ledger.cheap_panel(look.metric, self._paired, rounds) for look in self.confirmed]
        return any(abs(measure_move(panel)) < self._course.mean_z for panel in panels)

    def _screen_rounds(self) -> Iterator[list[TrialKey]]:
        """Head's rounds against cheap rows, as long as they stay suspicious; then the same rounds of base."""
        last, has_looked_early = self._plan.policy.trials, False
        while True:
            rounds = self.head_rounds
            open_ones = self._suspicious(self._course.screen_level(rounds))
            if not open_ones:
                return
            if rounds >= last:
                if self._suspicious(self._course.last_p):
                    yield from self._confirm_overall(has_looked_early=has_looked_early)
                return
            if not has_looked_early and self._suspicious(self._course.early_p):
                has_looked_early = True
                yield from self._look_overall(rounds, self._course.overall_shares[0])
                if self.confirmed:
                    return
            yield self._round(rounds)
            yield from self._settle()
            self.head_rounds = rounds + 1
            for inquiry in open_ones:
                panel = self._ledger.cheap_panel(inquiry.metric, self._paired, range(self.head_rounds))
                inquiry.cheap_p = look_at(panel, self._steadiness(inquiry.metric), self._course).p_value

    def _confirm_overall(self, *, has_looked_early: bool) -> Iterator[list[TrialKey]]:
        del has_looked_early  # its alpha is not handed on
        first, step = self.head_rounds, self._plan.policy.trials * self._course.further_rounds
        yield from self._look_overall(first, self._course.overall_shares[1])
        if not self.confirmed and step and self._is_open():
            yield from self._look_overall(first + step, self._course.overall_shares[2])

    def _is_open(self) -> bool:
        return any(i.looks and i.looks[-1].p_value <= self._course.overall_futile for i in self._inquiries.values())

    def _look_overall(self, rounds: int, share: float) -> Iterator[list[TrialKey]]:
        yield _side_by_side(self._paired, range(rounds))
        yield from self._settle()
        self.base_rounds = rounds
        self.head_rounds = max(self.head_rounds, rounds)
        attempts = range(rounds)
        panels = {i.metric: self._ledger.panel(i.metric, self._paired, attempts, attempts) for i in self._suspicious(1)}
        self._look(Test.OVERALL, panels, rounds, self._course.alpha_overall * share)

    def _look(self, test: Test, panels: dict[str, Panel], trials: int, level: float) -> None:
        """Tests each panel; all primary metrics share the level by Holm. A block must stand in head's best reading."""
        policy = self._plan.policy
        drops = {metric: find_drop(panel, self._steadiness(metric), policy) for metric, panel in panels.items()}
        idle = len(self._inquiries) - len(drops)
        factors = holm_factors([*(drop.p_value / level for drop in drops.values()), *[float("inf")] * idle])
        least = policy.min_effect if test is Test.OVERALL else policy.min_effect_slice
        for (metric, drop), factor in zip(drops.items(), factors, strict=False):
            is_low = drop.p_value <= level * factor and drop.delta <= -least + ROUNDING
            has_gaps = is_low and panels[metric].missing > 0
            sure = find_sure_drop(panels[metric], self._steadiness(metric), policy) if has_gaps else drop
            self._inquiries[metric].add(
                Look(
                    metric=metric,
                    test=test,
                    trials=trials,
                    level=level * factor,
                    p_value=drop.p_value,
                    delta=drop.delta,
                    is_rejected=is_low and sure.p_value <= level * factor and sure.delta <= -least + ROUNDING,
                    fixture_ids=self._inquiries[metric].suspicion.target if test is Test.TARGET else (),
                )
            )

    def _suspicious(self, level: float) -> list[Inquiry]:
        return [inquiry for inquiry in self._inquiries.values() if inquiry.cheap_p <= level]

    def _round(self, attempt: int) -> list[TrialKey]:
        """Head's attempt of every paired fixture, and base's where no stored row stands in for it."""
        keys = []
        for place, name in enumerate(self._paired):
            arms = (Arm.HEAD,) if self._ledger.stored.get(name) else _order(place + attempt)
            keys += [TrialKey(name, arm, attempt) for arm in arms]
        return keys

    def _new_fixtures(self) -> list[TrialKey]:
        names = [fixture.id for fixture in self._plan.judged if fixture.id in self._plan.new_ids]
        return _side_by_side(names, range(self._plan.policy.trials))

    def _settle(self) -> Iterator[list[TrialKey]]:
        """Base's answer where head failed on its own, and the re-runs of critical fixtures."""
        yield list(self._ledger.unanswered())
        self._ledger.charge()
        yield [
            TrialKey(result.fixture_id, Arm.HEAD, attempt)
            for result in self._criticals.judge(self._ledger.evidence)
            if result.standing is Standing.OPEN
            for attempt in range(RERUNS_FROM, RERUNS_FROM + self._plan.policy.critical_reruns)
        ]


def _side_by_side(names: Sequence[str], attempts: Iterable[int]) -> list[TrialKey]:
    """Attempt by attempt, both builds; the one that goes first alternates: neither always has the warm cache."""
    return [
        TrialKey(name, arm, attempt)
        for attempt in attempts
        for place, name in enumerate(names)
        for arm in _order(place + attempt)
    ]


def _order(place: int) -> tuple[Arm, Arm]:
    return (Arm.BASE, Arm.HEAD) if place % 2 == 0 else (Arm.HEAD, Arm.BASE)
