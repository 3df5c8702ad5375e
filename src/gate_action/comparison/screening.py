"""Screen and confirm: cheap rows raise a suspicion, rows made side by side settle it. STATISTICS, 3."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from gate_action.comparison.comparing import Judge, compare_metrics
from gate_action.comparison.course import Course
from gate_action.comparison.critical import CriticalRule, Standing
from gate_action.comparison.decision import Weighed, conclude
from gate_action.comparison.evidence import Asked
from gate_action.comparison.inquiry import Inquiry, open_inquiries
from gate_action.comparison.ledger import RERUNS_FROM, Ledger
from gate_action.comparison.looking import Looker
from gate_action.comparison.plan import BaseArm, Plan, Way
from gate_action.comparison.rounds import alternate, side_by_side
from gate_action.comparison.screen import look as look_at
from gate_action.comparison.screen import measure_fall, measure_move
from gate_action.comparison.screened import Confirmation, judge_screened
from gate_action.model.comparison import Finding
from gate_action.model.decision import Calls, Decision, ReasonKind, not_evaluated
from gate_action.model.metric import OnInconclusive, Role
from gate_action.model.run import EvalRun
from gate_action.model.score import Scored
from gate_action.model.spent import Look, LookKind, Spent
from gate_action.model.trial import Arm, Trial, TrialKey, TrialRequest

DEFAULT_COURSE = Course()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What earlier runs of the same head and base found: it counts on, and what it spent stays spent."""

    trials: tuple[Trial, ...] = ()
    scores: tuple[Scored, ...] = ()
    spent: Spent = field(default_factory=Spent)


NOTHING_KNOWN = Known()


