"""What the stages of screen and confirm share: rows, inquiries, and how many rounds were made. Decides nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property

from gate_action.comparison.critical import CriticalRule, Standing
from gate_action.comparison.evidence import Asked, Panel
from gate_action.comparison.ledger import RERUNS_FROM, Ledger
from gate_action.comparison.plan import Plan
from gate_action.comparison.rounds import alternate, side_by_side
from gate_action.comparison.screen_confirm.course import Course
from gate_action.comparison.screen_confirm.inquiry import Inquiry
from gate_action.comparison.screen_confirm.looking import Looker
from gate_action.model.dataclass import dataclass
from gate_action.model.spent import Look, LookKind
from gate_action.model.trial import Arm, TrialKey


@dataclass(frozen=True, kw_only=True)
class Docket:
    plan: Plan
    course: Course
    ledger: Ledger
    criticals: CriticalRule
    inquiries: Mapping[str, Inquiry]
    rounds: dict[Arm, int] = field(default_factory=lambda: dict.fromkeys(Arm, 0))
    """Whole rounds of each build so far."""

    @cached_property
    def paired(self) -> tuple[str, ...]:
        """Ids of the fixtures that base and head are compared on."""
        return tuple(fixture.id for fixture in self.plan.paired)

    @cached_property
    def covered(self) -> tuple[str, ...]:
        """Ids of those that are acknowledged."""
        return tuple(sorted(self.plan.covered))

    @cached_property
    def looker(self) -> Looker:
        overall = self.course.alpha_thin if self.is_thin else self.course.alpha_overall
        return Looker(
            inquiries=self.inquiries,
            alphas={LookKind.TARGET: self.course.alpha_target, LookKind.OVERALL: overall},
            policy=self.plan.policy,
            steadiness=self.ledger.steadiness,
        )

    @cached_property
    def is_thin(self) -> bool:
        """Too few stored rows to screen by: what they foretell is hardly more than one round of base."""
        return self.ledger.typical_stored(self.paired) < self.course.fewest_stored

    @property
    def suspect_z(self) -> float:
        return self.course.thin_suspect_z if self.is_thin else self.course.suspect_z

    @property
    def target_z(self) -> float:
        return self.course.thin_target_z if self.is_thin else self.course.target_z

    @property
    def most_rounds(self) -> int:
        """Whole rounds of each build that may be made for an open question."""
        return self.plan.policy.trials * self.course.growth(len(self.paired))

    @property
    def most_mean_rounds(self) -> int:
        """Rounds that may show on which side the mean of a suite with a broken target lies."""
        return max(self.plan.policy.trials, self.course.mean_rounds) * self.course.growth(len(self.paired))

    @property
    def confirmed(self) -> tuple[Look, ...]:
        """What blocks: looks at fresh rows that reject."""
        return tuple(found for inquiry in self.inquiries.values() if (found := inquiry.confirmed))

    @property
    def is_beside(self) -> bool:
        """Was base run for each of head's rounds?"""
        return self.rounds[Arm.BASE] == self.rounds[Arm.HEAD] > 0

    def suspicious(self, level: float) -> list[Inquiry]:
        return [inquiry for inquiry in self.inquiries.values() if inquiry.cheap_p <= level]

    def cheap_panel(self, metric: str, rounds: int) -> Panel:
        """Head's rounds on all paired fixtures, against what stands for base: a re-run finds the same rows again."""
        return self.ledger.evidence.panel(metric, self.paired, self._cheap_rows(rounds))

    def count_first_round(self) -> None:
        """Base's counts where it was tried on every fixture."""
        is_whole = not any(self.ledger.stored.get(name) for name in self.paired)
        self.rounds.update({Arm.HEAD: 1, Arm.BASE: int(is_whole and self.is_thin)})

    def next_round(self, *, is_beside: bool) -> Iterator[list[TrialKey]]:
        """Head's next round; base's as well where they are run side by side, after those that it has not made yet."""
        rounds = self.rounds[Arm.HEAD]
        yield side_by_side(self.paired, range(rounds + 1)) if is_beside else self.make_round(rounds)
        yield from self.settle()
        self.rounds.update({Arm.HEAD: rounds + 1, Arm.BASE: rounds + 1 if is_beside else self.rounds[Arm.BASE]})

    def catch_up(self) -> Iterator[list[TrialKey]]:
        """Base's rounds, as many as head made."""
        rounds = self.rounds[Arm.HEAD]
        yield side_by_side(self.paired, range(rounds))
        yield from self.settle()
        self.rounds[Arm.BASE] = rounds

    def make_round(self, attempt: int) -> list[TrialKey]:
        """Head's attempt of every paired fixture, and base's where no stored row stands in for it."""
        keys = []
        names = self.paired if attempt else (*self.paired, *self.covered)
        for place, name in enumerate(names):
            arms = (Arm.HEAD,) if self.ledger.stored.get(name) else alternate(place + attempt)
            keys += [TrialKey(name, arm, attempt) for arm in arms]
        return keys

    def new_fixtures(self) -> list[TrialKey]:
        names = [fixture.id for fixture in self.plan.judged if fixture.id in self.plan.new_ids]
        return side_by_side(names, range(self.plan.policy.trials))

    def settle(self) -> Iterator[list[TrialKey]]:
        """Base's answer where head failed on its own, and the re-runs of critical fixtures."""
        yield list(self.ledger.unanswered())
        self.ledger.charge()
        yield [
            TrialKey(result.fixture_id, Arm.HEAD, attempt)
            for result in self.criticals.judge(self.ledger.evidence)
            if result.standing is Standing.OPEN
            for attempt in range(RERUNS_FROM, RERUNS_FROM + self.plan.policy.critical_reruns)
        ]
        yield list(self.ledger.unanswered())
        self.ledger.charge()

    def telling_rows(self) -> Asked:
        """The rows that tell of means and changes: fresh ones, where base was run for each of head's rounds."""
        new = {(f.id, arm): tuple(range(self.plan.policy.trials)) for f in self.plan.judged for arm in Arm}
        new |= self.ledger.cheap_rows(self.covered, [0])
        rounds = max(1, self.rounds[Arm.HEAD])
        if self.is_beside:
            return new | {(name, arm): tuple(range(rounds)) for name in self.paired for arm in Arm}
        return new | self._cheap_rows(rounds)

    def tallied_rows(self, asked: Asked) -> Asked:
        """Of one fixture every trial tells, those that confirmed too; in means they would count the chosen twice."""
        first = {name: self.ledger.evidence.attempts(name, Arm.HEAD) for name in self.paired}
        own = {name: tuple(a for a in attempts if a < RERUNS_FROM) for name, attempts in first.items()}
        return {**asked, **{(name, Arm.HEAD): tuple(sorted({*asked[name, Arm.HEAD], *own[name]})) for name in own}}

    def _cheap_rows(self, rounds: int) -> dict[tuple[str, Arm], tuple[int, ...]]:
        """Base's stored rows, and where these are too few its own rounds with them."""
        own = range(self.rounds[Arm.BASE]) if self.is_thin else ()
        return self.ledger.cheap_rows(self.paired, range(rounds), own)
