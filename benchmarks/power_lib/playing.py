"""Plays a pull request against the gate's own procedures: what they ask for is answered from a batch's trials."""

from collections.abc import Mapping
from dataclasses import dataclass

from gate_action.model.comparison import Finding
from gate_action.model.decision import Decision, Verdict
from gate_action.model.metric import Metric
from gate_action.model.protocols import Procedure
from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Output, Trial, TrialKey, TrialRequest
from power_lib.worlds import Batch, Floats

ANSWER = Metric(name="answer", evaluator="exact_match")
MARK = Fingerprint(suite="s", evaluators="e", target="t")
_SAID = Output(content="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How one pull request ended."""

    is_blocked: bool
    is_warned: bool
    """``mixed``: a slice is broken though the mean rose, and the check does not fail."""
    calls: float
    """A fixture, both arms together."""
    decision: Decision


def play(procedure: Procedure, batch: Batch, place: int) -> Played:
    """Until the procedure asks for nothing more. Raises LookupError when it asks for more than was drawn."""
    rows = {fixture.id: row for row, fixture in enumerate(batch.suite)}
    arms: Mapping[Arm, Floats] = {Arm.BASE: batch.base[place], Arm.HEAD: batch.head[place]}
    while requests := procedure.ask():
        told = [_answer(request, rows, arms) for request in requests]
        procedure.tell((trial for trial, _ in told), (scored for _, scored in told))
    return read_decision(procedure.decide(), len(batch.suite))


def read_decision(decision: Decision, fixtures: int) -> Played:
    calls = decision.calls
    if calls is None and decision.verdict is Verdict.NOT_EVALUATED:
        raise ValueError(f"the simulated trials could not be judged: {decision.reasons[0].sentence}")
    is_blocked = decision.verdict is Verdict.FAIL
    is_mixed = any(metric.finding is Finding.MIXED for metric in decision.metrics)
    return Played(
        is_blocked=is_blocked,
        is_warned=is_mixed and not is_blocked,
        calls=(calls.base + calls.head) / fixtures if calls else 0.0,  # of two recordings nothing is called
        decision=decision,
    )


def store_runs(batch: Batch, place: int) -> tuple[EvalRun, ...]:
    """Base's stored rows, a run for each trial."""
    digests = {fixture.id: fixture.digest for fixture in batch.suite}
    return tuple(
        EvalRun(
            run_id=f"run-{number:02d}",
            revision=Revision(sha=f"{number:040d}"),
            fingerprint=MARK,
            fixtures=digests,
            scores=tuple(
                _score(TrialKey(fixture.id, Arm.BASE, 0), value)
                for fixture, value in zip(batch.suite, column.tolist(), strict=True)
            ),
        )
        for number, column in enumerate(batch.stored[place].T)
    )


def tell_rows(procedure: Procedure, batch: Batch, arms: Mapping[Arm, Floats]) -> None:
    """Recorded rows, (fixtures, trials) an arm, for a procedure that asks for nothing."""
    told = [
        _score(TrialKey(fixture.id, arm, attempt), value)
        for arm, scores in arms.items()
        for fixture, row in zip(batch.suite, scores.tolist(), strict=True)
        for attempt, value in enumerate(row)
    ]
    procedure.tell((), told)


def _answer(request: TrialRequest, rows: Mapping[str, int], arms: Mapping[Arm, Floats]) -> tuple[Trial, Scored]:
    key = request.key
    scores = arms[key.arm][rows[key.fixture_id]]
    if key.attempt >= len(scores):
        raise LookupError(f"attempt {key.attempt} of {key.fixture_id} was asked, and {len(scores)} were drawn")
    return Trial(key=key, outcome=_SAID, fresh=True), _score(key, float(scores[key.attempt]))


def _score(key: TrialKey, value: float) -> Scored:
    return Scored(key=key, metric=ANSWER.name, result=_scores(value))


def _scores(value: float) -> Score:
    return PASSED if value == 1.0 else FAILED if value == 0.0 else Score(value=value)


PASSED, FAILED = Score(value=1.0), Score(value=0.0)
