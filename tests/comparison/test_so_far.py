"""What would be decided now can be asked after every round: it changes nothing, whatever the rounds brought."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gate_action.comparison.choosing import choose_procedure
from gate_action.model.fixture import Fixture, Slice
from gate_action.model.metric import Metric, Policy
from gate_action.model.protocols import Procedure
from gate_action.model.replay import Replaying
from tests.comparison.rows import plan, play, tell

ANSWER = Metric(name="answer", evaluator="exact_match")


@settings(max_examples=30, deadline=None)
@given(
    count=st.integers(1, 12),
    trials=st.integers(1, 3),
    rates=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    may_replay=st.booleans(),
    seed=st.integers(0, 999),
)
def test_a_look_between_rounds_leaves_the_course_as_it_was(
    count: int, trials: int, rates: tuple[float, float], may_replay: bool, seed: int
) -> None:
    fixtures = tuple(
        Fixture(id=f"f{place:04d}", input="x", slices=(Slice("topic", str(place % 3)),), is_critical=place % 4 == 0)
        for place in range(count)
    )
    what = plan(fixtures, ANSWER, policy=Policy(trials=trials, relabellings=200))

    def world(key: object) -> float:
        draw = np.random.default_rng([seed, abs(hash(str(key)))]).random()
        return float(draw < rates["head" in str(key)])

    def open_procedure() -> Procedure:
        return choose_procedure(what, is_recorded=False, replaying=Replaying() if may_replay else None)

    untouched = play(open_procedure(), answer=world)
    looked_at = open_procedure()
    shown = []
    asked = looked_at.ask()
    while asked:
        tell(looked_at, [request.key for request in asked], answer=world)
        asked = looked_at.ask()
        shown.append(looked_at.decide())
    assert looked_at.decide() == untouched.decision
    assert shown[-1] == untouched.decision
