"""What changes do to their own gate, by hand: for the tests of the renderings."""

from dataclasses import replace

from gate_action.integrity.deciding import weigh_integrity
from gate_action.model.decision import Verdict
from gate_action.model.fixture import Place
from gate_action.model.integrity import (
    Approval,
    Area,
    Effect,
    FixtureReading,
    GateChange,
    Integrity,
    Means,
    MetricReading,
    Readings,
    Sides,
    Way,
)
from gate_action.model.report import Report
from tests.report.building import ALWAYS, NEVER, gate_change

EDITED = Integrity(
    changes=(
        gate_change(Area.FIXTURE, "old-4", Effect.LOOSENS, what="removed", why="it is no longer tried"),
        gate_change(Area.FIXTURE, "promoted-1", Effect.NEUTRAL, what="added"),
        gate_change(Area.FIXTURE, "promoted-2", Effect.NEUTRAL, what="added"),
    ),
    how_to_approve="An approving review of c0ffee1234 approves it.",
)


def loosen(told: Report) -> Report:
    """Every kind of change of the gate, nobody's approval, and both readings."""
    changes = (
        gate_change(Area.WORKFLOW, ".github/workflows/ci.yml", Effect.UNCLEAR, why="no gate can guard what starts it"),
        gate_change(
            Area.POLICY, "policy.margin", Effect.LOOSENS, "0.05", "0.2", what="raised",
            why="a larger drop is called a pass",
        ),
        gate_change(
            Area.METRIC, "metrics.tone.role", Effect.LOOSENS, "primary", "secondary", why="it may no longer block"
        ),
        gate_change(Area.EVALUATOR, "prompts/tone.md", Effect.UNCLEAR, why="the judge is asked something else"),
        gate_change(
            Area.FIXTURE, "refund-3", Effect.UNCLEAR, 'expected: {"output":"5 working days"}',
            'expected: {"output":"30 days"}', why="another answer is right",
        ),
        gate_change(Area.FIXTURE, "refund-99", Effect.NEUTRAL, what="added"),
        gate_change(Area.POLICY, "policy.trials", Effect.TIGHTENS, "3", "5", what="raised"),
    )  # fmt: skip
    integrity = Integrity(
        changes=changes,
        unapproved=("bob approved 1111111111, and the pull request has moved on to c0ffee1234",),
        how_to_approve="An approving review of c0ffee1234 by somebody with write access approves it.",
        readings=Readings(
            is_head_deciding=False,
            verdict=Verdict.PASS,
            sentence="no regression: a drop of more than 1.4 points is ruled out",
            fixtures=(FixtureReading(fixture_id="refund-3", base=Sides(ALWAYS, NEVER), head=Sides(NEVER, ALWAYS)),),
            metrics=(MetricReading(metric="tone", base=Means(0.9, 0.8), head=Means(0.7, None)),),
        ),
    )
    return replace(told, decision=weigh_integrity(told.decision, integrity), integrity=integrity)


def intend(passed: Report) -> Report:
    """The intended change: behaviour and expectation change together, and somebody approved it."""
    told = loosen(passed)
    integrity = replace(
        told.integrity,
        unapproved=(),
        how_to_approve="",
        approvals=(Approval(who="alice", way=Way.REVIEW, commit="c0ffee1234567890c0ffee1234567890c0ffee12"),),
    )
    assert integrity.readings is not None
    other = replace(integrity.readings, is_head_deciding=True, verdict=Verdict.FAIL, sentence="answer regressed")
    integrity = replace(integrity, readings=other)
    return replace(told, decision=weigh_integrity(passed.decision, integrity), integrity=integrity)


def hostile_integrity(text: str) -> Integrity:
    """The text in every field that a pull request, a reviewer or a model fills."""
    changes = tuple(
        GateChange(
            area=Area.FIXTURE, subject=text, effect=effect, what="edited", base=text, head=text, why=text,
            place=Place(text, 3),
        )
        for effect in Effect
    )  # fmt: skip
    return Integrity(
        changes=changes,
        unapproved=(text,),
        how_to_approve=text,
        readings=Readings(
            is_head_deciding=False,
            verdict=Verdict.FAIL,
            sentence=text,
            note=text,
            fixtures=(FixtureReading(fixture_id=text, base=Sides(ALWAYS, NEVER), head=None),),
            metrics=(MetricReading(metric=text, base=None, head=Means(0.1, None)),),
        ),
    )
