"""Screen and confirm: cheap rows raise a suspicion, rows made side by side settle it. STATISTICS, 3."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from functools import partial

from gate_action.comparison.comparing import Judge, compare_metrics
from gate_action.comparison.critical import CriticalRule
from gate_action.comparison.decision import Weighed, conclude
from gate_action.comparison.evidence import Asked
from gate_action.comparison.ledger import RERUNS_FROM, Ledger
from gate_action.comparison.plan import BaseArm, Plan, Way
from gate_action.comparison.screen_confirm.course import Course
from gate_action.comparison.screen_confirm.docket import Docket
from gate_action.comparison.screen_confirm.inquiry import open_inquiries
from gate_action.comparison.screen_confirm.screen import look as look_at
from gate_action.comparison.screen_confirm.screened import Confirmation, judge_screened
from gate_action.comparison.screen_confirm.targeting import confirm_targets, place_means, retry_targets
from gate_action.comparison.screen_confirm.whole_suite import try_whole_suite
from gate_action.model.comparison import Finding
from gate_action.model.dataclass import dataclass
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
        ledger = Ledger(plan, stored or plan.stored)
        self._plan = replace(plan, stored=())  # its rows are in the ledger
        contested = tuple(metric.name for metric in plan.primary if not plan.is_acknowledged(metric.name))
        self._inquiries = open_inquiries(contested, known.spent)
        self._docket = Docket(
            plan=self._plan,
            course=course,
            ledger=ledger,
            criticals=CriticalRule(plan=self._plan, reruns_from=RERUNS_FROM),
            inquiries=self._inquiries,
        )
        self._earlier_runs = known.spent.runs
        self._asked = {trial.key for trial in known.trials}
        ledger.tell(known.trials, known.scores)
        self._steps = self._walk()

    @property
    def ceiling(self) -> int:
        """The most trials that can be asked for, both arms together, those of earlier runs among them."""
        docket = self._docket
        rounds = max(docket.most_rounds, docket.most_mean_rounds, 1 + docket.course.target_trials[-1])
        reruns = len(docket.criticals.candidates) * self._plan.policy.critical_reruns
        paired = (rounds + self._most_extra) * len(docket.paired)
        return 2 * (paired + len(docket.covered)) + len(docket.new_fixtures()) + reruns

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
        self._docket.ledger.tell(trials, scores)

    def decide(self) -> Decision:
        """FAIL only by looks at rows that were made side by side, by floors and by critical fixtures."""
        if not self._plan.judged:
            return not_evaluated(ReasonKind.NOTHING_MEASURED, "there is no fixture to judge")
        if not any(trial.key.arm is Arm.HEAD for trial in self._docket.ledger.trials):
            return not_evaluated(ReasonKind.NOTHING_MEASURED, "no trial of head was made")
        docket, asked = self._docket, self.rows
        ledger = docket.ledger
        decision = conclude(
            Weighed(
                plan=self._plan,
                evidence=ledger.evidence,
                tallied=docket.tallied_rows(asked),
                compared=compare_metrics(self._plan, ledger.evidence, asked, self.judge),
                criticals=docket.criticals.judge(ledger.evidence),
                way=Way.SCREENED,
                calls=Calls(base=ledger.count(Arm.BASE), head=ledger.count(Arm.HEAD), ceiling=self.ceiling),
            )
        )
        return replace(decision, spent=self.spent)

    @property
    def judge(self) -> Judge:
        """What is said of each metric by the rows that tell of it, and by what was confirmed."""
        stale = () if self._docket.is_thin else self._inquiries.values()
        return partial(
            judge_screened,
            plan=self._plan,
            confirmations={look.metric: self._confirmation(look) for look in self.confirmed},
            stale=frozenset(inquiry.metric for inquiry in stale if inquiry.is_stale),
        )

    @property
    def spent(self) -> Spent:
        """What this head has had of its error bound, whenever the run ends."""
        looks = tuple(look for inquiry in self._inquiries.values() for look in inquiry.looks)
        return Spent(runs=self._earlier_runs + 1, looks=looks)

    @property
    def rows(self) -> Asked:
        """The rows that tell of means and changes."""
        return self._docket.telling_rows()

    @property
    def confirmed(self) -> tuple[Look, ...]:
        """What blocks: looks at fresh rows that reject."""
        return self._docket.confirmed

    def _walk(self) -> Iterator[list[TrialKey]]:
        """The course from the first trial to the last: yields what is to be tried, and goes on when it was told."""
        docket = self._docket
        yield [*docket.make_round(0), *docket.new_fixtures()]
        yield from docket.settle()
        docket.count_first_round()
        for inquiry in self._inquiries.values():
            inquiry.raise_suspicion(look_at(docket.cheap_panel(inquiry.metric, 1), docket.suspect_z))
        if not self.confirmed:
            yield from retry_targets(docket)
            yield from confirm_targets(docket)
        yield from place_means(docket) if self.confirmed else try_whole_suite(docket)
        yield from self._extend()

    @property
    def _most_extra(self) -> int:
        """Rounds that only narrow the interval: one by ``on_inconclusive: extend``, one for each re-run."""
        is_extended = self._plan.policy.on_inconclusive is OnInconclusive.EXTEND
        return min(self._earlier_runs, self._plan.policy.trials) + is_extended

    def _extend(self) -> Iterator[list[TrialKey]]:
        """More rounds while the findings are open. They test nothing: no error is spent on them."""
        docket = self._docket
        for _ in range(self._most_extra):
            if self.confirmed or not self._is_undecided():
                return
            yield from docket.next_round(is_beside=docket.is_beside or docket.is_thin)

    def _is_undecided(self) -> bool:
        return any(m.role is Role.PRIMARY and m.finding is Finding.INCONCLUSIVE for m in self.decide().metrics)

    def _confirmation(self, look: Look) -> Confirmation:
        attempts = range(1, look.trials + 1) if look.kind is LookKind.TARGET else range(look.trials)
        panel = self._docket.ledger.panel(look.metric, look.fixture_ids or self._docket.paired, attempts, attempts)
        return Confirmation(look=look, panel=panel)
