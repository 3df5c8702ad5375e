"""Replay first: the first round of both builds on recorded model answers; what it cannot settle, fresh rows do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil

from gate_action.comparison.comparing import Judge, compare_metrics
from gate_action.comparison.critical import CriticalRule, Standing
from gate_action.comparison.decision import Weighed, conclude
from gate_action.comparison.evidence import Asked, Panel
from gate_action.comparison.findings import Judgement
from gate_action.comparison.ledger import RERUNS_FROM, Ledger
from gate_action.comparison.plan import BaseArm, Plan, Way
from gate_action.comparison.replay.replayed import join, judge_replayed, split
from gate_action.comparison.replay.replaying import MOST_REPEATED, PROBED, REPEATS, TELLING, ReplayedRound
from gate_action.comparison.rounds import alternate, side_by_side
from gate_action.comparison.screen_confirm.screening import NOTHING_KNOWN, Known, ScreenAndConfirm
from gate_action.model.decision import Calls, Decision, ReasonKind, not_evaluated
from gate_action.model.replay import Replaying
from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.score import Scored
from gate_action.model.spent import Spent
from gate_action.model.trial import REPEATS_FROM, Arm, Trial, TrialKey, TrialRequest

_REPLAYED_RUN = "replayed"
_NO_SHIFT: Mapping[Arm, int] = {Arm.BASE: 0, Arm.HEAD: 0}


class ReplayFirst:
    """A fixture whose two builds asked their models the same is compared exactly, once that has proved repeatable.

    The others are judged by screen and confirm, as a suite of their own. Where base's first answers came from an
    earlier run they only raise a suspicion there: what confirms was made now, on both builds. A re-run of a head that
    is ``known`` plays again what was exact, which costs nothing, and goes on with the others where the last run ended.
    """

    def __init__(self, plan: Plan, replaying: Replaying | None = None, *, known: Known = NOTHING_KNOWN) -> None:
        if plan.base is not BaseArm.RUN:
            raise ValueError(f"head is answered by what base was answered, and base is {plan.base}")
        self._stored = plan.stored
        self._plan = replace(plan, stored=())
        self._criticals = CriticalRule(plan=self._plan, reruns_from=RERUNS_FROM)
        self._round = ReplayedRound(
            plan=self._plan, replaying=replaying or Replaying(), ledger=Ledger(plan, self._stored)
        )
        self._earlier = known.spent
        self._scores: dict[TrialKey, list[Scored]] = {}
        self._rest: ScreenAndConfirm | None = None
        """Judges what was not replayed. None: not known yet, or everything was."""
        self._shift = _NO_SHIFT
        """What the rest calls attempt 0 of an arm."""
        self._asked: set[TrialKey] = set()
        self._take(known)
        self._steps = self._walk()

    @property
    def ceiling(self) -> int:
        """The most trials that can be asked for, both arms together. Most of them cost no model call."""
        paired = len(self._plan.paired)
        repeats = 2 * REPEATS * min(paired, MOST_REPEATED) + PROBED
        spots = ceil(paired * self._round.replaying.spot_check)
        spots = min(max(spots, TELLING), paired) if spots else 0
        return ScreenAndConfirm(self._plan).ceiling + 2 * paired + repeats + spots

    def ask(self) -> tuple[TrialRequest, ...]:
        """What is still to be tried; empty when the question is settled. No trial is asked twice."""
        for keys in self._steps:
            fresh = [key for key in dict.fromkeys(keys) if key not in self._asked]
            if fresh:
                self._asked.update(fresh)
                return tuple(TrialRequest(key=key, fresh=0 < key.attempt < REPEATS_FROM) for key in fresh)
        return ()

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None:
        """In any order and any portions. Raises ValueError for what was told before or is unknown."""
        rows = list(scores)
        for row in rows:
            self._scores.setdefault(row.key, []).append(row)
        self._round.tell(trials, rows)

    def decide(self) -> Decision:
        """FAIL only by differences that are exact, by looks at rows that were made side by side, and by floors."""
        ledger = self._round.ledger
        if not self._plan.judged:
            return not_evaluated(ReasonKind.NOTHING_MEASURED, "there is no fixture to judge")
        if not any(trial.key.arm is Arm.HEAD for trial in ledger.trials):
            return not_evaluated(ReasonKind.NOTHING_MEASURED, "no trial of head was made")
        ledger.charge()
        asked, evidence = self._rows(), ledger.evidence
        is_exact = self._rest is None and bool(self._round.exact)
        decision = conclude(
            Weighed(
                plan=self._plan,
                evidence=evidence,
                tallied=self._tallied(asked),
                compared=compare_metrics(self._plan, evidence, asked, self._judge()),
                criticals=self._criticals.judge(evidence),
                way=Way.REPLAYED if is_exact else Way.SCREENED,
                calls=Calls(base=ledger.count(Arm.BASE), head=ledger.count(Arm.HEAD), ceiling=self.ceiling),
            )
        )
        return replace(decision, spent=self.spent, replay=self._round.findings)

    @property
    def spent(self) -> Spent:
        """What this head has had of its error bound, whenever the run ends."""
        return self._rest.spent if self._rest else replace(self._earlier, runs=self._earlier.runs + 1)

    def _take(self, known: Known) -> None:
        """All but first attempts that were replayed, and repeats: these are free, and tell whether they still hold."""
        free = {trial.key.fixture_id for trial in known.trials if _is_first(trial.key, Arm.HEAD) and not trial.fresh}
        kept = [
            trial
            for trial in known.trials
            if trial.key.attempt < REPEATS_FROM and not (trial.key.attempt == 0 and trial.key.fixture_id in free)
        ]
        self._asked = {trial.key for trial in kept}
        self.tell(kept, [row for row in known.scores if row.key in self._asked])

    def _walk(self) -> Iterator[list[TrialKey]]:
        yield [*self._first_round(), *self._new_fixtures()]
        yield from self._settle()
        for keys in self._round.check():
            yield keys
            yield from self._settle()
        rest = self._open_rest()
        while rest is not None and (requests := rest.ask()):
            keys = [self._outside(request.key) for request in requests]
            yield keys
            told = [self._round.trials[key] for key in keys]
            rest.tell([self._inside(trial) for trial in told], self._inside_scores(keys))

    def _open_rest(self) -> ScreenAndConfirm | None:
        """Screen and confirm over what was not replayed. It counts on the first round where both builds made it now."""
        exact = set(self._round.exact)
        names = {fixture.id for fixture in self._plan.paired} - exact
        if not names:
            return None
        first = [TrialKey(name, arm, 0) for name in sorted(names) for arm in Arm]
        is_old = any(not self._round.trials[key].fresh for key in first if key.arm is Arm.BASE)
        if self._round.is_stale or self._round.unrepeatable:
            self._shift, known = {Arm.BASE: 1, Arm.HEAD: 1}, []
        elif is_old:
            self._shift, known = {Arm.BASE: 1, Arm.HEAD: 0}, [key for key in first if key.arm is Arm.HEAD]
            self._stored = (*self._stored, self._base_run(names))
            self._rebuild_ledger()
        else:
            known = first
        known += [key for key in sorted(self._round.trials) if key.fixture_id in names and self._is_for_rest(key)]
        share = len(names) / len(self._plan.paired)
        policy = replace(self._plan.policy, min_effect=min(1.0, self._plan.policy.min_effect / share))
        fixtures = tuple(fixture for fixture in self._plan.fixtures if fixture.id in names)
        self._rest = ScreenAndConfirm(
            replace(
                self._plan, fixtures=fixtures, policy=policy, new_ids=frozenset(), required=frozenset(), removed=()
            ),
            self._stored,
            known=Known(
                trials=tuple(self._inside(self._round.trials[key]) for key in known),
                scores=tuple(self._inside_scores(known)),
                spent=self._earlier,
            ),
        )
        return self._rest

    def _is_for_rest(self, key: TrialKey) -> bool:
        """Is it a later attempt, of an earlier run of this head or of a critical fixture's re-run?"""
        return 0 < key.attempt < REPEATS_FROM and self._inside_key(key).attempt >= 0

    def _judge(self) -> Judge:
        exact, rest = frozenset(self._round.exact), self._rest

        def judge(panels: Mapping[str, Panel]) -> Mapping[str, Judgement]:
            if rest is None:
                return judge_replayed(panels, self._plan)
            if not exact:
                return rest.judge(panels)
            return join(panels, exact, rest.judge(split(panels, exact)[1]), self._plan)

        return judge

    def _rows(self) -> Asked:
        """The rows that tell of means and changes."""
        asked: dict[tuple[str, Arm], Sequence[int]] = {
            (f.id, arm): tuple(range(self._plan.policy.trials)) for f in self._plan.judged for arm in Arm
        }
        asked |= self._round.ledger.cheap_rows(sorted(self._plan.covered), [0])
        asked |= {(fixture.id, arm): (0,) for fixture in self._plan.paired for arm in Arm}
        for (name, arm), attempts in self._rest.rows.items() if self._rest else ():
            asked[name, arm] = tuple(self._outside(TrialKey(name, arm, attempt)).attempt for attempt in attempts)
        return asked

    def _tallied(self, asked: Asked) -> Asked:
        """Of a fixture that was not replayed every trial of head tells; in means they would count the chosen twice."""
        names = {fixture.id for fixture in self._plan.paired} - set(self._round.exact)
        told = {name: self._round.ledger.evidence.attempts(name, Arm.HEAD) for name in names}
        more = {
            (name, Arm.HEAD): tuple(sorted({*asked[name, Arm.HEAD], *(a for a in attempts if a < RERUNS_FROM)}))
            for name, attempts in told.items()
        }
        return {**asked, **more}

    def _first_round(self) -> list[TrialKey]:
        names = [fixture.id for fixture in self._plan.paired] + sorted(self._plan.covered)
        return [TrialKey(name, arm, 0) for name in names for arm in alternate(0)]

    def _new_fixtures(self) -> list[TrialKey]:
        names = [fixture.id for fixture in self._plan.judged if fixture.id in self._plan.new_ids]
        return side_by_side(names, range(self._plan.policy.trials))

    def _settle(self) -> Iterator[list[TrialKey]]:
        """Base's answer where head failed on its own, and the re-runs of critical fixtures."""
        for _ in range(2):
            yield list(self._round.ledger.unanswered())
            self._round.ledger.charge()
            yield [
                TrialKey(result.fixture_id, Arm.HEAD, RERUNS_FROM + number)
                for result in self._criticals.judge(self._round.ledger.evidence)
                if result.standing is Standing.OPEN
                for number in range(self._plan.policy.critical_reruns)
            ]

    def _base_run(self, names: Iterable[str]) -> EvalRun:
        """Base's rows on answers of an earlier run, as a stored run."""
        keys = [TrialKey(name, Arm.BASE, 0) for name in sorted(names)]
        return EvalRun(
            run_id=_REPLAYED_RUN,
            revision=Revision(sha=""),
            fingerprint=Fingerprint(suite="", evaluators="", target=""),
            fixtures={fixture.id: fixture.digest for fixture in self._plan.judged},
            scores=tuple(row for key in keys for row in self._scores.get(key, ())),
        )

    def _rebuild_ledger(self) -> None:
        ledger = Ledger(self._plan, self._stored)
        trials = [trial for key, trial in sorted(self._round.trials.items()) if key.attempt < REPEATS_FROM]
        ledger.tell(trials, [row for trial in trials for row in self._scores.get(trial.key, ())])
        ledger.charge()
        self._round.ledger = ledger

    def _outside(self, key: TrialKey) -> TrialKey:
        """The rest's key as everybody else calls it."""
        return key if key.attempt >= RERUNS_FROM else key._replace(attempt=key.attempt + self._shift[key.arm])

    def _inside(self, trial: Trial) -> Trial:
        return replace(trial, key=self._inside_key(trial.key))

    def _inside_key(self, key: TrialKey) -> TrialKey:
        return key if key.attempt >= RERUNS_FROM else key._replace(attempt=key.attempt - self._shift[key.arm])

    def _inside_scores(self, keys: Iterable[TrialKey]) -> list[Scored]:
        return [replace(row, key=self._inside_key(row.key)) for key in keys for row in self._scores.get(key, ())]


def _is_first(key: TrialKey, arm: Arm) -> bool:
    return key.arm is arm and key.attempt == 0