class ScreenAndConfirm:
    """One round of head against stored rows of base; what looks suspicious is run again, both builds side by side.

    Without stored rows base is tried once as well, and that round stands in for them. A re-run of a head that is
    ``known`` goes on where the last run ended: it makes no look twice, and a confirmed drop stays confirmed.
    """

    def __init__(
        self,
        plan: Plan,
        stored: Sequence[EvalRun] = (),
        *,
        known: Known = NOTHING_KNOWN,
        course: Course = DEFAULT_COURSE,
    ) -> None:
        if plan.base is not BaseArm.RUN:
            raise ValueError(f"fresh rows of base are needed to confirm, and base is {plan.base}")
        self._ledger = Ledger(plan, stored or plan.stored)
        self._plan = replace(plan, stored=())  # its rows are in the ledger
        self._course = course
        self._criticals = CriticalRule(plan=self._plan, reruns_from=RERUNS_FROM)
        self._paired = tuple(fixture.id for fixture in plan.paired)
        self._earlier_runs = known.spent.runs
        self._covered = tuple(sorted(plan.covered))
        contested = tuple(metric.name for metric in plan.primary if not plan.is_acknowledged(metric.name))
        self._inquiries = open_inquiries(contested, known.spent)
        self._looker = Looker(
            inquiries=self._inquiries, course=course, policy=plan.policy, steadiness=self._ledger.steadiness
        )
        self._asked = {trial.key for trial in known.trials}
        self._ledger.tell(known.trials, known.scores)
        self._rounds = {Arm.BASE: 0, Arm.HEAD: 0}
        self._steps = self._walk()

    @property
    def ceiling(self) -> int:
        """The most trials that can be asked for, both arms together, those of earlier runs among them."""
        policy, course = self._plan.policy, self._course
        rounds = max(policy.trials * (1 + course.further_rounds), 1 + course.target_trials[-1]) + self._most_extra
        reruns = len(self._criticals.candidates) * policy.critical_reruns
        return 2 * (rounds * len(self._paired) + len(self._covered)) + len(self._new_fixtures()) + reruns

    def ask(self) -> tuple[TrialRequest, ...]:
        """What is still to be tried; empty when the question is settled. No trial is asked twice."""
        for keys in self._steps:
            fresh = [key for key in dict.fromkeys(keys) if key not in self._asked]
            if fresh:
                self._asked.update(fresh)
                return tuple(TrialRequest(key=key) for key in fresh)
        return ()

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None:
        """In any order and any portions. Raises ValueError for what was told before or is unknown."""
        self._ledger.tell(trials, scores)

    def decide(self) -> Decision:
        """FAIL only by looks at rows that were made side by side, by floors and by critical fixtures."""
        if not self._plan.judged:
            return not_evaluated(ReasonKind.NOTHING_MEASURED, "there is no fixture to judge")
        if not any(trial.key.arm is Arm.HEAD for trial in self._ledger.trials):
            return not_evaluated(ReasonKind.NOTHING_MEASURED, "no trial of head was made")
        evidence, asked = self._ledger.evidence, self.rows
        decision = conclude(
            Weighed(
                plan=self._plan,
                evidence=evidence,
                tallied=self._tallied(asked),
                compared=compare_metrics(self._plan, evidence, asked, self.judge),
                criticals=self._criticals.judge(evidence),
                way=Way.SCREENED,
                calls=Calls(base=self._ledger.count(Arm.BASE), head=self._ledger.count(Arm.HEAD), ceiling=self.ceiling),
            )
        )
        return replace(decision, spent=self.spent)

    @property
    def judge(self) -> Judge:
        """What is said of each metric by the rows that tell of it, and by what was confirmed."""
        return partial(
            judge_screened,
            plan=self._plan,
            confirmations={look.metric: self._confirmation(look) for look in self.confirmed},
            stale=frozenset(
                inquiry.metric for inquiry in self._inquiries.values() if inquiry.is_stale and not self._is_alone
            ),
        )

    @property
    def spent(self) -> Spent:
        """What this head has had of its error bound, whenever the run ends."""
        looks = tuple(look for inquiry in self._inquiries.values() for look in inquiry.looks)
        return Spent(runs=self._earlier_runs + 1, looks=looks)

    @property
    def confirmed(self) -> tuple[Look, ...]:
        """What blocks: looks at fresh rows that reject."""
        return tuple(found for inquiry in self._inquiries.values() if (found := inquiry.confirmed))

    def _walk(self) -> Iterator[list[TrialKey]]:
        """The course from the first trial to the last: yields what is to be tried, and goes on when it was told."""
        yield [*self._round(0), *self._new_fixtures()]
        yield from self._settle()
        self._rounds[Arm.HEAD] = 1
        for inquiry in self._inquiries.values():
            panel = self._ledger.cheap_panel(inquiry.metric, self._paired, [0])
            inquiry.raise_suspicion(look_at(panel, self._course))
        if not self.confirmed:
            yield from self._retry_targets()
            yield from self._confirm_targets()
        yield from self._place_means() if self.confirmed else self._screen_rounds()
        yield from self._extend()

    def _retry_targets(self) -> Iterator[list[TrialKey]]:
        """Head alone once more on its targets: most that luck alone made end here, for the fewest calls."""
        yield [TrialKey(name, Arm.HEAD, 1) for name in self._targeted()]
        yield from self._settle()
        for metric, target in self._targets().items():
            fall = measure_fall(self._ledger.cheap_panel(metric, target, [1]))
            self._inquiries[metric].has_open_target = fall >= self._course.target_z

    def _confirm_targets(self) -> Iterator[list[TrialKey]]:
        course, futile = self._course, (*self._course.target_futile, 0.0)
        for trials, share, give_up in zip(course.target_trials, course.target_shares, futile, strict=True):
            targets, attempts = self._targets(), range(1, trials + 1)
            if not targets or self.confirmed:
                return
            yield side_by_side(self._targeted(), attempts)
            yield from self._settle()
            panels = {m: self._ledger.panel(m, target, attempts, attempts) for m, target in targets.items()}
            self._looker.look(LookKind.TARGET, panels, trials, share)
            for metric in targets:
                self._inquiries[metric].has_open_target = self._inquiries[metric].last_p <= give_up

    def _targets(self) -> dict[str, tuple[str, ...]]:
        return {i.metric: i.suspicion.target for i in self._inquiries.values() if i.has_open_target}

    def _targeted(self) -> list[str]:
        return sorted({name for target in self._targets().values() for name in target})

    def _place_means(self) -> Iterator[list[TrialKey]]:
        """A broken target under a risen mean is ``mixed``: head goes on until it shows on which side its mean lies."""
        most = max(self._plan.policy.trials, self._course.mean_rounds)
        while self._rounds[Arm.HEAD] < most and self._has_open_mean():
            yield self._round(self._rounds[Arm.HEAD])
            yield from self._settle()
            self._rounds[Arm.HEAD] += 1

    def _has_open_mean(self) -> bool:
        rounds = range(self._rounds[Arm.HEAD])
        broken = [look.metric for look in self.confirmed if look.kind is LookKind.TARGET]
        panels = [self._ledger.cheap_panel(metric, self._paired, rounds) for metric in broken]
        return any(abs(measure_move(panel)) < self._course.mean_z for panel in panels)

    def _screen_rounds(self) -> Iterator[list[TrialKey]]:
        """Head's rounds against cheap rows, as long as they stay suspicious; then the same rounds of base."""
        course, has_looked_early = self._course, False
        while open_ones := self._suspicious(self._screen_level):
            rounds = self._rounds[Arm.HEAD]
            if rounds >= self._plan.policy.trials:
                break
            if not has_looked_early and self._suspicious(course.early_p):
                has_looked_early = True
                yield from self._look_overall(rounds, course.overall_shares[0])
                if self.confirmed:
                    return
            yield self._round(rounds)
            yield from self._settle()
            self._rounds[Arm.HEAD] = rounds + 1
            for inquiry in open_ones:
                panel = self._ledger.cheap_panel(inquiry.metric, self._paired, range(rounds + 1))
                inquiry.cheap_p = look_at(panel, course).p_value
        if open_ones and self._suspicious(self._last_level):
            yield from self._confirm_overall()

    def _confirm_overall(self) -> Iterator[list[TrialKey]]:
        first, step = self._rounds[Arm.HEAD], self._plan.policy.trials * self._course.further_rounds
        yield from self._look_overall(first, self._course.overall_shares[1])
        is_open = any(inquiry.last_p <= self._course.overall_futile for inquiry in self._inquiries.values())
        if step and is_open and not self.confirmed:
            yield from self._look_overall(first + step, self._course.overall_shares[2])

    def _look_overall(self, rounds: int, share: float) -> Iterator[list[TrialKey]]:
        yield side_by_side(self._paired, range(rounds))
        yield from self._settle()
        self._rounds = {Arm.BASE: rounds, Arm.HEAD: max(self._rounds[Arm.HEAD], rounds)}
        attempts, names = range(rounds), [inquiry.metric for inquiry in self._suspicious(self._last_level)]
        panels = {name: self._ledger.panel(name, self._paired, attempts, attempts) for name in names}
        self._looker.look(LookKind.OVERALL, panels, rounds, share)

    @property
    def _most_extra(self) -> int:
        """Rounds that only narrow the interval: one by ``on_inconclusive: extend``, one for each re-run."""
        is_extended = self._plan.policy.on_inconclusive is OnInconclusive.EXTEND
        return min(self._earlier_runs, self._plan.policy.trials) + is_extended

    def _extend(self) -> Iterator[list[TrialKey]]:
        """More rounds while the findings are open. They test nothing: no error is spent on them."""
        for _ in range(self._most_extra):
            if self.confirmed or not self._is_undecided():
                return
            rounds = self._rounds[Arm.HEAD]
            is_beside = self._rounds[Arm.BASE] == rounds
            yield side_by_side(self._paired, [rounds]) if is_beside else self._round(rounds)
            yield from self._settle()
            self._rounds = {Arm.BASE: rounds + 1 if is_beside else self._rounds[Arm.BASE], Arm.HEAD: rounds + 1}

    def _is_undecided(self) -> bool:
        return any(m.role is Role.PRIMARY and m.finding is Finding.INCONCLUSIVE for m in self.decide().metrics)

    @property
    def _is_alone(self) -> bool:
        return not self._ledger.stored

    @property
    def _screen_level(self) -> float:
        return self._course.screen_level(self._rounds[Arm.HEAD], is_alone=self._is_alone)

    @property
    def _last_level(self) -> float:
        """Where base was run all along, the last look costs nothing."""
        return self._course.alone_p if self._is_alone else self._course.last_p

    def _suspicious(self, level: float) -> list[Inquiry]:
        return [inquiry for inquiry in self._inquiries.values() if inquiry.cheap_p <= level]

    @property
    def rows(self) -> Asked:
        """The rows that tell of means and changes: fresh ones, where base was run for each of head's rounds."""
        new = {(f.id, arm): tuple(range(self._plan.policy.trials)) for f in self._plan.judged for arm in Arm}
        new |= self._ledger.cheap_rows(self._covered, [0])
        rounds = tuple(range(max(1, self._rounds[Arm.HEAD])))
        if self._rounds[Arm.BASE] == self._rounds[Arm.HEAD] > 0:
            return new | {(name, arm): rounds for name in self._paired for arm in Arm}
        return new | self._ledger.cheap_rows(self._paired, rounds)

    def _tallied(self, asked: Asked) -> Asked:
        """Of one fixture every trial tells, those that confirmed too; in means they would count the chosen twice."""
        first = {name: self._ledger.evidence.attempts(name, Arm.HEAD) for name in self._paired}
        own = {name: tuple(a for a in attempts if a < RERUNS_FROM) for name, attempts in first.items()}
        return {**asked, **{(name, Arm.HEAD): tuple(sorted({*asked[name, Arm.HEAD], *own[name]})) for name in own}}

    def _confirmation(self, look: Look) -> Confirmation:
        attempts = range(1, look.trials + 1) if look.kind is LookKind.TARGET else range(look.trials)
        panel = self._ledger.panel(look.metric, look.fixture_ids or self._paired, attempts, attempts)
        return Confirmation(look=look, panel=panel)

    def _round(self, attempt: int) -> list[TrialKey]:
        """Head's attempt of every paired fixture, and base's where no stored row stands in for it."""
        keys = []
        names = self._paired if attempt else (*self._paired, *self._covered)
        for place, name in enumerate(names):
            arms = (Arm.HEAD,) if self._ledger.stored.get(name) else alternate(place + attempt)
            keys += [TrialKey(name, arm, attempt) for arm in arms]
        return keys

    def _new_fixtures(self) -> list[TrialKey]:
        names = [fixture.id for fixture in self._plan.judged if fixture.id in self._plan.new_ids]
        return side_by_side(names, range(self._plan.policy.trials))

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
        yield list(self._ledger.unanswered())
        self._ledger.charge()
