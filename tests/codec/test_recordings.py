"""An arm's scores in columns: what goes in comes out, doubles are found, and only full rounds are kept."""

from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.recordings import Double, Recording
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, TrialKey

KEYS = st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.sampled_from(["m", "n"]))
RESULTS = st.one_of(st.floats(0, 1), st.sampled_from(NotScoredCause))


def recording(*rows: tuple[str, int, str, float | NotScoredCause]) -> Recording:
    made = Recording(label="rows")
    for number, (item, attempt, metric, result) in enumerate(rows, start=1):
        made.add((item, attempt, metric), result, row=number)
    return made


@given(st.dictionaries(KEYS, RESULTS))
def test_what_was_added_is_told(rows: dict[tuple[str, int, str], float | NotScoredCause]):
    made = recording(*((*key, result) for key, result in rows.items()))
    expected = [
        Scored(
            key=TrialKey(item, Arm.HEAD, attempt),
            metric=metric,
            result=Score(value=result) if isinstance(result, float) else NotScored(cause=result),
        )
        for (item, attempt, metric), result in rows.items()
    ]
    assert list(made.tell(Arm.HEAD, frozenset("abc"), frozenset("mn"))) == expected
    assert len(made) == len(rows)


@given(st.lists(KEYS))
def test_every_score_after_the_first_of_its_key_is_a_double(keys: list[tuple[str, int, str]]):
    made = recording(*((*key, 1.0) for key in keys))
    first: dict[tuple[str, int, str], int] = {}
    expected = set()
    for number, key in enumerate(keys, start=1):
        if first.setdefault(key, number) != number:
            expected.add(Double(first[key], number))
    assert set(made.find_doubles()) == expected


def test_other_fixtures_and_metrics_are_left_out():
    made = recording(("a", 0, "m", 1.0), ("b", 0, "m", 0.5), ("a", 0, "n", 0.0))
    told = list(made.tell(Arm.BASE, frozenset({"a"}), frozenset({"m"})))
    assert [(scored.key.fixture_id, scored.metric) for scored in told] == [("a", "m")]


def test_attempts_that_not_every_fixture_has_are_left_out():
    made = recording(("a", 0, "m", 1.0), ("b", 0, "m", 1.0), ("a", 1, "m", 0.0), ("b", 1, "m", 0.0), ("b", 2, "m", 0.0))
    made.digests = {"a": "x", "b": "y"}
    made.keep_full_rounds()
    assert (made.rounds, len(made)) == (2, 4)


def test_a_suite_with_a_fixture_that_was_never_tried_has_no_full_round():
    made = recording(("a", 0, "m", 1.0))
    made.digests = {"a": "x", "b": "y"}
    made.keep_full_rounds()
    assert (made.rounds, len(made)) == (0, 0)
