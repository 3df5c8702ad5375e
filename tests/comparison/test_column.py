"""A column of results holds what a dict by place would."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gate_action.comparison.column import Column, Result
from gate_action.model.score import NotScoredCause
from tests.profiles import examples

_SIZE = 6
RESULTS = st.sampled_from([0.0, 1.0, *NotScoredCause]) | st.floats(0, 1)


@given(told=st.lists(st.tuples(st.integers(0, _SIZE - 1), RESULTS), max_size=12))
@examples(100)
def test_a_column_holds_what_was_told_last_of_each_place(told: list[tuple[int, Result]]) -> None:
    column, expected = Column(_SIZE), dict[int, Result]()
    for place, result in told:
        expected[place] = result
        if isinstance(result, NotScoredCause):
            column.put_cause(place, result)
        else:
            column.put(place, result)

    assert [column.result(place) for place in range(_SIZE)] == [expected.get(place) for place in range(_SIZE)]
    assert [column.has(place) for place in range(_SIZE)] == [place in expected for place in range(_SIZE)]
    places = np.array([*range(_SIZE), 0], np.int64)
    values, is_scored = column.take(places)
    scores = [expected.get(place) for place in places.tolist()]
    assert is_scored.tolist() == [isinstance(score, float) for score in scores]
    assert values.tolist() == [score if isinstance(score, float) else 0.0 for score in scores]
