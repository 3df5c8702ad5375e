"""A suite that is a table of columns is decided on as the tuple of its fixtures is, to the word."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.clients.spool import FixtureSpool
from gate_action.comparison.plan import BaseArm, Plan
from gate_action.comparison.procedure import SideBySide
from gate_action.comparison.screen_confirm.screening import ScreenAndConfirm
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture, FixtureTable, Suite
from gate_action.model.metric import Metric, Policy
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.spooled import GatheredFixtures
from gate_action.model.trial import Stored, Trial
from tests.model.test_picking import FIXTURES
from tests.profiles import examples

METRICS = (Metric(name="a", evaluator="e", floor=0.5), Metric(name="b", evaluator="e"))
RESULTS = st.sampled_from(
    [Score(value=1.0), Score(value=0.0), Score(value=0.4), NotScored(cause=NotScoredCause.NOT_APPLICABLE)]
)


def decide(kind: type[SideBySide | ScreenAndConfirm], plan: Plan, results: Sequence[Score | NotScored]) -> Decision:
    procedure = kind(plan)
    made = 0
    while requests := procedure.ask():
        for request in requests:
            key = request.key
            scores = [
                Scored(key=key, metric=metric.name, result=results[(made + place) % len(results)])
                for place, metric in enumerate(METRICS)
            ]
            procedure.tell([Trial(key=key, outcome=Stored(0, 1))], scores)
            made += 1
    return procedure.decide()


@pytest.mark.parametrize("kind", [SideBySide, ScreenAndConfirm])
@given(
    fixtures=FIXTURES,
    results=st.lists(RESULTS, min_size=3, max_size=7),
    base=st.sampled_from([BaseArm.RUN, BaseArm.NONE]),
    new=st.sampled_from(["none", "first", "all"]),
)
@examples(20)
def test_a_table_is_decided_on_as_the_tuple_is(
    kind: type[SideBySide | ScreenAndConfirm],
    fixtures: list[Fixture],
    results: list[Score | NotScored],
    base: BaseArm,
    new: str,
) -> None:
    gathered = GatheredFixtures(FixtureSpool(), 1)
    for fixture in fixtures:
        gathered.add(fixture)
    if kind is ScreenAndConfirm:
        base = BaseArm.RUN
    suites = [Suite(fixtures=tuple(fixtures)), Suite(fixtures=gathered.fixtures)]
    decisions = []
    for suite in suites:
        every = suite.fixtures.ids if isinstance(suite.fixtures, FixtureTable) else frozenset(suite.by_id)
        new_ids = {"none": frozenset[str](), "first": frozenset({fixtures[0].id}), "all": every}[new]
        plan = Plan(fixtures=suite.fixtures, metrics=METRICS, policy=Policy(trials=1), base=base, new_ids=new_ids)
        decisions.append(decide(kind, plan, results))
    assert decisions[0] == decisions[1]
