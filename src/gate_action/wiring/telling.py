"""The report of a run that has ended: all that is known of it, for the reader. It decides nothing."""

from datetime import datetime

from gate_action import __version__
from gate_action.comparison.statistics.usage import compare_usage
from gate_action.engine.account import Examples, sum_usage, told_policy
from gate_action.engine.charging import say_tries
from gate_action.engine.judge_standing import judge_digests
from gate_action.errors import ConfigError
from gate_action.gate import Loaded
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.integrity import Integrity
from gate_action.model.judge import JudgeReport
from gate_action.model.picking import slices_of
from gate_action.model.report import Example, Report
from gate_action.model.trial import Arm
from gate_action.wiring.hands import Hands
from gate_action.wiring.history import tell_base
from gate_action.wiring.judged import Judged
from gate_action.wiring.options import RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run at its end, however it ended: what it never came to know is None."""

    options: RunOptions
    judged: Judged | None
    hands: Hands | None
    loaded: Loaded | None
    integrity: Integrity
    started_at: datetime
    duration_s: float

    def report(self, decision: Decision, warnings: list[str]) -> Report:
        """``warnings``: of the run; what cannot be told of the judges is added."""
        judged, hands, loaded = self.judged, self.hands, self.loaded
        finished = hands.engine.finished if hands and hands.engine else None
        judges = self._judges(decision, warnings)
        tries = hands.engine.tries if hands and hands.engine else {}
        warnings += [said] if tries and (said := say_tries(tries[Arm.BASE], tries[Arm.HEAD])) else []
        revisions = judged.revisions if judged else None
        return Report(
            gate_id=judged.config.gate_id if judged else self.options.gate or "gate",
            tool_version=__version__,
            run_id=hands.place.run_id if hands else "",
            started_at=self.started_at.isoformat(timespec="seconds"),
            duration_s=self.duration_s,
            revisions=revisions,
            decision=decision,
            suite_digest=loaded.suite.digest if loaded else "",
            fixtures=len(loaded.suite.fixtures) if loaded else 0,
            slices=len(slices_of(loaded.suite.fixtures)) if loaded else 0,
            reproduce=self.options.reproduce(revisions, is_approved=self.integrity.is_approved),
            run_folder=str(hands.place.folder) if hands and hands.journal else "",
            usage=sum_usage(
                finished.trials() if finished else (), hands.replay.recorder.strays if hands and hands.replay else None
            ),
            usage_compared=compare_usage(loaded.known_fixtures, finished.trials()) if loaded and finished else (),
            examples=self._examples(decision),
            integrity=self.integrity,
            warnings=tuple(warnings),
            policy=told_policy(judged.config.policy) if judged else {},
            judges=judges,
            simulated=hands.users.tell(finished.trials()) if hands and hands.users and finished else None,
            stored_base=tell_base(hands.remembering.baseline) if hands and hands.remembering.baseline else None,
            record=hands.test_itself() if hands and decision.metrics else None,
        )

    def _examples(self, decision: Decision) -> tuple[Example, ...]:
        judged, hands, loaded = self.judged, self.hands, self.loaded
        if not (judged and loaded and hands and hands.journal and hands.engine):
            return ()
        chooser = Examples(fixtures=loaded.suite.by_id, metrics=hands.metrics, journal=hands.journal)
        return chooser.choose(decision.changes, hands.engine.finished.of)

    def _judges(self, decision: Decision, warnings: list[str]) -> tuple[JudgeReport, ...]:
        """What is known of the judges. Labels that cannot be used are a warning: they decide nothing."""
        judged, hands, loaded = self.judged, self.hands, self.loaded
        if not (judged and loaded and hands and hands.journal and hands.engine and hands.scorer):
            return ()
        if not judge_digests(hands.scorer):
            return ()
        from gate_action.wiring.judging import JudgeTeller  # most gates have no judge

        teller = JudgeTeller(
            config=judged.config,
            metrics=hands.metrics,
            scorer=hands.scorer,
            records=hands.records,
            fixtures=loaded.suite.by_id,
            journal=hands.journal,
            finished=hands.engine.finished,
            head_files=judged.git.files(judged.revisions.head),
        )
        try:
            return teller.tell(decision.metrics)
        except ConfigError as error:
            warnings.append(str(error))
            return ()
